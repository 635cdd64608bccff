import type { LogRule } from '../log-rule.ts';

/** Lines of Postfix that say nothing about one message. */
export const POSTFIX_NOTES: readonly LogRule[] = [
  { name: 'connect', pattern: /^connect from \S+\[/, example: 'postfix/smtpd[135]: connect from client.sender.test[198.51.100.77]' },
  {
    name: 'disconnect',
    pattern: /^disconnect from \S+\[/,
    example: 'postfix/smtpd[135]: disconnect from client.sender.test[198.51.100.77] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5',
  },
  {
    name: 'client-lost',
    pattern: /^(?:lost connection|timeout|too many errors|improper command pipelining) after /,
    example: 'postfix/smtpd[135]: lost connection after DATA (0 bytes) from client.sender.test[198.51.100.77]',
  },
  {
    name: 'non-smtp',
    pattern: /^(?:non-SMTP command|bare <?\w+|command time limit|smtputf8|postscreen)/i,
    example: 'postfix/smtpd[135]: non-SMTP command from client.sender.test[198.51.100.77]: GET / HTTP/1.1',
  },
  {
    name: 'tls-established',
    pattern: /^(?:Anonymous|Untrusted|Trusted|Verified) TLS connection (?:established|reused) (?:from|to) /,
    example:
      'postfix/smtpd[135]: Anonymous TLS connection established from client.sender.test[198.51.100.77]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256',
  },
  {
    name: 'tls-trouble',
    pattern: /^(?:SSL_(?:accept|connect) error|certificate verification failed|server certificate|Server certificate|setting up TLS|initializing the|client certificate)/,
    example: 'postfix/smtpd[135]: SSL_accept error from client.sender.test[198.51.100.77]: -1',
  },
  { name: 'connect-to', pattern: /^connect to \S+: /, example: 'postfix/smtp[152]: connect to mx.gone.test[198.51.100.40]:25: Connection timed out' },
  {
    name: 'postscreen',
    pattern: /^(?:CONNECT|PASS|NOQUEUE|WHITELISTED|ALLOWLISTED|BLACKLISTED|DENYLISTED|DNSBL|HANGUP|DISCONNECT|PREGREET|COMMAND|BARE|NON-SMTP|cache \S+ (?:full|partial) cleanup)\b/,
    example: 'postfix/postscreen[133]: CONNECT from [198.51.100.77]:40000 to [203.0.113.10]:25',
  },
  { name: 'ehlo-keywords', pattern: /^discarding EHLO keywords: /, example: 'postfix/smtpd[233]: discarding EHLO keywords: DSN' },
  { name: 'dns-filter', pattern: /^ignoring DNS RR: /, example: 'postfix/smtp[247]: ignoring DNS RR: a.half.test. 5 IN A 10.0.0.40' },
  { name: 'statistics', pattern: /^statistics: /, example: 'postfix/anvil[137]: statistics: max connection rate 3/60s for (smtp:198.51.100.77) at Nov 21 01:58:33' },
  {
    name: 'master',
    pattern: /^(?:daemon started|reload|terminating on signal|master exit|stopping|refreshing|starting|re-exec|waiting for the Postfix mail system|the Postfix mail system)/,
    example: 'postfix/master[138]: daemon started -- version 3.7.11, configuration /etc/postfix',
    more: ['postfix/postfix-script[306]: waiting for the Postfix mail system to terminate'],
  },
  { name: 'postsuper', pattern: /^(?:Deleted|Requeued|Released from hold|Placed on hold|Expired): \d+ messages?$/, example: 'postfix/postsuper[170]: Deleted: 1 message' },
  { name: 'table-changed', pattern: /^table \S+ has changed -- restarting$/, example: 'postfix/smtpd[135]: table hash:/etc/aliases(0,lock|fold_fix) has changed -- restarting' },
  {
    name: 'crash',
    pattern: /^warning: process (?:\S+\/)?(?<process>[^\s/]+) pid \d+ killed by signal (?<signal>4|5|6|7|8|11|31)$/,
    example: 'postfix/master[138]: warning: process /usr/lib/postfix/sbin/smtpd pid 301 killed by signal 11',
    event: (g) => ({ kind: 'crash', process: g.process ?? '', signal: Number(g.signal) }),
  },
  {
    name: 'to-do',
    pattern: /^(?:name_mask|dict_\w+|using backwards-compatible|See https?:|To disable backwards|warning|fatal|error|panic|info)\b/,
    example: 'postfix/smtpd[135]: warning: client.sender.test[198.51.100.77]: SASL PLAIN authentication failed: (reason unavailable), sasl_username=alice',
  },
  {
    name: 'help',
    pattern: /^(?:pix_workarounds|mail_queue_enter|open_lock|proxy|set_eugid|private\/)/,
    example: 'postfix/smtp[152]: mail_queue_enter: create file maildrop/1.2: No space left on device',
  },
  {
    name: 'verify-cache',
    pattern: /^(?:cache|close database|open database|verify) /,
    example: 'postfix/verify[158]: close database /var/lib/postfix/verify_cache.db: No such file or directory (possible Berkeley DB bug)',
  },
];
