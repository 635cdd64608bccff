import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { WorldEvent } from '../internet/index.ts';
import type { Ledger } from './ledger.ts';
import { inOneLine, type Recording, readRecording, replay } from './testdata/recording.ts';
import { renderTrace } from './trace.ts';

const EXPECTED: Record<string, { root: string; sent: string; outcomes: string[] }[]> = JSON.parse(readFileSync(new URL('testdata/outcomes.json', import.meta.url), 'utf8'));
const recording = readRecording('exim-maildir');
const source = (event: WorldEvent): string => (event.type === 'log' ? event.host : event.type);
const ORDERS: readonly { name: string; first: readonly string[] }[] = [
  { name: 'as recorded', first: [] },
  { name: 'with the mailbox host first', first: ['mail', 'receipt', 'relay', 'backup', 'clock'] },
  { name: 'with the mailbox host last', first: ['clock', 'backup', 'relay', 'receipt', 'mail'] },
];
const reorder = (first: readonly string[]): Recording =>
  first.length === 0 ? recording : { ...recording, events: [...recording.events].sort((a, b) => first.indexOf(source(a)) - first.indexOf(source(b)) || a.seq - b.seq) };

/** `mail` is Exim 4.96 that delivers into maildirs by redirect and by appendfile, with Exim and Sieve filters, quota and autoreply. */
describe('the ledger of a host whose Exim delivers into maildirs', () => {
  for (const order of ORDERS) {
    const ledger = replay(reorder(order.first));
    it.each(EXPECTED['exim-maildir'] ?? [])(`accounts for $sent ($root) when the events come ${order.name}`, ({ root, outcomes }) => {
      expect(ledger.outcomes([root]).map(inOneLine).sort()).toEqual(outcomes);
      expect(ledger.look([root]).met).toBe(true);
    });
    it(`knows every line, and finds nothing wrong but the alias that names one mailbox twice, when the events come ${order.name}`, () => {
      expect(ledger.unparsed()).toEqual([]);
      expect(ledger.violations(recording.roots.map((root) => root.id))).toMatchObject([{ code: 'duplicate', message: expect.stringMatching(/2 times to mail:quinn\/INBOX/) }]);
    });
  }

  it('counts the copies that are in mailboxes by the lines of the host itself', () => {
    const { book } = replay(recording);
    const ofRita = recording.roots.find((root) => root.to[0] === 'rita@example.test')?.messageId ?? '';
    expect(book.mailboxCopies(ofRita)).toEqual(
      expect.arrayContaining([
        { host: 'mail', user: 'rita', folder: 'INBOX' },
        { host: 'mail', user: 'rita', folder: 'Copies' },
      ]),
    );
  });

  it('shows the folder in the trace', () => {
    const [trace] = replay(recording).trace('frank@example.test');
    expect(trace && renderTrace(trace)).toMatch(/stored in mail:frank\/Lists\/Tech/);
  });
});

const ID = '1xW2ws-00001x-1b';
const ARRIVAL = `<= ann@sender.test H=(relay.example.test) [203.0.113.10] P=esmtps S=651 id=m1@sender.test from <ann@sender.test> for frank@example.test`;

const sent = recording.roots.find((root) => root.to[0] === 'frank@example.test');

function ledgerOf(...lines: string[]): Ledger {
  const first = recording.events[0];
  if (sent === undefined || first === undefined) throw new Error('the recording has no message to frank');
  const { hosts, mailboxes } = recording;
  const events = lines.map(
    (line): WorldEvent => ({ seq: 0, at: first.at, type: 'log', host: 'mail', source: '/var/log/exim4/mainlog', line: `2026-11-25 02:41:30 ${ID} ${line}` }),
  );
  return replay({ hosts, ...(mailboxes === undefined ? {} : { mailboxes }), roots: [{ ...sent, id: 'r', reply: `250 OK id=${ID}`, messageId: 'm1@sender.test' }], events });
}

const told = (...lines: string[]): string[] =>
  ledgerOf(ARRIVAL, ...lines)
    .outcomes(['r'])
    .map((outcome) => `${inOneLine(outcome)}${outcome.kind === 'queued' || outcome.kind === 'failed' ? `: ${outcome.reason}` : ''}`);

it('a line that decides nothing is kept with its message', () => {
  const ledger = ledgerOf(ARRIVAL, 'filter router: skipped error: unknown filtering command "sav" near line 2 of filter file');
  expect(ledger.entries(['r']).flatMap((entry) => entry.lines.map(({ line }) => line))).toEqual([
    expect.stringContaining('<= ann@sender.test'),
    expect.stringContaining('skipped error'),
  ]);
});

describe('local deliveries that are put off', () => {
  const DEFERRED = 'R=filter T=maildir defer (2): No such file or directory DT=0s: failed to chdir to /srv/vmail/frank';

  it('are one copy each, before and after the transport has made a path of the folder', () => {
    const both = [`== save inbox <frank@example.test> ${DEFERRED}`, `== save Archive <frank@example.test> ${DEFERRED}`];
    expect(told(...both)).toHaveLength(2);
    expect(
      told(
        ...both,
        '=> /srv/vmail/frank/Maildir/.Archive/ <frank@example.test> F=<ann@sender.test> P=<ann@sender.test> R=filter T=maildir DT=0s',
        '=> /srv/vmail/frank/Maildir/ <frank@example.test> F=<ann@sender.test> P=<ann@sender.test> R=filter T=maildir DT=0s',
        'Completed QT=15m',
      ),
    ).toEqual([
      'delivered mail frank@example.test -> frank@example.test at frank/INBOX by mail',
      'delivered mail frank@example.test -> frank@example.test at frank/Archive by mail',
    ]);
  });

  it('are not joined by the address that they were made from when that is put off', () => {
    expect(told(`== save inbox <frank@example.test> ${DEFERRED}`, '== frank@example.test routing defer (-52) DT=0s: retry time not reached')).toEqual([
      'queued mail frank@example.test -> frank@example.test at mail by mail: No such file or directory: failed to chdir to /srv/vmail/frank',
    ]);
  });

  it('tell in the end why they were put off', () => {
    expect(
      told(
        '== /srv/vmail/frank/Maildir/ <frank@example.test> R=inbox T=maildir defer (-22) DT=0s: mailbox is full (MTA-imposed quota exceeded while writing to tmp/x)',
        '** /srv/vmail/frank/Maildir/ <frank@example.test>: retry timeout exceeded',
      ),
    ).toEqual([expect.stringContaining('retry timeout exceeded: mailbox is full')]);
  });

  it('of a reply end with the reply, which is no copy', () => {
    expect(
      told(
        '== >ann@sender.test <frank@example.test> R=filter T=reply defer (2): No such file or directory DT=0s: failed to chdir to /srv/vmail/frank',
        '=> >ann@sender.test <frank@example.test> F=<ann@sender.test> P=<ann@sender.test> R=filter T=reply DT=0s',
        'Completed QT=15m',
      ),
    ).toEqual(['discarded mail frank@example.test -> frank@example.test: filter/reply answered ann@sender.test by mail']);
  });

  it('twice into one mailbox by one name are two copies', () => {
    const line = '=> frank <frank@example.test> F=<ann@sender.test> P=<ann@sender.test> R=plain T=plain_maildir DT=0s';
    const ledger = ledgerOf(ARRIVAL, line, line, 'Completed QT=0s');
    expect(ledger.book.mailboxCopies('m1@sender.test')).toHaveLength(2);
    expect(ledger.violations(['r'])).toMatchObject([{ code: 'duplicate' }]);
  });
});
