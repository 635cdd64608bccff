import { expect, test } from 'vitest';
import { keysOf, readNexthop, readResolution, readSettings, tablesOf } from './postfix-routes.ts';

test('a list of tables is split at commas and blanks, but not inside braces', () => {
  expect(tablesOf('hash:/etc/postfix/aliases, inline:{ { postmaster@ = root } } pcre:/x')).toEqual(['hash:/etc/postfix/aliases', 'inline:{ { postmaster@ = root } }', 'pcre:/x']);
  expect(tablesOf('')).toEqual([]);
});

test('keys are asked for in the order of virtual(5)', () => {
  expect(keysOf('ann+x@a.test', '+', true).map(({ key }) => key)).toEqual(['ann+x@a.test', 'ann@a.test', 'ann+x', 'ann', '@a.test']);
  expect(keysOf('ann@a.test', '+', false).map(({ key }) => key)).toEqual(['ann@a.test', '@a.test']);
  expect(keysOf('owner-x+y@a.test', '+', false).map(({ key }) => key)).toEqual(['owner-x+y@a.test', '@a.test']);
});

test.each([
  ['inet:store.example.test:24', { host: 'store.example.test', port: 24, exchangers: false }],
  ['hosted.test', { host: 'hosted.test', exchangers: true }],
  ['hosted.test:smtp', { host: 'hosted.test', port: 25, exchangers: true }],
  ['[10.0.0.1]:2525', { host: '10.0.0.1', port: 2525, exchangers: false }],
  ['[ipv6:2001:db8::1]', { host: '2001:db8::1', exchangers: false }],
  ['unix:private/dovecot-lmtp', { path: 'private/dovecot-lmtp' }],
])('a next hop is read as transport(5) has it: %s', (nexthop, read) => {
  expect(readNexthop(nexthop)).toEqual(read);
});

const RESOLVED = 'protocol\ttrivial_rewrite_protocol\nflags\t0\ttransport\tlmtp\tnexthop\tinet:store.example.test:24\trecipient\talice@example.test\tflags\t1024\n';

test('what trivial-rewrite says is read, and what it does not say is not made up', () => {
  expect(readResolution(RESOLVED)).toEqual({ transport: 'lmtp', nexthop: 'inet:store.example.test:24', recipient: 'alice@example.test', flags: 1024 });
  expect(readResolution('/var/spool/postfix/private/rewrite: Connection refused\n')).toBeUndefined();
});

const SETTINGS = `myorigin = example.test
virtual_alias_maps = hash:/etc/postfix/aliases
queue_directory = /var/spool/postfix
recipient_delimiter = +
propagate_unmatched_extensions =
#master
smtp       inet  n       -       n       -       -       smtpd
lmtp       unix  -       -       n       -       -       lmtp
relay      unix  -       -       n       -       -       smtp -o syslog_name=postfix/relay
`;

test('main.cf and master.cf are read from postconf', () => {
  const { parameters, programs } = readSettings(SETTINGS);
  expect(parameters.get('propagate_unmatched_extensions')).toBe('');
  expect([...programs]).toEqual([
    ['lmtp', 'lmtp'],
    ['relay', 'smtp'],
  ]);
});
