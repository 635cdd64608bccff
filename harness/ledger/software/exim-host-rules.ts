import type { LogRule } from '../log-rule.ts';
import { eximRefusal } from './exim-message-rules.ts';

/** Lines without a message. */
export const HOST_RULES: readonly LogRule[] = [
  {
    name: 'rejected-mail',
    pattern: /^rejected MAIL (?:FROM:<(?<from>[^>]*)> (?<client>H=.*?)|from (?<unnamed>.*?)): (?<reason>.*)$/s,
    example: '2026-11-21 02:43:13 rejected MAIL FROM:<ann@sender.test> H=client.sender.test [198.51.100.77]: message too big: size=10485761 max=10485760',
    more: ['2026-11-21 02:43:30 rejected MAIL from client.sender.test [198.51.100.77]: no HELO/EHLO given'],
    event: (g) => eximRefusal({ ...g, client: g.client ?? `H=${g.unnamed ?? ''}` }, 'mail', `${/^message too big/.test(g.reason ?? '') ? '552' : '503'} ${g.reason ?? 'rejected'}`),
  },
  {
    name: 'rejected-command',
    pattern:
      /^(?<client>H=.*?)? ?(?:sender verify (?:fail|defer) for .*?)?(?:F=<(?<from>[^>]*)> )?(?:A=\S+ )?(?<how>temporarily )?rejected (?<stage>RCPT|MAIL|EHLO or HELO|connection in "connect" ACL|connection|DATA|STARTTLS|AUTH|VRFY|EXPN|ETRN|PREDATA|QUIT|HELO|EHLO|predata)(?: (?:<(?<to>[^>]*)>|(?<bare>[^<>:\s]+)))?(?:: (?<reason>.*))?$/s,
    example: '2026-11-21 01:58:40 H=client.sender.test (helo.sender.test) [198.51.100.77] F=<ann@sender.test> rejected RCPT <nosuch@example.test>: no such user',
    more: [
      '2026-11-21 02:42:57 H=client.sender.test [198.51.100.77] F=<ann@sender.test> rejected RCPT <@example.test,@mx.example.test:x@hosted.test>: 554 5.7.1 Relay access denied',
    ],
    event: (g) => {
      const stage = (g.stage ?? '').toLowerCase().split(' ')[0] ?? '';
      const named = stage === 'connection' ? 'connect' : stage === 'helo' ? 'ehlo' : stage === 'predata' ? 'data' : stage;
      const about = g.to ?? g.bare;
      const from = stage === 'mail' ? (g.from ?? about) : g.from;
      return eximRefusal({ ...g, from, to: stage === 'rcpt' ? about : undefined }, named, `${g.how ? '451' : '550'} ${g.reason ?? 'rejected'}`);
    },
  },
  {
    name: 'discarded-rcpt',
    pattern: /^(?<client>H=.*?)? ?(?:F=<(?<from>[^>]*)> )?(?<stage>RCPT|MAIL) <(?<to>[^>]*)>: discarded by (?<rule>.*)$/s,
    example: '2026-11-21 01:58:40 H=client.sender.test (helo.sender.test) [198.51.100.77] F=<ann@sender.test> RCPT <discardacl@example.test>: discarded by RCPT ACL: thrown away',
  },
  {
    name: 'auth-failed',
    pattern: /^\S+ authenticator failed for (?:(?<client>.*?): )?(?<reason>\d{3} .*)$/s,
    example: '2026-11-21 01:59:01 plain authenticator failed for client.sender.test (helo.sender.test) [198.51.100.77]: 535 Incorrect authentication data (set_id=alice)',
    event: (g) => eximRefusal({ ...g, client: `H=${g.client ?? ''}` }, 'auth', g.reason ?? '535'),
  },
  {
    name: 'client-gone-in-message',
    pattern: /^SMTP connection from .* lost(?: while| D=|$)/s,
    example: '2026-11-21 01:59:05 SMTP connection from client.sender.test (x) [198.51.100.77] lost while reading message data (after header)',
  },
  {
    name: 'client-gone',
    pattern: /^unexpected (?:disconnection|QUIT) while reading SMTP command from /,
    example: '2026-11-21 01:59:04 unexpected disconnection while reading SMTP command from client.sender.test (helo.sender.test) [198.51.100.77] D=0s',
  },
  {
    name: 'client-timeout',
    pattern: /^SMTP (?:command|data) timeout/,
    example: '2026-11-21 01:59:04 SMTP command timeout on connection from client.sender.test (x) [198.51.100.77] D=5m',
  },
  {
    name: 'client-dropped',
    pattern: /^SMTP call from (?<client>.*?) dropped: (?<reason>.*)$/s,
    example: '2026-11-21 01:59:05 SMTP call from client.sender.test [198.51.100.77] dropped: too many unrecognized commands (last was "FOO")',
  },
  {
    name: 'incomplete',
    pattern: /incomplete transaction \([^)]*\)/,
    example: '2026-11-21 02:00:22.025 [884] H=client.sender.test (helo.sender.test) [198.51.100.77]:38274 I=[203.0.113.10]:25 incomplete transaction (QUIT) from <ann@sender.test>',
  },
  {
    name: 'connection',
    pattern: /^SMTP connection from .* (?:closed by (?:QUIT|DROP|EOF|client).*|closed after SIGTERM|\(TCP\/IP connection count = \d+\)|D=\S+)$/s,
    example: '2026-11-21 02:00:11.123 [763] SMTP connection from [198.51.100.77]:52786 I=[203.0.113.10]:25 (TCP/IP connection count = 1)',
  },
  {
    name: 'connection-refused',
    pattern:
      /^(?:Connection from (?<refused>.*?) refused|(?:temporarily )?refused connection from (?<turned>.*?)|SMTP connection from (?<smtp>.*?) refused)(?:: ?(?<reason>.*))?$/s,
    example: '2026-11-21 02:00:11 Connection from [198.51.100.77]:52786 refused: too many connections',
    more: [
      '2026-11-25 02:43:58 Connection from [198.51.100.77] I=[203.0.113.10]:25 refused: too many connections from that IP address',
      '2026-11-25 02:43:59 temporarily refused connection from [198.51.100.104] I=[203.0.113.10]:25: not in reserve list: connected=4 max=6 reserve=2',
      '2026-11-25 02:44:04 temporarily refused connection from client.sender.test [198.51.100.77] I=[203.0.113.10]:25: not in reserve list and load average = 13.24',
    ],
    event: (g) => eximRefusal({ ...g, client: `H=${g.refused ?? g.turned ?? g.smtp ?? ''}` }, 'connect', `421 ${g.reason || 'refused'}`),
  },
  {
    name: 'no-mail',
    pattern: /^no MAIL in SMTP connection from /,
    example: '2026-11-21 02:00:38.820 [1199] no MAIL in SMTP connection from client.sender.test [198.51.100.77]:46314 I=[203.0.113.10]:25 D=0.208s C=EHLO,HELO,QUIT',
  },
  { name: 'arguments', pattern: /^cwd=\S+ \d+ args: /, example: '2026-11-21 02:00:07.664 [760] cwd=/ 2 args: exim4 -bd' },
  {
    name: 'daemon',
    pattern: /^exim \d\S* daemon (?:started|stopped)/,
    example: '2026-11-21 01:58:33 exim 4.96 daemon started: pid=30, no queue runs, listening for SMTP on port 25 (IPv6 and IPv4) and for SMTPS on port 465 (IPv6 and IPv4)',
  },
  { name: 'daemon-signal', pattern: /^(?:pid \d+: SIG|pid \d+:? ?|daemon )/, example: '2026-11-21 02:00:07 pid 30: SIGHUP received: re-exec daemon' },
  {
    name: 'queue-run',
    pattern: /^(?:Start|End) '?[^']*'?queue run: |^(?:Start|End) queue run|^Abandon queue run: /,
    example: '2026-11-21 01:58:33 Start queue run: pid=31',
    // deliver_queue_load_max.
    more: ['2026-11-25 02:44:02 Abandon queue run: pid=311 (load 13.44, max 0.00)'],
  },
  {
    name: 'synchronization',
    pattern: /^SMTP (?:protocol synchronization error|protocol error|syntax error)/,
    example:
      '2026-11-21 01:59:05 SMTP protocol synchronization error (input sent without waiting for greeting): rejected connection from H=client.sender.test [198.51.100.77] input="EHLO x\\r\\n"',
  },
  { name: 'names', pattern: /^no (?:host name|IP address) found for /, example: '2026-11-21 01:59:05 no host name found for IP address 198.51.100.78' },
  {
    name: 'name-mismatch',
    pattern: / does not match any IP address for |DNS list lookup|list matching forced to fail|^dnslist|host name alias list truncated/,
    example: '2026-11-21 01:59:05 198.51.100.79 does not match any IP address for client.sender.test',
  },
  {
    name: 'tls',
    pattern: /^TLS (?:error|session|client disconnected|recv|send)|SSL verify error|TLS error on connection/,
    example: '2026-11-21 01:59:20 TLS error on connection from client.sender.test [198.51.100.77] (gnutls_handshake): An unexpected TLS packet was received.',
  },
  {
    name: 'sender-not-verified',
    pattern: /^H=.* sender verify (?:fail|defer) for <[^>]*>: (?!.*\brejected )/s,
    example:
      '2026-11-25 02:44:13 H=(client.sender.test) [203.0.113.50] sender verify fail for <nobody@broken.test>: mx.broken.test [2001:db8:0:19::3] : SMTP error from remote mail server after RCPT TO:<nobody@broken.test>: 550 5.7.1 not here',
  },
  {
    // check_spool_space, check_spool_inodes: the client hears 452 to MAIL.
    name: 'spool-full',
    pattern: /^(?:spool|log) directory space check failed: /,
    example: '2026-11-25 02:44:01 spool directory space check failed: space=80413684 inodes=16290494',
  },
  {
    // What an address says may name no file (Exim 4.94 and later); the lookup defers.
    name: 'tainted',
    pattern: /^Tainted /,
    example: "2026-11-25 02:39:08 Tainted filename for search: '/etc/exim4/aliases/example.test'",
  },
  { name: 'warning', pattern: /^(?:H=.*? )?(?:F=<[^>]*> )?Warning: /s, example: '2026-11-21 01:58:33 Warning: purging the environment.' },
  { name: 'continuation', pattern: /^(?: |\t|\*{3}|$)/, example: ' Suggested action: use keep_environment.' },
  {
    name: 'daemon-trouble',
    pattern: /^(?:socket bind\(\)|socket creation failed|listen\(\) failed|getaddrinfo|fork of )/,
    example: '2026-11-21 02:28:38 socket bind() to port 25 for address (any IPv6) failed: Address already in use: daemon abandoned',
  },
  {
    // It was killed while it wrote.
    name: 'panic-log-lost',
    pattern: /^write failed on panic log: /,
    example: '2026-11-25 04:25:11 write failed on panic log: length=116 result=-1 errno=9 (Bad file descriptor)',
  },
  { name: 'retry-data', pattern: /^(?:Renamed|tidy|retry )/, example: '2026-11-21 01:58:33 retry database tidied' },
];
