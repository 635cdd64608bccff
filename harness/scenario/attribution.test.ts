import { expect, test } from 'vitest';
import { envelopeAddress, queueId, worldTime } from '../base/index.ts';
import type { WorldEvent, WorldEventOf } from '../internet/index.ts';
import { Ledger } from '../ledger/index.ts';
import { Attribution } from './attribution.ts';

/** Two messages at mx: mine, and another scenario's for somebody at other.test whose exchanger could not be reached. */
function twoMessages(questions: WorldEventOf<'dns'>[] = []): Attribution {
  const ledger = new Ledger({ hosts: [{ name: 'mx', software: ['exim'], addresses: ['203.0.113.10'] }], parties: [] });
  const lines = [
    '2026-11-21 02:00:00 1xUaN7-00000e-2e <= ann@sender.test H=client.sender.test [198.51.100.77] P=esmtp S=500 id=mine@sender.test for alice@example.test',
    '2026-11-21 02:00:00 1xUaN7-00000f-2f <= eve@else.test H=client.sender.test [198.51.100.77] P=esmtp S=500 id=theirs@else.test for x@other.test',
    '2026-11-21 02:00:01 1xUaN7-00000f-2f == x@other.test R=outside T=remote_smtp defer (110) H=mx.other.test [192.0.2.9]: Connection timed out DT=5s',
  ];
  lines.forEach((line, index) => {
    ledger.apply({ seq: index + 1, at: worldTime(index), type: 'log', host: 'mx', source: '/var/log/exim4/mainlog', line } satisfies WorldEvent);
  });
  ledger.addRoot({
    id: 'r/1',
    host: 'mx',
    reply: `250 OK id=${queueId('1xUaN7-00000e-2e')}`,
    from: envelopeAddress('ann@sender.test'),
    to: [envelopeAddress('alice@example.test')],
  });
  return new Attribution({ ledger, roots: ['r/1'], words: ['{"from":"ann@sender.test","to":"alice@example.test"}'], questions });
}

test.for<[string, string, boolean]>([
  ['of a domain that my mail names', 'sender.test', true],
  ['below a domain that my mail names', '_dmarc.sender.test', true],
  ["of a domain that only another's mail names", '_dmarc.other.test', false],
  ["of another's sender", 'else.test', false],
  ["of nobody's", '77.100.51.198.rbl.nowhere.test', true],
  ['of a client of both', '77.100.51.198.in-addr.arpa', true],
  ['of a name that only ends like one of mine', 'notsender.test', true],
])('a question for an unknown name %s', ([, name, own]) => {
  expect(twoMessages().ownsName(name)).toBe(own);
});

test("packets to where another's log says that it could not connect are the other's", () => {
  expect(twoMessages().ownsStray({ to: '192.0.2.9' })).toBe(false);
});

test("packets to where nobody's log speaks of are told by everybody who was there", () => {
  expect(twoMessages().ownsStray({ to: '192.0.2.99' })).toBe(true);
  expect(twoMessages().ownsStray({ to: '192.0.2.90' })).toBe(true);
});

test('packets to an address are of whom the name it was found by belongs to', () => {
  const question = (name: string): WorldEventOf<'dns'> => ({
    seq: 9,
    at: worldTime(9),
    type: 'dns',
    client: '203.0.113.10',
    host: 'mx',
    name,
    qtype: 'A',
    answer: 'A 192.0.2.50',
    known: true,
  });
  expect(twoMessages([question('mx.other.test')]).ownsStray({ to: '192.0.2.50' })).toBe(false);
  expect(twoMessages([question('mx.sender.test')]).ownsStray({ to: '192.0.2.50' })).toBe(true);
});
