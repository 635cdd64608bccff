import { expect, test } from 'vitest';
import { eximEnds, readEximRoutes, readGenerated, readTransport } from './exim-routes.ts';

test('what exim4 -bt prints is read: router, transport, hosts, and the addresses that it came from', () => {
  const printed = `press@hosted.test
    <-- press@example.test
  router = outside, transport = remote_smtp
  host mx.hosted.test [2001:db8:0:19::2] MX=10
  host mx.hosted.test [198.19.0.2]       MX=10 port=2525
bob@example.test   [duplicate, would not be delivered]
    <-- team@example.test
    <-- everyone@example.test
  router = accounts, transport = store_lmtp
  host store.example.test [10.20.0.20]
`;
  expect(readEximRoutes('x', printed)).toEqual([
    {
      recipient: 'press@hosted.test',
      parents: ['press@example.test'],
      router: 'outside',
      transport: 'remote_smtp',
      hosts: [
        { name: 'mx.hosted.test', address: '2001:db8:0:19::2' },
        { name: 'mx.hosted.test', address: '198.19.0.2', port: 2525 },
      ],
    },
    {
      recipient: 'bob@example.test',
      parents: ['team@example.test', 'everyone@example.test'],
      router: 'accounts',
      transport: 'store_lmtp',
      hosts: [{ name: 'store.example.test', address: '10.20.0.20' }],
    },
  ]);
});

test.each(eximEnds.map(({ example }) => example))('an end that is no delivery is read: %s', (example) => {
  expect(readEximRoutes('x@example.test', example)).toEqual([expect.objectContaining({ hosts: [], parents: [], end: expect.objectContaining({ kind: expect.any(String) }) })]);
});

test('the router that put an address there is in the debug lines', () => {
  expect(readGenerated('aliases router generated bob@example.test\n12:00:00  1 lists router generated |/usr/bin/archive\n')).toEqual(
    new Map([
      ['bob@example.test', 'aliases'],
      ['|/usr/bin/archive', 'lists'],
    ]),
  );
});

test.each([
  ['driver = smtp\nport = 24\nprotocol = lmtp\n', { driver: 'smtp', remote: { protocol: 'lmtp', port: 24 } }],
  ['driver = smtp\nport = smtp\nprotocol = smtp\n', { driver: 'smtp', remote: { protocol: 'smtp', port: 25 } }],
  ['driver = smtp\nport = submission\nprotocol = smtp\n', { driver: 'smtp', remote: { protocol: 'smtp', port: 587 } }],
  ['driver = appendfile\nfile = /var/mail/$local_part\n', { driver: 'appendfile' }],
])('a transport is read from its options: %s', (options, read) => {
  expect(readTransport(options)).toEqual(read);
});
