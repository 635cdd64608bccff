import { expect, it } from 'vitest';
import { envelopeAddress, worldTime } from '../base/index.ts';
import type { WorldEvent } from '../internet/index.ts';
import { Ledger } from './ledger.ts';
import { inOneLine } from './testdata/recording.ts';

/** Exim 4.96 was killed after sanger had answered and before it logged that; its journal knew, so it only logged the end when it was back. */
const TAKEN =
  '2026-11-25 03:47:27 1xW3yh-00003u-2k <= ann@sender.test H=(client.sender.test) [198.51.100.77] I=[203.0.113.10]:25 P=esmtp S=558 id=53@sender.test from <ann@sender.test> for editor@wikinews.test';
const ON_SANGER = [
  '2026-11-25 03:47:27 1xW3yh-00008B-1c <= ann@sender.test H=(mchenry.wikimedia.test) [203.0.113.10] P=esmtp K S=575 id=53@sender.test from <ann@sender.test> for angela@wikimedia.test',
  '2026-11-25 03:47:27 1xW3yh-00008B-1c => angela@wikimedia.test F=<ann@sender.test> P=<ann@sender.test> R=inbox T=maildir DT=0s',
  '2026-11-25 03:47:27 1xW3yh-00008B-1c Completed QT=0s',
];
const CLOSED = '2026-11-25 04:07:34 1xW3yh-00003u-2k Completed QT=20m6s';

const MAINLOG = '/var/log/exim4/mainlog';

function replayed(change: { killed: boolean; passedOn: boolean }): Ledger {
  const ledger = new Ledger({
    hosts: [
      { name: 'mchenry', software: ['exim'], addresses: ['203.0.113.10'] },
      { name: 'sanger', software: ['exim'], addresses: ['203.0.113.20'] },
    ],
    parties: [],
  });
  const events: WorldEvent[] = [];
  const at = () => ({ seq: events.length + 1, at: worldTime(1000 + events.length) });
  events.push({ ...at(), type: 'log', host: 'mchenry', source: MAINLOG, line: TAKEN });
  if (change.passedOn) for (const line of ON_SANGER) events.push({ ...at(), type: 'log', host: 'sanger', source: MAINLOG, line });
  if (change.killed) for (const state of ['killed', 'ready'] as const) events.push({ ...at(), type: 'host', host: 'mchenry', state });
  events.push({ ...at(), type: 'log', host: 'mchenry', source: MAINLOG, line: CLOSED });
  for (const event of events) ledger.apply(event);
  ledger.addRoot({
    id: 'root',
    host: 'mchenry',
    reply: '250 OK id=1xW3yh-00003u-2k',
    messageId: '53@sender.test',
    from: envelopeAddress('ann@sender.test'),
    to: [envelopeAddress('editor@wikinews.test')],
  });
  return ledger;
}

it('a copy that a killed host passed on without a line, under the address that an alias made, is the end of its message', () => {
  const ledger = replayed({ killed: true, passedOn: true });
  expect(ledger.outcomes(['root']).map(inOneLine)).toMatchInlineSnapshot(`
    [
      "delivered mail editor@wikinews.test -> angela@wikimedia.test at maildir by mchenry > sanger",
    ]
  `);
  expect(ledger.violations(['root'])).toEqual([]);
});

it('a message that was closed and that no next hop has is lost, killed or not; so is one whose host was never down and has no line', () => {
  const codes = (change: { killed: boolean; passedOn: boolean }): string[] =>
    replayed(change)
      .violations(['root'])
      .map(({ code }) => code);
  expect(codes({ killed: true, passedOn: false })).toEqual(['conservation']);
  expect(codes({ killed: false, passedOn: false })).toEqual(['conservation']);
  expect(codes({ killed: false, passedOn: true })).toEqual(['conservation']);
});
