import { HOST_TROUBLE, type LogRule } from '../log-rule.ts';

/** Lines about a message that decide nothing: the lines of its recipients tell what came of it. */
export const MESSAGE_NOTES: readonly LogRule[] = [
  {
    name: HOST_TROUBLE,
    pattern: /^H=\S+ (?:\([^)]*\) )?\[[^\]]*\](?::\d+)?(?: I=\S+)?(?: DT=\S+)?:? (?!.*rejected|Warning: )/s,
    example: '2026-11-21 01:58:45 1xUaNJ-00003Q-0p H=mx.drop.test [198.51.100.32]: Remote host closed connection in response to end of data',
  },
  {
    name: 'own-address',
    pattern: /^remote host address is the local host: /,
    example: '2026-11-21 01:58:34 1xUaN8-00000p-1q remote host address is the local host: mx.example.test',
  },
  {
    // With the identifier since 4.97.
    name: 'client-gone-in-message',
    pattern: /^SMTP connection from .* lost(?: while| D=|$)/s,
    example: '2026-11-25 08:09:46 1xW84Y-0000000003V-1OYG SMTP connection from client.sender.test [198.51.100.77] lost while reading message data',
  },
  {
    // The client was gone before it could be told: Exim takes the message back, and no arrival is logged (4.96, receive.c).
    name: 'taken-back',
    pattern: /^SMTP connection lost after final dot /,
    example: '2026-11-21 03:12:30 1xUbVg-000015-1y SMTP connection lost after final dot H=client.sender.test [198.51.100.77] P=esmtp',
  },
  {
    // Another process delivered it between the look at the queue and the lock.
    name: 'gone',
    pattern: /^(?:Spool file \S+ not found|Error reading spool file \S+: No such file)/,
    example: '2026-11-21 03:19:26 1xUb0e-00000z-2a Spool file 1xUb0e-00000z-2a-D not found',
    more: ['2026-11-25 08:15:53 1xW8AT-00009c-0k Error reading spool file 1xW8AT-00009c-0k-H: No such file or directory'],
  },
  {
    // It was killed while it wrote: what it could not write to its own log it tells syslog.
    name: 'log-lost',
    pattern: /^failed to write to main log: /,
    example: '2026-11-25 04:22:22 1xW4WT-00001S-2k failed to write to main log: length=91 result=-1 errno=9 (Bad file descriptor)',
  },
  {
    name: 'locked',
    pattern: /^Spool file (?:for \S+ )?is locked/,
    example: '2026-11-21 01:59:17 1xUaNl-00007y-2X Spool file for 1xUaNl-00007y-2X is locked (another process is handling this message)',
  },
  { name: 'dkim', pattern: /^DKIM: /, example: '2026-11-21 01:59:17 1xUaNl-00007y-2X DKIM: d=sender.test s=sel c=relaxed/relaxed a=rsa-sha256 b=2048 [verification succeeded]' },
  { name: 'acl-warning', pattern: /^(?:H=.*? )?Warning: /s, example: '2026-11-21 01:59:18 1xUaNq-0000A4-0A H=client.sender.test (x) [198.51.100.77] Warning: seen' },
  {
    name: 'tls-trouble',
    pattern: /^(?:TLS session|TLS error|a TLS session|\[[^\]]*\] SSL verify error|DANE )/,
    example:
      '2026-11-21 01:59:18 1xUaNq-0000A4-0A TLS session: (certificate verification failed): invalid: delivering unencrypted to H=mx.x.test [198.51.100.40] (not in hosts_require_tls)',
  },
  {
    name: 'edited',
    pattern: /^(?:recipient|sender|all recipients|message)\b.* (?:by \S+|changed to \S+)/,
    example: '2026-11-21 01:59:18 1xUaNq-0000A4-0A sender address changed to x@example.test by root',
  },
  {
    name: 'retry-exceeded',
    pattern: /^(?:retry timeout exceeded|.*: retry timeout exceeded)/,
    example: '2026-11-21 01:59:18 1xUaNq-0000A4-0A u@gone.test: retry timeout exceeded',
  },
  {
    // defer_ok: the message goes on without the check; else the client hears 451.
    name: 'content-scan',
    pattern: /^(?:spam|malware) acl condition: /,
    example: '2026-11-25 02:43:54 1xW2zC-00003r-0C spam acl condition: spamd: failed to connect to any address for 127.0.0.1: Connection refused',
    more: [
      '2026-11-25 02:43:54 1xW2zC-00003r-0C spam acl condition: all spamd servers failed',
      '2026-11-25 02:43:52 1xW2zA-00003l-31 malware acl condition: clamd [127.0.0.1]:3310 : failed to connect to any address for 127.0.0.1: Connection refused',
    ],
  },
  {
    // skip_syntax_errors: the router declines, and the next one takes the address.
    name: 'filter-mistake',
    pattern: /^\S+ router: skipped error: /,
    example: '2026-11-25 02:41:33 1xW2wv-00002U-0C filter router: skipped error: unknown filtering command "sav" near line 2 of filter file',
  },
  {
    // Tried again with the next attempt, as the failure has not been told yet.
    name: 'notice-not-made',
    pattern: /^Process failed \(\d+\) when writing error message to /,
    example: '2026-11-25 02:44:01 1xW2zE-000043-0q Process failed (1) when writing error message to ann@sender.test',
  },
];
