import { expect, it } from 'vitest';
import { envelopeAddress, worldTime } from '../base/index.ts';
import type { WorldEvent } from '../internet/index.ts';
import { Ledger } from './ledger.ts';

// OpenSMTPD 6.8 on srv1 hands on to Postfix on relay.
function ledgerOf(lines: readonly [host: string, line: string][]): Ledger {
  const ledger = new Ledger({
    hosts: [
      { name: 'srv1', software: ['opensmtpd'], addresses: ['10.61.2.60'] },
      { name: 'relay', software: ['postfix'], addresses: ['10.61.1.25'] },
    ],
    parties: [],
  });
  for (const [index, [host, line]] of lines.entries())
    ledger.apply({ seq: index + 1, at: worldTime(1000 + index), type: 'log', host, source: 'syslog', line } satisfies WorldEvent);
  return ledger;
}

const taken = (id: string, from: string, to: string): [string, string][] => [
  ['srv1', `smtpd[51]: fc95980948732668 smtp message msgid=${id} size=276 nrcpt=1 proto=ESMTP`],
  ['srv1', `smtpd[51]: fc95980948732668 smtp envelope evpid=${id}1ab5ee97 from=<${from}> to=<${to}>`],
];
const relayed = (id: string, from: string, to: string, result: string, stat: string): [string, string] => [
  'srv1',
  `smtpd[51]: fc959811e5709967 mta delivery evpid=${id}1ab5ee97 from=<${from}> to=<${to}> rcpt=<-> source="10.61.2.60" relay="10.61.1.25 (relay.ipng.test)" delay=6s result="${result}" stat="${stat}"`,
];
const root = (ledger: Ledger, id: string, from: string, to: string): void =>
  ledger.addRoot({ id, host: 'srv1', reply: `250 2.0.0 ${id} Message accepted for delivery`, from: envelopeAddress(from), to: [envelopeAddress(to)] });

it('the reply to its client names the message, the reply of the next host that which it went on as', () => {
  const ledger = ledgerOf([
    ...taken('81805e7b', 'srv1@ipng.test', 'x@hosted.test'),
    relayed('81805e7b', 'srv1@ipng.test', 'x@hosted.test', 'Ok', '250 2.0.0 Ok: queued as D0BE7234D53'),
  ]);
  root(ledger, '81805e7b', 'srv1@ipng.test', 'x@hosted.test');
  expect(ledger.startsOf(['81805e7b'])).toEqual(['srv1/81805e7b']);
  expect(ledger.custodies(['81805e7b']).map((one) => one.id)).toEqual(['srv1/81805e7b', 'relay/D0BE7234D53']);
});

it('a notice is about the oldest message of its recipient that failed and that nobody was told of', () => {
  const ledger = ledgerOf([
    ...taken('00000001', 'a@ipng.test', 'x@hosted.test'),
    ...taken('00000002', 'b@ipng.test', 'x@hosted.test'),
    ...taken('00000003', 'b@ipng.test', 'y@hosted.test'),
    ...['00000001', '00000002', '00000003'].map((id) =>
      relayed(id, `${id === '00000001' ? 'a' : 'b'}@ipng.test`, id === '00000003' ? 'y@hosted.test' : 'x@hosted.test', 'PermFail', '550 5.1.1 no'),
    ),
    ...taken('0000000a', '', 'b@ipng.test'),
    ...taken('0000000b', '', 'b@ipng.test'),
    ...taken('0000000c', '', 'nobody@ipng.test'),
  ]);
  const parents = ['0000000a', '0000000b', '0000000c'].map((id) => ledger.allCustodies().find((one) => one.queueId === id));
  expect(parents.map((one) => [one?.cause, one?.parents])).toEqual([
    ['bounce', ['srv1/00000002']],
    ['bounce', ['srv1/00000003']],
    ['received', []],
  ]);
});

it('a notice while nothing has failed is about what waits', () => {
  const ledger = ledgerOf([
    ...taken('00000001', 'a@ipng.test', 'x@hosted.test'),
    relayed('00000001', 'a@ipng.test', 'x@hosted.test', 'TempFail', '451 4.3.0 later'),
    ...taken('0000000a', '', 'a@ipng.test'),
  ]);
  expect(ledger.allCustodies().find((one) => one.queueId === '0000000a')).toMatchObject({ cause: 'delay', parents: ['srv1/00000001'] });
});
