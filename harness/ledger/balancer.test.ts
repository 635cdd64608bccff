import { expect, it } from 'vitest';
import { envelopeAddress, worldTime } from '../base/index.ts';
import type { WorldEvent } from '../internet/index.ts';
import { Ledger } from './ledger.ts';

// Postfix 3.7 behind nginx, which speaks the PROXY protocol: the client is the one of the balancer. Queue ids are short, as they are
// unless told: numbers of files, which each host gives by itself.
const taken = (id: string, messageId: string): string[] => [
  `postfix/smtpd[348]: ${id}: client=hotel.roaming.test[198.51.100.90], sasl_method=PLAIN, sasl_username=pim`,
  `postfix/cleanup[357]: ${id}: message-id=<${messageId}>`,
  `postfix/qmgr[344]: ${id}: from=<pim@ipng.test>, size=696, nrcpt=1 (queue active)`,
];
const sent = (id: string, to: string, relay: string, reply: string): string[] => [
  `postfix/smtp[358]: ${id}: to=<${to}>, relay=${relay}:25, delay=0.71, delays=0.46/0.08/0.04/0.13, dsn=2.0.0, status=sent (${reply})`,
  `postfix/qmgr[344]: ${id}: removed`,
];
const bounced = (id: string, to: string): string[] => [
  `postfix/smtp[358]: ${id}: to=<${to}>, relay=none, delay=0.1, delays=0.1/0/0/0, dsn=5.4.4, status=bounced (Host or domain name not found. Name service error for name=nowhere.test type=A: Host not found)`,
];

const LETTER = '28ceecdfa4.1.b7aba9@ipng.test';

function ledgerOf(...logs: [host: string, lines: readonly string[]][]): Ledger {
  const ledger = new Ledger({
    hosts: [
      { name: 'nginx1', software: [], addresses: ['203.0.113.31'] },
      { name: 'smtp-out1', software: ['postfix'], addresses: ['10.61.1.25'] },
      { name: 'smtp-out2', software: ['postfix'], addresses: ['10.61.2.25'] },
      { name: 'smtp-in1', software: ['postfix'], addresses: ['203.0.113.21'] },
    ],
    parties: [],
  });
  const lines = logs.flatMap(([host, list]) => list.map((line) => ({ host, line })));
  const events = lines.map(({ host, line }, index): WorldEvent => ({ seq: index + 1, at: worldTime(1000 + index), type: 'log', host, source: 'syslog', line }));
  for (const event of events) ledger.apply(event);
  return ledger;
}

function handedToTheBalancer(ledger: Ledger, { messageId, id = 'D0BE7234D53' }: { messageId?: string; id?: string }): void {
  ledger.addRoot({
    id: 'root',
    host: 'nginx1',
    reply: `250 2.0.0 Ok: queued as ${id}`,
    ...(messageId === undefined ? {} : { messageId }),
    from: envelopeAddress('pim@ipng.test'),
    to: [envelopeAddress('bob@hosted.test')],
  });
}

it('a message that a balancer was handed is in the custody of the host behind it that took it', () => {
  const ledger = ledgerOf(['smtp-out2', taken('D0BE7234D53', LETTER)]);
  handedToTheBalancer(ledger, { messageId: LETTER });
  expect(ledger.startsOf(['root'])).toEqual(['smtp-out2/D0BE7234D53']);
});

it('the same queue id on another host is another message', () => {
  const ledger = ledgerOf(['smtp-out1', [...taken('D0BE7234D53', 'other@ipng.test'), ...bounced('D0BE7234D53', 'x@nowhere.test')]], ['smtp-out2', taken('D0BE7234D53', LETTER)]);
  handedToTheBalancer(ledger, { messageId: LETTER });
  expect(ledger.startsOf(['root'])).toEqual(['smtp-out2/D0BE7234D53']);
  expect(ledger.look(['root'])).toMatchObject({ met: false, missing: expect.stringContaining('bob@hosted.test is still on its way') });
});

it('the same queue id at a host further on its way is the same message later', () => {
  const further = taken('D0BE7234D53', LETTER).map((line) => line.replace('client=hotel.roaming.test[198.51.100.90]', 'client=smtp-out1.ipng.test[10.61.1.25]'));
  // The line of the first host that ties the two together comes last.
  const before = ledgerOf(['smtp-out1', taken('D0BE7234D53', LETTER)], ['smtp-in1', further]);
  handedToTheBalancer(before, { messageId: LETTER });
  expect(before.startsOf(['root'])).toEqual(['smtp-out1/D0BE7234D53']);
  const after = ledgerOf(
    ['smtp-out1', taken('D0BE7234D53', LETTER)],
    ['smtp-in1', further],
    ['smtp-out1', sent('D0BE7234D53', 'bob@hosted.test', 'smtp-in1.ipng.test[203.0.113.21]', '250 2.0.0 Ok: queued as D0BE7234D53')],
  );
  handedToTheBalancer(after, { messageId: LETTER });
  expect(after.startsOf(['root'])).toEqual(['smtp-out1/D0BE7234D53']);
});

it('a message that no host behind the balancer knows is not settled, and neither is one of two that nothing tells apart', () => {
  const missing = 'nginx1 answered "250 2.0.0 Ok: queued as D0BE7234D53" but its log has not named the message yet';
  const nobody = ledgerOf(['smtp-out1', taken('AAAE7234D53', 'other@ipng.test')]);
  handedToTheBalancer(nobody, { messageId: LETTER });
  expect(nobody.look(['root'])).toEqual({ met: false, missing });
  const two = ledgerOf(['smtp-out1', taken('D0BE7234D53', 'a@ipng.test')], ['smtp-out2', taken('D0BE7234D53', 'b@ipng.test')]);
  handedToTheBalancer(two, {});
  expect(two.look(['root'])).toEqual({ met: false, missing });
});

it('a message without a Message-ID is found by its queue id', () => {
  const ledger = ledgerOf(['smtp-out1', taken('D0BE7234D53', '20261130181808.D0BE7234D53@smtp-out1.ipng.test')]);
  handedToTheBalancer(ledger, {});
  expect(ledger.startsOf(['root'])).toEqual(['smtp-out1/D0BE7234D53']);
});

it('a host with mail software of its own is asked for what it was handed itself, and nobody else', () => {
  const ledger = ledgerOf(['smtp-out2', taken('D0BE7234D53', LETTER)]);
  ledger.addRoot({ id: 'direct', host: 'smtp-out1', reply: '250 2.0.0 Ok: queued as D0BE7234D53', messageId: LETTER, from: envelopeAddress('pim@ipng.test'), to: [] });
  expect(ledger.startsOf(['direct'])).toEqual([]);
});
