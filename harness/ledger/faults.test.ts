import { describe, expect, it } from 'vitest';
import { envelopeAddress, queueId } from '../base/index.ts';
import type { WorldEvent } from '../internet/index.ts';
import { Ledger } from './ledger.ts';
import { inOneLine, type Recording, readRecording, replay } from './testdata/recording.ts';
import type { Root } from './types.ts';

/**
 * What real servers wrote while their store was stopped, they were killed, receivers broke connections, and notices
 * were asked not to be made: Exim 4.96 and Postfix 3.7 as `mx`, Dovecot 2.3 as `store`.
 */
const RECORDINGS = ['exim-faults', 'postfix-faults'] as const;

const line = (event: WorldEvent): string => (event.type === 'log' ? event.line : '');
const sent = (recording: Recording, to: string): Root[] => recording.roots.filter((root) => root.to.some((address) => address === to));
const ids = (roots: readonly Root[]): string[] => roots.map((root) => root.id);

function only(recording: Recording, to: string): Root {
  const [root, ...others] = sent(recording, to);
  if (root === undefined || others.length > 0) throw new Error(`the recording has ${others.length} more messages to ${to} than one`);
  return root;
}

const queueIdOf = (root: Root): string => /(?:id=|queued as )(\S+)/.exec(root.reply)?.[1] ?? '';

for (const name of RECORDINGS) {
  const recording = readRecording(name);
  const ledger = replay(recording);

  describe(`faults in the ledger of ${name}`, () => {
    it('counts mail that waited for a store that was stopped as delivered for certain, each once', () => {
      const roots = sent(recording, 'alice@example.test').filter((root) => root.to.length === 1);
      expect(ids(roots).flatMap((id) => ledger.outcomes([id]).map(inOneLine))).toEqual(
        roots.map(() => 'delivered mail alice@example.test -> alice@example.test at alice/INBOX by mx > store'),
      );
    });

    it('counts mail of a relay that was killed and delivered each message once as certain', () => {
      const roots = sent(recording, 'dave@example.test');
      expect(roots.length).toBe(5);
      expect(ledger.outcomes(ids(roots)).map(inOneLine)).toEqual(roots.map(() => 'delivered mail dave@example.test -> dave@example.test at dave/INBOX by mx > store'));
    });

    it('counts a second copy after a kill as indeterminate, not as a duplicate', () => {
      const root = sent(recording, 'dave@example.test').at(-1);
      const saved = recording.events.findIndex((event) => /saved mail/.test(line(event)) && line(event).includes(root?.messageId ?? 'none'));
      const copy = recording.events[saved];
      const killed = recording.events.findIndex((event) => event.type === 'host' && event.host === 'mx' && event.state === 'killed');
      if (copy?.type !== 'log' || root === undefined || killed < 0) throw new Error('the recording has no kill or no copy');
      // The store took it just before the relay lost its power, in a session of its own.
      const before = { ...copy, line: copy.line.replace(/<(\d+)><[^>]+>/, '<$1><AAAAAAAAAAAAAAAAAAAAAA>') };
      const events = [...recording.events.slice(0, killed), before, ...recording.events.slice(killed)];
      const twice = replay({ ...recording, events });
      expect(twice.outcomes([root.id]).map(inOneLine)).toEqual([
        'delivered mail dave@example.test -> dave@example.test at dave/INBOX by mx > store indeterminate',
        'delivered mail dave@example.test -> dave@example.test at dave/INBOX by mx > store indeterminate',
      ]);
      expect(twice.violations([root.id])).toEqual([]);
      const calm = replay({ ...recording, events: events.filter((event) => event.type !== 'host') });
      expect(calm.violations([root.id]).map((violation) => violation.code)).toEqual(['duplicate', 'truth']);
    });

    it('counts a copy that came after a break before the message was taken as certain', () => {
      for (const to of ['x@drop-data.test', 'x@drop-dot.test'])
        expect(ledger.outcomes([only(recording, to).id]).map(inOneLine)).toEqual([`delivered mail ${to} -> ${to} at ${to.slice(2)} by mx > ${to.slice(2)}`]);
    });

    it('counts both copies of a message whose final reply was lost as indeterminate', () => {
      const root = only(recording, 'x@broken.test');
      const one = 'delivered mail x@broken.test -> x@broken.test at broken.test by mx > broken.test indeterminate';
      expect(ledger.outcomes([root.id]).map(inOneLine)).toEqual([one, one]);
      const second = recording.events.findLastIndex((event) => event.type === 'receipt' && event.receipt.party === 'broken.test');
      const first = replay({
        ...recording,
        events: recording.events.slice(0, recording.events.findIndex((event, index) => index > 0 && /(== x@broken|to=<x@broken.*deferred)/.test(line(event))) + 1),
      });
      expect(second).toBeGreaterThan(0);
      expect(first.outcomes([root.id]).map(inOneLine).sort()).toEqual([one, 'queued mail x@broken.test -> x@broken.test at mx by mx']);
    });

    it('counts one stored copy once, by however many ways its mailbox was named', () => {
      const root = recording.roots.find((one) => one.to.includes(envelopeAddress('team@example.test')) && one.to.length === 2);
      const outcomes = ledger.outcomes([root?.id ?? '']);
      expect(outcomes.flatMap((outcome) => (outcome.kind === 'delivered' && 'mailbox' in outcome.place ? [outcome.place.mailbox.user] : ['other'])).sort()).toEqual([
        'alice',
        'bob',
        'carol',
      ]);
      expect(ledger.violations([root?.id ?? ''])).toEqual([]);
    });

    it('waits for the line of each recipient of a transaction, not for that of another one', () => {
      const root = recording.roots.find((one) => one.to.includes(envelopeAddress('team@example.test')) && one.to.length === 2);
      const late = recording.events.filter((event) => !(/lmtp\(bob\)/.test(line(event)) && line(event).includes(root?.messageId ?? 'none')));
      expect(late.length).toBe(recording.events.length - 1);
      expect(replay({ ...recording, events: late }).look([root?.id ?? ''])).toMatchObject({
        met: false,
        missing: expect.stringMatching(/store answered Saved for bob@example\.test/),
      });
    });

    it('names the Message-ID of a notice that the server wrote itself', () => {
      const root = only(recording, 'x@rej6.test');
      const unnamed = replay({ ...recording, events: recording.events.map((event) => (event.type === 'log' ? { ...event, line: event.line.replace(/ id\*?=E\S+/, '') } : event)) });
      const notice = unnamed.outcomes([root.id]).find((outcome) => outcome.kind === 'delivered');
      expect(notice).toMatchObject({ message: 'bounce', messageId: expect.stringMatching(/^(E1x|20\d+\.)\S+@mx\.example\.test$/) });
    });

    it('misses the notice of a failure unless none was asked for', () => {
      const root = only(recording, 'x@rej6.test');
      const id = queueIdOf(root);
      const untold = recording.events.filter((event) => !line(event).includes(`R=${id}`) && !line(event).includes(`${id}: sender non-delivery`));
      expect(replay({ ...recording, events: untold }).look([root.id])).toMatchObject({ met: false, missing: expect.stringContaining('has not been told yet') });
      expect(replay({ ...recording, events: untold }).violations([root.id])).toMatchObject([{ code: 'conservation', message: expect.stringContaining('was not told') }]);
      const never = replay({ ...recording, roots: recording.roots.map((one) => (one === root ? { ...one, notify: ['NEVER'] } : one)), events: untold });
      expect(never.look([root.id]).met).toBe(true);
      expect(never.violations([root.id])).toEqual([]);
    });

    it('takes a failure of which no notice was asked for as an end without notice', () => {
      const root = only(recording, 'x@rej5.test');
      const told = replay({ ...recording, roots: recording.roots.map((one) => (one === root ? { ...one, notify: ['NEVER'] } : one)) });
      expect(told.outcomes([root.id]).map(inOneLine)).toEqual(['failed mail x@rej5.test -> x@rej5.test by mx untold']);
      expect(told.look([root.id]).met).toBe(true);
      expect(told.violations([root.id])).toEqual([]);
    });

    it('shows whose log each line is of', () => {
      const [trace] = ledger.trace(only(recording, 'x@rej6.test').id);
      const hosts = new Set(trace?.hops.flatMap((hop) => hop.lines.map((one) => `${one.host} ${/dovecot/.test(one.line)}`)));
      expect(hosts).toEqual(new Set(['mx false', 'store true']));
    });

    it('lets what a host that went down has begun wait there', () => {
      const root = only(recording, 'x@broken.test');
      const accepted = recording.events.findIndex((event) => line(event).includes(queueIdOf(root)) && /<=|queue active/.test(line(event)));
      const cut = replay({ ...recording, events: recording.events.slice(0, accepted + 1) });
      expect(cut.look([root.id]).met).toBe(false);
      cut.apply({ seq: cut.seq + 1, at: cut.now, type: 'host', host: 'mx', state: 'killed' });
      expect(cut.look([root.id])).toMatchObject({ met: true, value: [{ kind: 'queued', host: 'mx', reason: 'mx is killed' }] });
    });
  });
}

describe('the side by side logs of Postfix', () => {
  const recording = readRecording('postfix-faults');
  /** Each line that closes a message comes before all others of that message but the first ones. */
  const closedEarly = recording.events
    .map((event, index) => ({ event, index }))
    .flatMap(({ event, index }, _, all) => {
      const id = /^postfix\/qmgr\[\d+\]: (\w+): removed$/.exec(line(event))?.[1];
      if (id === undefined) return [{ event, at: index }];
      const attempt = all.findLastIndex((one) => one.index < index && line(one.event).includes(`${id}: from=`));
      return [{ event, at: attempt + 0.5 }];
    })
    .sort((a, b) => a.at - b.at)
    .map(({ event }) => event);

  it('lead to the same outcomes when a message is closed before its recipients have their lines', () => {
    const ledger = replay({ ...recording, events: closedEarly });
    const expected = replay(recording);
    expect(closedEarly.map(line)).not.toEqual(recording.events.map(line));
    for (const root of recording.roots) expect(ledger.outcomes([root.id]).map(inOneLine).sort()).toEqual(expected.outcomes([root.id]).map(inOneLine).sort());
  });

  it('keep a message open until each recipient has its line and each failure its notice', () => {
    const ledger = new Ledger({ hosts: recording.hosts, parties: [] });
    const root = only(recording, 'x@rej6.test');
    ledger.addRoot(root);
    const missing = closedEarly.map((event, index) => {
      ledger.apply({ ...event, seq: index + 1 });
      const look = ledger.look([root.id]);
      return look.met ? '' : look.missing;
    });
    const id = queueIdOf(root);
    expect(missing.join('\n')).toMatch(new RegExp(`mx has closed mx/${id}, but what became of x@rej6.test has not come in yet`));
    expect(missing.join('\n')).toMatch(/its sender dave@example\.test has not been told yet/);
    expect(missing.at(-1)).toBe('');
  });
});

describe('loops', () => {
  it('are seen when one host takes the same message for the same recipients again and again', () => {
    const recording = readRecording('exim-faults');
    const root = only(recording, 'x@broken.test');
    const first = queueIdOf(root);
    const arrival = recording.events.find((event) => line(event).includes(`${first} <=`));
    if (arrival?.type !== 'log') throw new Error('the recording has no arrival of the message');
    const visits = (count: number): WorldEvent[] =>
      Array.from({ length: count }, (_, index) => index).flatMap((index): WorldEvent[] => {
        const id = index === 0 ? first : `1xUzz${index}-00000a-00`;
        const arrived = arrival.line.replace(first, id).replace(/H=.*? P=/, index === 0 ? '$&' : 'H=mx.example.test [203.0.113.10] P=');
        const on = `2026-11-21 01:58:33 ${id} => x@broken.test R=outside T=remote_smtp H=mx.example.test [203.0.113.10] C="250 OK id=1xUzz${index + 1}-00000a-00"`;
        const time = arrived.slice(0, 19);
        const lines = index === count - 1 ? [arrived] : [arrived, on, `${time} ${id} Completed`];
        return lines.map((text) => ({ ...arrival, line: text }));
      });
    const loop = replay({ ...recording, events: visits(5) });
    expect(loop.custodies([root.id]).map((one) => one.queueId)).toEqual([queueId(first), ...[1, 2, 3, 4].map((n) => queueId(`1xUzz${n}-00000a-00`))]);
    expect(loop.violations([root.id])).toMatchObject([{ code: 'loop', host: 'mx', message: expect.stringContaining('5 times') }]);
    expect(replay({ ...recording, events: visits(3) }).violations([root.id])).toEqual([]);
  });
});

it('remembers that a next hop failed, whatever became of the message then: its host has noted when it wants to try that one again', () => {
  const recording = readRecording('exim-faults');
  const { events, roots } = recording;
  const ledger = replay(recording);
  const told = new Set(events.flatMap((event) => (event.type === 'log' ? (/ (\w{6}-\w{6}-\w{2}) H=\S+ \[[^\]]*\](?::\d+)?:? (?!.*rejected)/.exec(event.line)?.[1] ?? []) : [])));
  const custodies = ledger.custodies(roots.map(({ id }) => id)).filter(({ host }) => host === 'mx');
  expect(told.size).toBeGreaterThan(0);
  expect(custodies.length).toBeGreaterThan(told.size);
  expect(custodies.flatMap((custody) => (custody.nextHopFailed === true ? custody.queueId : [])).sort()).toEqual([...told].sort());
});
