import { expect, test } from 'vitest';
import { readLog } from './read-log.ts';

const POSTFIX = [
  'postfix/smtpd[135]: DAAC81C8444: client=client.sender.test[198.51.100.77], sasl_method=PLAIN, sasl_username=alice',
  'postfix/cleanup[140]: DAAC81C8444: message-id=<20261121015833.000155@sender.test>',
  'postfix/qmgr[139]: DAAC81C8444: from=<ann@sender.test>, size=449, nrcpt=1 (queue active)',
  'postfix/lmtp[150]: DAAC81C8444: to=<alice@example.test>, orig_to=<team@example.test>, relay=203.0.113.20[203.0.113.20]:24, delay=0.06, delays=0.02/0.02/0.02/0.01, dsn=2.0.0, status=sent (250 2.0.0 <alice@example.test> sEewOcn6AGuhAAAA52Lw8g Saved)',
  'postfix/qmgr[139]: DAAC81C8444: removed',
];
const EXIM = [
  '2026-11-21 01:58:33 1xUaN7-00000e-2e <= ann@sender.test H=client.sender.test (helo.sender.test) [198.51.100.77] P=esmtps X=TLS1.3:ECDHE:256 CV=no A=plain_login:alice S=497 id=20261121015833.000039@sender.test',
  '2026-11-21 01:58:33 1xUaN7-00000e-2e => alice@example.test <team@example.test> R=loc T=lmtp H=203.0.113.20 [203.0.113.20] C="250 2.0.0 <alice@example.test> WbqSNcn6AGuhAAAA52Lw8g Saved"',
  '2026-11-21 01:58:33 1xUaN7-00000e-2e Completed',
];

test.each([
  ['syslog', 'Nov 21 01:58:33 mx '],
  ['syslog with the priority', '<22>Nov  1 01:58:33 mx '],
  ['rsyslog', '2026-11-21T02:00:26.123456+00:00 mx '],
  ['journalctl -o short-iso', '2026-11-21T02:00:26+0000 mx '],
  ['mailproof logs', '2026-11-30T15:05:23.636Z mx       '],
  ['a socket without a name of the host', 'Nov 21 01:58:33 '],
  ['nothing', ''],
])('lines of Postfix are read as %s brings them', (_, header) => {
  const { lines, messages, leftOut } = readLog(POSTFIX.map((line) => `${header}${line}`));
  expect({ lines, leftOut }).toEqual({ lines: { all: 5, mail: 5, other: 0 }, leftOut: [] });
  expect(messages).toEqual([
    {
      id: 'DAAC81C8444',
      line: 3,
      ...(header.includes(' mx ') ? { host: 'mx' } : {}),
      from: 'ann@sender.test',
      to: ['team@example.test'],
      client: { address: '198.51.100.77' },
      bytes: 449,
      auth: 'alice',
      times: 1,
      ends: [
        {
          original: 'team@example.test',
          address: 'alice@example.test',
          is: 'delivered',
          next: '203.0.113.20',
          text: '250 2.0.0 <alice@example.test> sEewOcn6AGuhAAAA52Lw8g Saved',
        },
      ],
    },
  ]);
});

test.each([
  ['its own file', ''],
  ['mailproof logs', '2026-11-30T15:05:23.636Z mx       '],
  ['syslog', 'Nov 21 01:58:33 mx exim[763]: '],
])('lines of Exim are read as %s brings them', (_, header) => {
  const { messages } = readLog(EXIM.map((line) => `${header}${line}`));
  expect(messages).toEqual([
    expect.objectContaining({
      id: '1xUaN7-00000e-2e',
      client: { address: '198.51.100.77', helo: 'helo.sender.test' },
      tls: true,
      auth: 'plain_login:alice',
      ends: [expect.objectContaining({ original: 'team@example.test', address: 'alice@example.test', is: 'delivered' })],
    }),
  ]);
});

test('what cannot be sent again is left out, each with its reason', () => {
  const { messages, leftOut, lines } = readLog([
    '2026-11-21 01:58:30 1xUaN0-00000a-0a => carol@example.test R=loc T=lmtp H=203.0.113.20 [203.0.113.20]',
    '2026-11-21 01:58:31 1xUaN1-00000b-0b <= root@example.test U=root P=local S=400',
    '2026-11-21 01:58:31 1xUaN1-00000b-0b => alice@example.test R=loc T=lmtp H=203.0.113.20 [203.0.113.20]',
    '2026-11-21 01:58:32 1xUaN2-00000c-0c <= ann@sender.test H=client.sender.test [198.51.100.77] P=esmtp S=400',
    '2026-11-21 02:43:30 rejected MAIL from client.sender.test [198.51.100.77]: no HELO/EHLO given',
    'CRON[12]: (root) CMD (true)',
    '2026-11-21 01:58:35 1xUaN4-00000e-0e a line of no Exim',
  ]);
  expect(messages).toEqual([]);
  expect(leftOut.map(({ id, why }) => `${id}: ${why}`)).toEqual([
    '1xUaN0-00000a-0a: incomplete: the line of its arrival is not in the log',
    '1xUaN1-00000b-0b: handed over on the host itself (root), not by SMTP',
    '1xUaN2-00000c-0c: incomplete: the log does not name its recipients',
    'line 5: refused at mail, and the log does not name the sender: 503 no HELO/EHLO given',
  ]);
  expect(lines).toEqual({ all: 7, mail: 6, other: 1 });
});

test('the same refusal is one attempt, however often it came', () => {
  const refused = '2026-11-21 01:58:40 H=client.sender.test (helo.sender.test) [198.51.100.77] F=<ann@sender.test> rejected RCPT <nosuch@example.test>: no such user';
  const { messages } = readLog([refused, refused, refused.replace('nosuch', 'other'), refused]);
  expect(messages.map(({ to, times }) => [to, times])).toEqual([
    [['nosuch@example.test'], 3],
    [['other@example.test'], 1],
  ]);
});

test('what a host made of a message is part of it, and notifications are none of their own', () => {
  const { messages, leftOut } = readLog([
    '2026-11-21 02:24:09 1xUalt-0000nM-1P <= ann@sender.test H=(client.sender.test) [198.51.100.30] P=esmtp S=294 id=m2@sender.test',
    '2026-11-21 02:24:09 1xUalt-0000nM-1P ** bob@example.test <team@example.test> R=loc T=lmtp H=203.0.113.20 [203.0.113.20]: LMTP error after BDAT 305 LAST: 552 5.2.2 full',
    '2026-11-21 02:24:09 1xUalt-0000nT-1m <= <> R=1xUalt-0000nM-1P U=Debian-exim P=local S=1799',
    '2026-11-21 02:24:09 1xUalt-0000nM-1P Completed',
    '2026-11-21 02:24:09 1xUalt-0000nT-1m => ann@sender.test R=out T=remote H=198.51.100.30 [198.51.100.30] C="250 2.0.0 Ok: queued as R44"',
  ]);
  expect(leftOut).toEqual([]);
  expect(messages).toEqual([
    expect.objectContaining({ id: '1xUalt-0000nM-1P', ends: [expect.objectContaining({ original: 'team@example.test', address: 'bob@example.test', is: 'failed' })] }),
  ]);
});
