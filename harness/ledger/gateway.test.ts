import { expect, it } from 'vitest';
import { envelopeAddress, worldTime } from '../base/index.ts';
import type { Receipt, WorldEvent } from '../internet/index.ts';
import { Ledger } from './ledger.ts';

// smtp-out1 is inside, and the outside sees it as its gateway.
const LETTER = '28ceecdfa4.1.b7aba9@ipng.test';
const TAKEN = [
  'postfix/smtpd[348]: D0BE7234D53: client=desk.ipng.test[10.61.9.9]',
  `postfix/cleanup[357]: D0BE7234D53: message-id=<${LETTER}>`,
  'postfix/qmgr[344]: D0BE7234D53: from=<pim@ipng.test>, size=696, nrcpt=1 (queue active)',
];
const AGAIN = [
  'postfix/smtp[358]: D0BE7234D53: to=<bob@hosted.test>, relay=mx.hosted.test[198.51.100.25]:25, delay=0.7, delays=0.5/0/0/0.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as R12)',
  'postfix/qmgr[344]: D0BE7234D53: removed',
];

const receipt = (id: string, client: string): Receipt => ({
  id,
  party: 'hosted.test',
  exchanger: 'mx.hosted.test',
  messageId: `<${LETTER}>`,
  from: envelopeAddress('pim@ipng.test'),
  to: [envelopeAddress('bob@hosted.test')],
  client,
  local: '198.51.100.25',
  helo: 'smtp-out1.ipng.test',
  tls: false,
  parameters: [],
  bytes: 696,
  auth: { spf: { result: 'none', domain: 'ipng.test' }, dkim: [], dmarc: { result: 'none', domain: 'ipng.test', policy: '' }, arc: { result: 'none' } },
  replySent: true,
  reply: `250 2.0.0 Ok: queued as ${id}`,
});

/** A message that the receiver took, as R11, of which the sender never logged that; and once more, as R12. */
function sentTwice({ killed, from }: { killed: boolean; from: string }): Ledger {
  const ledger = new Ledger({
    hosts: [
      { name: 'gw1', software: [], addresses: ['203.0.113.11', '10.61.1.1'] },
      { name: 'smtp-out1', software: ['postfix'], addresses: ['10.61.1.25'], gateway: 'gw1' },
      { name: 'smtp-out2', software: ['postfix'], addresses: ['10.61.2.25'], gateway: 'gw2' },
    ],
    parties: ['hosted.test'],
  });
  let seq = 0;
  const next = (): Pick<WorldEvent, 'seq' | 'at'> => ({ seq: ++seq, at: worldTime(1000 + seq) });
  const log = (lines: readonly string[]): void => {
    for (const line of lines) ledger.apply({ ...next(), type: 'log', host: 'smtp-out1', source: 'syslog', line });
  };
  log(TAKEN);
  ledger.apply({ ...next(), type: 'receipt', receipt: receipt('R11', from) });
  if (killed) for (const state of ['killed', 'ready'] as const) ledger.apply({ ...next(), type: 'host', host: 'smtp-out1', state });
  ledger.apply({ ...next(), type: 'receipt', receipt: receipt('R12', from) });
  log(AGAIN);
  ledger.addRoot({
    id: 'root',
    host: 'smtp-out1',
    reply: '250 2.0.0 Ok: queued as D0BE7234D53',
    messageId: LETTER,
    from: envelopeAddress('pim@ipng.test'),
    to: [envelopeAddress('bob@hosted.test')],
  });
  return ledger;
}

it('a copy that a host sent by its gateway before it was killed is its own, and doubtful', () => {
  const ledger = sentTwice({ killed: true, from: '203.0.113.11' });
  expect(ledger.outcomes(['root']).map((outcome) => [outcome.kind, 'indeterminate' in outcome && outcome.indeterminate])).toEqual([
    ['delivered', true],
    ['delivered', true],
  ]);
  expect(ledger.violations(['root'])).toEqual([]);
});

it('one that no host behind the gateway accounts for is told', () => {
  const calm = sentTwice({ killed: false, from: '203.0.113.11' }).violations(['root']);
  expect(calm.map(({ code }) => code)).toContain('truth');
  expect(calm.find(({ code }) => code === 'truth')?.message).toBe(
    'hosted.test holds R11 for bob@hosted.test from gw1, and no log of a host behind it says that it delivered it there',
  );
});
