import { formatDuration, type Look, MailproofError, waitUntil } from '../base/index.ts';
import { catchUp } from './catch-up.ts';
import { completed } from './endings.ts';
import type { Entry } from './entry.ts';
import { sameAddress } from './entry.ts';
import type { Ledger } from './ledger.ts';
import type { Overdue, Standing } from './look.ts';
import { askQueue, type QueueHub, queueReader } from './queue/index.ts';
import type { QueuedMessage, QueueReader } from './queue/queue-reader.ts';
import type { Outcome } from './types.ts';

/** What is needed of the hub to settle mail. */
export interface SettleHub extends QueueHub {
  /** `events`: number of the last event. */
  status(): Promise<{ events: number }>;
  /** Without a move of the clock: servers look at their queues. */
  clock(request: { advanceMs?: number }): Promise<unknown>;
}

export interface SettleOptions {
  ledger: Ledger;
  hub: SettleHub;
  /** Ids of the roots that were added to the ledger. */
  roots: readonly string[];
  /** Guards against a hang; real milliseconds. */
  deadlineMs: number;
  signal?: AbortSignal;
}

/** What a queue says against the ledger; `event`: a line about it must still come, so that is waited for; `due`: its server must look at its queue before that. */
type Doubt = { kind: 'event' | 'due' | 'ask'; text: string };

/**
 * A host may write a line a little after the one that made it due (Dovecot logs through another process, Postfix's
 * daemons side by side); it is given so many chances before the line counts as never written.
 */
const OVERDUE_ROUNDS = 2;
const OVERDUE_PATIENCE_MS = 400;

/**
 * Waits until every copy of these messages is delivered, refused, returned, discarded, or waits in a queue that
 * agrees with the logs about it. A message whose every custody was closed needs no question to any host.
 * @throws MailproofError DEADLINE, saying what was not settled
 */
export async function settle(options: SettleOptions): Promise<Outcome[]> {
  const { ledger, roots, deadlineMs, signal } = options;
  const giveUp = performance.now() + deadlineMs;
  const rest = (): number => Math.max(1, giveUp - performance.now());
  const asked = new Map<Overdue['recipient'], number>();
  let last = 'nothing was asked yet';
  for (;;) {
    const standing = await waitForStanding(options, rest, asked);
    const doubtful = standing.doubtful.filter((entry) => ledger.isUp(entry.custody.host));
    if (doubtful.length === 0) return ledger.outcomes(roots);
    const { doubts, lines } = await compare(options, doubtful, rest());
    if (doubts.length === 0 && ledger.standing(roots).met) return ledger.outcomes(roots);
    last = doubts.map((doubt) => doubt.text).join('; ') || last;
    signal?.throwIfAborted();
    if (performance.now() >= giveUp) throw new MailproofError('DEADLINE', `gave up after ${formatDuration(deadlineMs)} waiting until mail is settled: ${last}`);
    if (doubts.some((doubt) => doubt.kind === 'due')) await options.hub.clock({});
    if (doubts.length > 0 && doubts.every((doubt) => doubt.kind !== 'ask')) {
      await waitUntil<true>({
        what: 'the log and the queue agree',
        deadlineMs: rest(),
        look: () => (linesOf(doubtful) > lines ? { met: true, value: true } : { met: false, missing: last }),
        subscribe: (again) => ledger.onChange(again),
        ...(signal ? { signal } : {}),
      });
    }
  }
}

/** Until the events alone say that everything is at rest; a host that owes a line is asked for it. */
async function waitForStanding(options: SettleOptions, rest: () => number, asked: Map<Overdue['recipient'], number>): Promise<Standing> {
  const { ledger, roots, signal } = options;
  const overdue = (): Overdue[] => ledger.overdue(roots).filter(({ host }) => ledger.isUp(host));
  const wait = <T>(deadline: number, look: () => Look<T>): Promise<T> =>
    waitUntil<T>({ what: 'mail is settled', deadlineMs: deadline, look, subscribe: (again) => ledger.onChange(again), ...(signal ? { signal } : {}) });
  for (;;) {
    await wait<true>(rest(), () => {
      const standing = ledger.standing(roots);
      return standing.met || overdue().length > 0 ? { met: true, value: true } : standing;
    });
    try {
      return await wait<Standing>(overdue().length > 0 ? Math.min(rest(), OVERDUE_PATIENCE_MS) : rest(), () => ledger.standing(roots));
    } catch (error) {
      if (!(error instanceof MailproofError) || error.code !== 'DEADLINE' || rest() <= 1) throw error;
      const due = overdue();
      const { busy, gone } = await askForLines(options, due, rest());
      await catchUp(ledger, options.hub, rest(), signal);
      // What its host wrote of it has come in by now.
      for (const entry of gone) if (entry.quiet === true && !entry.custody.completed) completed(entry);
      for (const { entry, recipient } of due) {
        if (busy.has(entry) || entry.quiet === true) continue;
        const rounds = (asked.get(recipient) ?? 0) + 1;
        asked.set(recipient, rounds);
        if (rounds >= OVERDUE_ROUNDS) entry.silent.add(recipient);
      }
    }
  }
}

/**
 * What a host wrote before it answers this comes before the answer. A message that is still in its queue is asked for
 * there, since the attempt that owes the line may not be over.
 * @returns the messages that are being delivered, and those that are no longer there
 */
async function askForLines({ ledger, hub }: SettleOptions, due: readonly Overdue[], deadlineMs: number): Promise<{ busy: Set<Entry>; gone: Set<Entry> }> {
  const busy = new Set<Entry>();
  const gone = new Set<Entry>();
  await Promise.all(
    [...Map.groupBy(due, ({ host }) => host)].map(async ([host, lines]) => {
      const queued = lines.flatMap(({ entry }) => (entry.custody.host === host && !entry.custody.completed ? [entry] : []));
      const reader = queued.length > 0 ? readerOf(ledger, host) : undefined;
      if (reader === undefined) {
        await hub.exec({ host, script: ':', deadlineMs });
        return;
      }
      const { messages } = await askQueue(
        hub,
        host,
        reader,
        queued.map((entry) => entry.custody.queueId),
        deadlineMs,
      );
      for (const entry of queued) {
        const message = messages.find(({ queueId }) => queueId === entry.custody.queueId);
        if (message?.state === 'active') busy.add(entry);
        if (message === undefined) gone.add(entry);
      }
    }),
  );
  return { busy, gone };
}

const readerOf = (ledger: Ledger, host: string): QueueReader | undefined => queueReader(ledger.options.hosts.find((one) => one.name === host)?.software ?? []);

/** How many lines are known of these messages. */
const linesOf = (entries: readonly Entry[]): number => entries.reduce((sum, entry) => sum + entry.lines.length, 0);

/** @returns what the queues say against the ledger, as of so many `lines` of these messages */
async function compare(options: SettleOptions, doubtful: readonly Entry[], deadlineMs: number): Promise<{ doubts: Doubt[]; lines: number }> {
  const { ledger, hub } = options;
  const asked = [...Map.groupBy(doubtful, (entry) => entry.custody.host)].map(async ([host, entries]) => {
    const reader = readerOf(ledger, host);
    const ids = entries.map((entry) => entry.custody.queueId);
    return reader === undefined ? [] : [{ host, entries, ...(await askQueue(hub, host, reader, ids, deadlineMs)) }];
  });
  const answers = (await Promise.all(asked)).flat();
  await catchUp(ledger, hub, deadlineMs, options.signal);
  const doubts = answers.flatMap(({ host, entries, now, messages }) =>
    entries.flatMap((entry) => {
      const queued = messages.find((message) => message.queueId === entry.custody.queueId);
      const doubt = disagreement(entry, queued, now, ledger.book.outages.since(host, entry.custody.acceptedAt));
      if (doubt) return [doubt];
      // Exim lists the recipients that it was given, Postfix those that it made of them.
      const listed = (address: string): QueuedMessage['recipients'][number] | undefined => queued?.recipients.find((one) => sameAddress(one.address, address));
      ledger.setNextTry(host, entry.custody.queueId, ({ address, original }) => (listed(address) ?? listed(original))?.nextTry ?? queued?.nextTry);
      return [];
    }),
  );
  return { doubts, lines: linesOf(doubtful) };
}

/** @param wentDown the host did after it took the message, so that lines of it may never have been written */
function disagreement(entry: Entry, queued: QueuedMessage | undefined, now: number, wentDown: boolean): Doubt | undefined {
  const { id, host } = entry.custody;
  if (entry.custody.completed) return undefined;
  if (queued === undefined && wentDown) {
    // Nothing more will be said of it. Whether it has an end is for the invariants to say.
    entry.custody.completed = true;
    return undefined;
  }
  if (queued === undefined) return { kind: 'event', text: `${id} is no longer in the queue of ${host}, whose log has not closed it yet` };
  const last = queued.lastLine;
  if (last !== undefined && entry.lines.length > 0 && entry.lines.at(-1)?.line.endsWith(last) !== true) {
    // A line that came in after the queue was listed: what the listing says is old, and no further line need come.
    if (entry.lines.some(({ line }) => line.endsWith(last))) return { kind: 'ask', text: `${id} went on while the queue of ${host} was listed` };
    return { kind: 'event', text: `the log of ${host} says more about ${id} than came in: ${last}` };
  }
  if (queued.state === 'active') return { kind: 'ask', text: `${host} is delivering ${id}` };
  if (wentDown && entry.custody.recipients.some((one) => one.state.end === 'pending'))
    return { kind: 'event', text: `${id} lies in the queue of ${host} since that was down, and has not been tried again` };
  const held = entry.held !== undefined || queued.state === 'held' || queued.state === 'frozen';
  if (!held && queued.nextTry !== undefined && queued.nextTry <= now) return { kind: 'due', text: `${id} has been due on ${host} for ${formatDuration(now - queued.nextTry)}` };
  return undefined;
}
