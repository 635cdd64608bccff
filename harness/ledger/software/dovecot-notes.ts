import type { LogRule } from '../log-rule.ts';

/** Lines of Dovecot that move no message: the text after `dovecot: `. */
export const DOVECOT_NOTES: readonly LogRule[] = [
  {
    name: 'lmtp-connection',
    pattern: /^lmtp\([^)]*\)(?:<[^>]*>)*: (?:(?:Info|Warning): )?(?:Connect from|Disconnect(?:ed)?)/,
    example: 'dovecot: lmtp(161): Connect from 203.0.113.10',
  },
  {
    name: 'login',
    pattern:
      /^(?:imap|pop3|submission|managesieve)-login: (?:Info: |Warning: |Error: )?(?:Login|Logged in|Disconnected|Aborted login|Proxying|Login aborted|Connection closed|Maximum number)/,
    example: 'dovecot: imap-login: Login: user=<alice>, method=PLAIN, rip=198.51.100.77, lip=203.0.113.20, mpid=301, TLS, session=<vbNd1k8DkIrGM2RN>',
  },
  {
    name: 'session-end',
    pattern:
      /^(?:imap|pop3|managesieve|submission|lmtp|lda|doveadm)(?:\([^)]*\)(?:<[^>]*>)*)?: (?:Info: )?(?:Disconnected|Logged out|Connection closed|Server shutting down|Inactivity|copy from|expunge:|delete:|undelete:|Mailbox (?:created|deleted|renamed)|flag_change|save:|append:)/,
    example: 'dovecot: imap(alice)<301><vbNd1k8DkIrGM2RN>: Disconnected: Logged out in=80 out=700 deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count=0 body_bytes=0',
    more: [
      // A process that serves several connections forgets whose the last one was.
      'dovecot: imap: Disconnected: Connection closed (UID SEARCH finished 6.235 secs ago) in=498 out=3477 deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count=1 body_bytes=1058',
    ],
  },
  {
    name: 'sieve',
    pattern: /^(?:lmtp|lda|imap)\([^)]*\)(?:<[^>]*>)*: (?:(?:Info|Warning|Error): )?sieve: /,
    example:
      'dovecot: lmtp(vac)<161><0M68K0H7AGuhAAAA52Lw8g>: sieve: Execution of script /srv/sieve/vac.sieve failed, but implicit keep was successful (user logfile /srv/sieve/vac.sieve.log may reveal additional details)',
  },
  {
    name: 'crash',
    // Its log process tells it in the name of the one that crashed.
    pattern: /\bmaster: service\((?<process>[\w-]+)\): child \d+ killed with signal (?<signal>4|5|6|7|8|11|31)\b/,
    example: 'dovecot: anvil: Fatal: master: service(anvil): child 51 killed with signal 11 (core dumps disabled - https://dovecot.org/bugreport.html#coredumps)',
    more: ['dovecot: lmtp(60): Fatal: master: service(lmtp): child 60 killed with signal 6 (core dumps disabled - https://dovecot.org/bugreport.html#coredumps)'],
    event: (g) => ({ kind: 'crash', process: g.process ?? '', signal: Number(g.signal) }),
  },
  {
    name: 'master',
    pattern: /^master: |^(?:Dovecot v|Killed with signal|SIGHUP received)/,
    example: 'dovecot: master: Dovecot v2.3.19.1 (9b53102964) starting up for imap, lmtp (core dumps disabled)',
  },
  {
    name: 'configuration',
    pattern: /^(?:doveconf|config)(?:\([^)]*\))?: /,
    example: 'dovecot: config: Warning: /etc/dovecot/local.conf line 28: Global setting mail_plugins will not change the setting inside an earlier filter',
  },
  { name: 'time-moved', pattern: /Time (?:just )?(?:moved|jumped)/, example: 'dovecot: auth: Warning: Time moved forwards by 432000.000000 seconds - adjusting timeouts.' },
  {
    name: 'auth',
    pattern: /^auth(?:-worker)?(?:\([^)]*\))?: /,
    example: 'dovecot: auth-worker(311): conn unix:auth-worker (pid=310,uid=108): auth-worker<1>: passwd-file(bob,198.51.100.77): Password mismatch',
  },
  {
    name: 'trouble',
    pattern: /^[\w-]+(?:\([^)]*\))?(?:<[^>]*>)*: (?:Info|Warning|Error|Fatal|Panic|Debug): /,
    example: 'dovecot: lmtp(alice)<161><WbqSNcn6AGuhAAAA52Lw8g>: Error: Failed to initialize quota: Unknown quota backend',
  },
  {
    name: 'service',
    pattern: /^(?:log|anvil|stats|ssl-params|indexer|indexer-worker|replicator|aggregator|dict|quota-status|old-stats)(?:\([^)]*\))?(?:<[^>]*>)*: /,
    example: 'dovecot: indexer-worker(alice)<322><vbNd1k8DkIrGM2RN>: Indexed 1 messages in INBOX (UIDs 1..1)',
  },
  { name: 'quota', pattern: /^[\w-]+\([^)]*\)(?:<[^>]*>)*: (?:quota|Quota)\b/, example: 'dovecot: imap(alice)<301><vbNd1k8DkIrGM2RN>: quota: Recalculated' },
];
