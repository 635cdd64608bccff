import { expect, it } from 'vitest';
import { envelopeAddress, worldTime } from '../base/index.ts';
import type { WorldEvent } from '../internet/index.ts';
import { Ledger } from './ledger.ts';

const LETTER = '72dca1ef86.5.4a421c@sender.test';

// An exchanger in front of a store that is Postfix and Dovecot. The store is stopped between a copy and the line that says so.
const EXCHANGER = [
  'postfix/smtpd[150]: CCA1A25E415: client=client.sender.test[198.51.100.77]',
  `postfix/cleanup[164]: CCA1A25E415: message-id=<${LETTER}>`,
  'postfix/qmgr[146]: CCA1A25E415: from=<ann@sender.test>, size=510, nrcpt=1 (queue active)',
  'postfix/relay/smtp[166]: CCA1A25E415: to=<max+ipng@maildrop.ipng.test>, orig_to=<max@ipng.test>, relay=maildrop1.ipng.test[10.61.1.30]:25, delay=2.4, delays=0.13/0.35/1.2/0.73, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 8470C25E466)',
  'postfix/qmgr[146]: CCA1A25E415: removed',
];
const TAKEN = [
  'postfix/smtpd[178]: 8470C25E466: client=smtp-in1.ipng.test[203.0.113.21]',
  `postfix/cleanup[181]: 8470C25E466: message-id=<${LETTER}>`,
  'postfix/qmgr[173]: 8470C25E466: from=<ann@sender.test>, size=694, nrcpt=1 (queue active)',
];
const stored = (session: string): string => `dovecot: lmtp(max)<318><${session}>: sieve: msgid=<${LETTER}>: stored mail into mailbox 'INBOX'`;
const TOLD = [
  'postfix/lmtp[320]: 8470C25E466: to=<max+ipng@maildrop.ipng.test>, relay=maildrop1.ipng.test[private/dovecot-lmtp], delay=371, delays=11/0.27/360/0.02, dsn=2.0.0, status=sent (250 2.0.0 <max+ipng@maildrop.ipng.test> mALkIXHDDWs+AQAASURDrA Saved)',
  'postfix/qmgr[312]: 8470C25E466: removed',
];

function outcomes(down: boolean) {
  const ledger = new Ledger({
    hosts: [
      { name: 'smtp-in1', software: ['postfix'], addresses: ['203.0.113.21'] },
      { name: 'maildrop1', software: ['postfix', 'dovecot'], addresses: ['10.61.1.30'] },
    ],
    parties: [],
  });
  let seq = 0;
  const at = (): { seq: number; at: ReturnType<typeof worldTime> } => ({ seq: ++seq, at: worldTime(1000 + seq) });
  const log = (host: string, lines: readonly string[]): void => {
    for (const line of lines) ledger.apply({ ...at(), type: 'log', host, source: 'syslog', line });
  };
  log('smtp-in1', EXCHANGER);
  log('maildrop1', [...TAKEN, stored('firstAHDDWs+AQAASURDrA')]);
  if (down) {
    const events: WorldEvent[] = (['stopped', 'ready'] as const).map((state) => ({ ...at(), type: 'host', host: 'maildrop1', state }));
    for (const event of events) ledger.apply(event);
  }
  log('maildrop1', [stored('mALkIXHDDWs+AQAASURDrA'), ...TOLD]);
  ledger.addRoot({
    id: 'root',
    host: 'smtp-in1',
    reply: '250 2.0.0 Ok: queued as CCA1A25E415',
    messageId: LETTER,
    from: envelopeAddress('ann@sender.test'),
    to: [envelopeAddress('max@ipng.test')],
  });
  return ledger.outcomes(['root']);
}

it('a copy that a store took before it was stopped, and once more later, is indeterminate, and has the original recipient', () => {
  expect(outcomes(true)).toMatchObject([
    { kind: 'delivered', custody: 'maildrop1/8470C25E466', original: 'max@ipng.test', indeterminate: true },
    { kind: 'delivered', custody: 'maildrop1/8470C25E466', original: 'max@ipng.test', indeterminate: true },
  ]);
});

it('a second copy that no stop accounts for is certain', () => {
  const found = outcomes(false);
  expect(found).toHaveLength(2);
  for (const outcome of found) expect(outcome).not.toHaveProperty('indeterminate');
});
