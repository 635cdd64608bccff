import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { envelopeAddress } from '../base/index.ts';
import type { WorldEvent } from '../internet/index.ts';
import { Ledger } from './ledger.ts';
import { HOSTS, inOneLine, type Recording, readRecording, replay } from './testdata/recording.ts';
import { renderTrace } from './trace.ts';

const EXPECTED: Record<string, { root: string; sent: string; outcomes: string[] }[]> = JSON.parse(readFileSync(new URL('testdata/outcomes.json', import.meta.url), 'utf8'));

const byHost = (event: WorldEvent): string => (event.type === 'log' ? event.host : event.type);
/** Orders in which a hub may see what happened: each source's own order is kept. */
const ORDERS: readonly { name: string; first: readonly string[] }[] = [
  { name: 'as recorded', first: [] },
  { name: 'with all of Exim first', first: ['mx', 'px', 'receipt'] },
  { name: 'with all of Postfix and Dovecot first', first: ['px', 'receipt', 'mx'] },
  { name: 'with the receipts first', first: ['receipt', 'mx', 'px'] },
];

function reorder(recording: Recording, first: readonly string[]): Recording {
  if (first.length === 0) return recording;
  return { ...recording, events: [...recording.events].sort((a, b) => first.indexOf(byHost(a)) - first.indexOf(byHost(b)) || a.seq - b.seq) };
}

const without = (recording: Recording, drop: (event: WorldEvent) => boolean): Recording => ({ ...recording, events: recording.events.filter((event) => !drop(event)) });
const line = (event: WorldEvent): string => (event.type === 'log' ? event.line : '');
const messageIdOf = (recording: Recording, root: string): string => recording.roots.find((one) => one.id === root)?.messageId ?? '';

for (const name of ['exim-evening', 'postfix-evening']) {
  describe(`the ledger of ${name}`, () => {
    const recording = readRecording(name);
    for (const order of ORDERS) {
      const ledger = replay(reorder(recording, order.first));
      it.each(EXPECTED[name] ?? [])(`accounts for $sent ($root) when the events come ${order.name}`, ({ root, outcomes }) => {
        expect(ledger.outcomes([root]).map(inOneLine).sort()).toEqual(outcomes);
        expect(ledger.look([root]).met).toBe(true);
      });
      it(`finds nothing wrong when the events come ${order.name}`, () => {
        expect(ledger.violations(recording.roots.map((root) => root.id))).toEqual([]);
        expect(ledger.unparsed()).toEqual([]);
      });
    }

    it('says what is still on its way at every moment before the end of a message, and never afterwards', () => {
      const ledger = new Ledger({ hosts: HOSTS, parties: ['hosted.test'] });
      const root = recording.roots[1];
      if (!root) throw new Error('the recording has no second root');
      ledger.addRoot(root);
      const looks = recording.events.map((event) => {
        ledger.apply(event);
        const look = ledger.look([root.id]);
        return look.met ? '' : look.missing;
      });
      const firstMet = looks.indexOf('');
      expect(firstMet).toBeGreaterThan(5);
      expect(looks.slice(firstMet).every((missing) => missing === '')).toBe(true);
      expect(looks.slice(0, firstMet).join('\n')).toMatch(/has not named the message yet|is still on its way|has not been seen/);
    });

    it('knows where mail began that no root tells of', () => {
      const rooted = replay(recording);
      const first = recording.roots.flatMap((root) => rooted.custodies([root.id])[0]?.id ?? []);
      const alone = replay({ ...recording, roots: [] });
      expect(alone.beginnings(new Set()).map((custody) => custody.id)).toEqual(expect.arrayContaining(first));
      const left = rooted.beginnings(new Set()).map((custody) => custody.id);
      expect(first.filter((id) => left.includes(id))).toEqual([]);
      expect(alone.beginnings(alone.known())).toEqual([]);
    });

    it('says that a message which was given to a host is not named by its log', () => {
      const ledger = replay(recording);
      ledger.addRoot({ id: 'local', host: 'mx', reply: '', messageId: 'never.logged@sender.test', from: envelopeAddress('root@example.test'), to: [] });
      expect(ledger.look(['local'])).toEqual({ met: false, missing: 'mx was given <never.logged@sender.test>, but its log has not named the message yet' });
    });

    it('misses the receipt that a log speaks of', () => {
      const broken = without(recording, (event) => event.type === 'receipt' && event.receipt.messageId === messageIdOf(recording, 'root11'));
      const ledger = replay(broken);
      expect(ledger.look(['root11']).met).toBe(false);
      expect(ledger.violations(['root11'])).toMatchObject([{ code: 'truth', message: expect.stringContaining('no receiver of the outside has it') }]);
    });

    it('misses the line of a store that answered Saved', () => {
      const broken = without(recording, (event) => /: saved mail to /.test(line(event)) && line(event).includes(messageIdOf(recording, 'root1')));
      const ledger = replay(broken);
      expect(ledger.look(['root1'])).toMatchObject({ met: false, missing: expect.stringContaining('has not logged where it put it') });
      expect(ledger.violations(['root1'])).toMatchObject([{ code: 'conservation', host: 'px' }]);
    });

    it('misses the log line of a copy that a receiver holds', () => {
      const broken = without(recording, (event) => /y@ok\.out\.test/.test(line(event)) && /(=>|status=sent)/.test(line(event)));
      expect(
        replay(broken)
          .violations(['root11'])
          .map((violation) => violation.code),
      ).toContain('truth');
    });

    it('finds a message by its Message-ID, its queue id and its recipient, and shows its way', () => {
      const ledger = replay(recording);
      const id = messageIdOf(recording, 'root2');
      const [trace] = ledger.trace(id);
      expect(ledger.trace('root2')).toEqual([trace]);
      expect(ledger.trace('team@example.test')).toEqual([trace]);
      expect(trace && renderTrace(trace)).toMatch(/team@example\.test.*stored in px:alice\/INBOX.*bounce for/s);
    });

    it('counts a line that no rule knows and keeps a sample', () => {
      const ledger = replay(recording);
      const seq = ledger.seq + 1;
      ledger.apply({ seq, at: ledger.now, type: 'log', host: 'px', source: 'syslog', line: 'postfix/qmgr[1]: something that no version ever wrote' });
      ledger.apply({ seq, at: ledger.now, type: 'log', host: 'px', source: 'syslog', line: 'postfix/qmgr[1]: something that no version ever wrote' });
      expect(ledger.unparsed()).toEqual([{ host: 'px', software: 'postfix', count: 1, samples: ['postfix/qmgr[1]: something that no version ever wrote'] }]);
    });
  });
}

describe('invariants', () => {
  it('sees that a sender was not told of a failure', () => {
    const recording = readRecording('exim-evening');
    const failed = recording.events.find(
      (event) => /\*\* u@rej\.out\.test/.test(line(event)) && !/frozen/i.test(line(event)) && line(event).includes(rootQueueId(recording, 'root6')),
    );
    expect(failed).toBeDefined();
    const broken = without(recording, (event) => line(event).includes(`R=${rootQueueId(recording, 'root6')}`));
    expect(replay(broken).violations(['root6'])).toMatchObject([{ code: 'conservation', message: expect.stringContaining('was not told') }]);
  });

  it('sees a message that a server closed without an end', () => {
    const recording = readRecording('exim-evening');
    const id = rootQueueId(recording, 'root11');
    const broken = without(recording, (event) => line(event).includes(`${id} =>`));
    expect(replay(broken).violations(['root11'])).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: 'conservation', message: expect.stringContaining('neither delivered, returned nor discarded') })]),
    );
  });

  it('sees a second copy in one mailbox', () => {
    const recording = readRecording('exim-evening');
    const saved = recording.events.findIndex((event) => /saved mail/.test(line(event)) && line(event).includes(messageIdOf(recording, 'root1')));
    const delivered = recording.events.findIndex((event) => line(event).includes(`${rootQueueId(recording, 'root1')} =>`));
    const twice = recording.events.flatMap((event, index): WorldEvent[] => {
      if (event.type !== 'log' || (index !== saved && index !== delivered)) return [event];
      // The same delivery once more under another session and by another alias.
      const again = event.line
        .replace(/(<|> )([\w+/]{22})(>| Saved)/, '$1AAAAAAAAAAAAAAAAAAAAAA$3')
        .replace('=> alice@example.test', '=> alice@example.test <second@example.test>');
      return [event, { ...event, line: again }];
    });
    expect(replay({ ...recording, events: twice }).violations(['root1'])).toMatchObject([{ code: 'duplicate', message: expect.stringContaining('px:alice/INBOX') }]);
  });

  it('sees a bounce that was answered with a bounce', () => {
    const recording = readRecording('exim-evening');
    const id = rootQueueId(recording, 'root20');
    const dsn =
      recording.events
        .map(line)
        .find((text) => text.includes(`<= <> R=${id}`))
        ?.split(' ')[2] ?? '';
    const frozen = recording.events.findIndex((event) => line(event).includes(`${dsn} Frozen`));
    const event = recording.events[frozen];
    if (event?.type !== 'log') throw new Error('the recording has no frozen bounce');
    const again: WorldEvent = { ...event, line: `2026-11-21 02:24:33 1xUamZ-0000sZ-2c <= <> R=${dsn} U=Debian-exim P=local S=1700` };
    const events = [...recording.events.slice(0, frozen), again, ...recording.events.slice(frozen)];
    expect(replay({ ...recording, events }).violations(['root20'])).toMatchObject([{ code: 'bounce-to-bounce' }]);
  });

  it('lists names and addresses that the world does not know', () => {
    const recording = readRecording('exim-evening');
    const ledger = replay(recording);
    ledger.apply({
      seq: ledger.seq + 1,
      at: ledger.now,
      type: 'dns',
      client: '203.0.113.10',
      host: 'mx',
      name: 'elsewhere.invalid',
      qtype: 'MX',
      answer: 'NXDOMAIN',
      known: false,
    });
    expect(ledger.violations([], [{ from: '203.0.113.10', host: 'mx', to: '192.0.2.1', protocol: 'tcp', port: 25, packets: 3 }])).toMatchObject([
      { code: 'stray', host: 'mx', message: expect.stringContaining('192.0.2.1 tcp/25') },
      { code: 'unknown-name', host: 'mx', message: expect.stringContaining('elsewhere.invalid MX') },
    ]);
  });
});

function rootQueueId(recording: Recording, root: string): string {
  return recording.roots.find((one) => one.id === root)?.reply.split('id=')[1] ?? '';
}
