/** What a setting of a configuration needs of the world around it. */
export interface NeedRule {
  /** Files in which it is looked for. */
  files: RegExp;
  /** The setting with its equals sign, at the beginning of a line. */
  setting: RegExp;
  /** In its value: `place` is what is needed, `host` and `port` where it is in parts. */
  value: RegExp;
  kind: 'certificate' | 'socket' | 'server';
  /** In a person's words. */
  what: string;
  /** The image of mailproof that can be it, where there is one. */
  image?: string;
  example: { file: string; line: string; places: string[] };
}

const EXIM = /\/exim4\//;
const POSTFIX = /\/postfix\/(?:main|master)\.cf$/;
const POSTFIX_TABLE = /\/postfix\//;
const SENDMAIL = /\/mail\/[^/]+\.mc$/;
const DOVECOT = /\/dovecot\//;
const PATH = /^\s*<?\s*(?<place>\/[^\s$]+)\s*$/g;
const NAMES = /(?:^|\s:\s|<;|;)\s*(?<place>(?<host>[a-zA-Z\d][\w.-]*))/g;
const MILTERS = /^\s*(?:-o\s+)?(?:smtpd|non_smtpd)_milters\s*=/;

export const NEED_RULES: readonly NeedRule[] = [
  {
    files: EXIM,
    setting: /^\s*(?:tls_certificate|tls_privatekey|MAIN_TLS_CERTIFICATE|MAIN_TLS_PRIVATEKEY)\s*=/,
    value: PATH,
    kind: 'certificate',
    what: 'a certificate or its key',
    example: { file: '/etc/exim4/exim4.conf', line: 'tls_certificate = /etc/ssl/mx.pem', places: ['/etc/ssl/mx.pem'] },
  },
  {
    files: POSTFIX,
    setting: /^\s*(?:-o\s+)?smtpd?_tls_(?:cert|key)_file\s*=/,
    value: PATH,
    kind: 'certificate',
    what: 'a certificate or its key',
    example: { file: '/etc/postfix/main.cf', line: 'smtpd_tls_key_file=/etc/ssl/private/mx.key', places: ['/etc/ssl/private/mx.key'] },
  },
  {
    files: DOVECOT,
    setting: /^\s*ssl_(?:server_)?(?:cert|key)(?:_file)?\s*=/,
    value: PATH,
    kind: 'certificate',
    what: 'a certificate or its key',
    example: { file: '/etc/dovecot/dovecot.conf', line: 'ssl_key = </etc/ssl/private/imap.key', places: ['/etc/ssl/private/imap.key'] },
  },
  {
    files: SENDMAIL,
    setting: /^\s*define\(`conf(?:SERVER|CLIENT)_(?:CERT|KEY)',\s*/,
    value: /^`(?<place>\/[^']+)'/g,
    kind: 'certificate',
    what: 'a certificate or its key',
    example: { file: '/etc/mail/sendmail.mc', line: "define(`confSERVER_CERT', `/etc/mail/tls/mx.pem')dnl", places: ['/etc/mail/tls/mx.pem'] },
  },
  {
    files: POSTFIX,
    setting: MILTERS,
    value: /\b(?<place>inet:\[?(?<host>[\w.:-]+?)\]?:(?<port>\d+))(?=[\s,}]|$)/g,
    kind: 'server',
    what: 'a milter',
    example: { file: '/etc/postfix/main.cf', line: 'smtpd_milters = inet:localhost:8891, inet:[::1]:11332', places: ['inet:localhost:8891', 'inet:[::1]:11332'] },
  },
  {
    files: POSTFIX,
    setting: MILTERS,
    value: /\b(?:unix|local):(?<place>\/[^\s,}$]+)/g,
    kind: 'socket',
    what: 'a milter',
    example: { file: '/etc/postfix/main.cf', line: 'smtpd_milters = unix:/opendkim/opendkim.sock', places: ['/opendkim/opendkim.sock'] },
  },
  {
    files: EXIM,
    setting: /^\s*av_scanner\s*=/,
    value: /^\s*\w+:(?<place>\/[^\s:$]+)/g,
    kind: 'socket',
    what: 'a virus scanner',
    example: { file: '/etc/exim4/exim4.conf', line: 'av_scanner = clamd:/run/clamav/clamd.ctl', places: ['/run/clamav/clamd.ctl'] },
  },
  {
    files: EXIM,
    setting: /^\s*(?:hide\s+)?ldap_default_servers\s*=/,
    value: NAMES,
    kind: 'server',
    what: 'a directory',
    image: 'slapd',
    example: { file: '/etc/exim4/exim4.conf', line: 'ldap_default_servers = ldap1.example.org::389 : ldap2.example.org', places: ['ldap1.example.org', 'ldap2.example.org'] },
  },
  {
    files: EXIM,
    setting: /^\s*(?:hide\s+)?mysql_servers\s*=/,
    value: NAMES,
    kind: 'server',
    what: 'a database',
    image: 'mariadb',
    example: { file: '/etc/exim4/exim4.conf', line: 'hide mysql_servers = db.example.org/mail/exim/secret', places: ['db.example.org'] },
  },
  {
    files: POSTFIX_TABLE,
    setting: /^\s*server_host\s*=/,
    value: /(?<place>(?:ldaps?:\/\/)?(?<host>[a-zA-Z\d][\w.-]*)(?::\d+)?)/g,
    kind: 'server',
    what: 'a directory',
    image: 'slapd',
    example: { file: '/etc/postfix/ldap-aliases.cf', line: 'server_host = ldap://ldap.example.org:389', places: ['ldap://ldap.example.org:389'] },
  },
  {
    files: POSTFIX_TABLE,
    setting: /^\s*hosts\s*=/,
    value: /(?:^|\s)(?:inet:)?(?<place>(?<host>[a-zA-Z\d][\w.-]*))(?=[\s:]|$)/g,
    kind: 'server',
    what: 'a database',
    image: 'mariadb',
    example: { file: '/etc/postfix/mysql-users.cf', line: 'hosts = db1.example.org inet:db2.example.org:3306', places: ['db1.example.org', 'db2.example.org'] },
  },
  {
    files: POSTFIX,
    setting: /^\s*(?:-o\s+)?relayhost\s*=/,
    value: /^\s*(?<place>\[?(?<host>[a-zA-Z\d][\w.-]*)\]?)/g,
    kind: 'server',
    what: 'a smarthost',
    example: { file: '/etc/postfix/main.cf', line: 'relayhost = [smtp.example.net]:587', places: ['[smtp.example.net]'] },
  },
];

/** Ports that an image of mailproof answers on, or that its configuration usually names. */
export const IMAGE_OF_PORT: Readonly<Record<string, string>> = { 11332: 'rspamd', 8891: 'opendkim' };
