import { formatDuration, type Look, MailproofError, waitUntil } from '../base/index.ts';
import type { Entry } from './entry.ts';
import { sameAddress } from './entry.ts';
import type { Ledger } from './ledger.ts';
import { type Standing, silentStores } from './look.ts';
import { askQueue, isUp, type QueueHub, queueReader } from './queue/index.ts';
import type { QueuedMessage } from './queue/queue-reader.ts';
import type { Outcome } from './types.ts';

export interface SettleOptions {
  ledger: Ledger;
  hub: QueueHub;
  /** Ids of the roots that were added to the ledger. */
  roots: readonly string[];
  /** Guards against a hang; real milliseconds. */
  deadlineMs: number;
  signal?: AbortSignal;
}

/** What a queue says against the ledger; `event`: a line about it must still come, so that is waited for. */
type Doubt = { kind: 'event' | 'ask'; text: string };

/** A store may write its line a little after its reply (Dovecot logs through another process); it is given so many chances before it counts as silent. */
const STORE_ROUNDS = 2;
const STORE_PATIENCE_MS = 500;

/**
 * Waits until every copy of these messages is delivered, refused, returned, discarded, or waits in a queue that
 * agrees with the logs about it. A message whose every custody was closed needs no question to any host.
 * @throws MailproofError DEADLINE, saying what was not settled
 */
export async function settle(options: SettleOptions): Promise<Outcome[]> {
  const { ledger, hub, roots, deadlineMs, signal } = options;
  const giveUp = performance.now() + deadlineMs;
  const rest = (): number => Math.max(1, giveUp - performance.now());
  const silent = new Map<string, number>();
  let last = 'nothing was asked yet';
  for (;;) {
    const standing = await waitForStanding(options, rest, silent);
    const doubtful = standing.doubtful.filter((entry) => isUp(ledger, entry.custody.host));
    if (doubtful.length === 0) return ledger.outcomes(roots);
    const before = ledger.seq;
    const doubts = await compare(ledger, hub, doubtful, rest());
    if (doubts.length === 0 && ledger.standing(roots).met) return ledger.outcomes(roots);
    last = doubts.map((doubt) => doubt.text).join('; ') || last;
    signal?.throwIfAborted();
    if (performance.now() >= giveUp) throw new MailproofError('DEADLINE', `gave up after ${formatDuration(deadlineMs)} waiting until mail is settled: ${last}`);
    if (doubts.length > 0 && doubts.every((doubt) => doubt.kind === 'event')) {
      await waitUntil<true>({
        what: 'the log and the queue agree',
        deadlineMs: rest(),
        look: () => (ledger.seq > before ? { met: true, value: true } : { met: false, missing: last }),
        subscribe: (again) => ledger.onChange(again),
        ...(signal ? { signal } : {}),
      });
    }
  }
}

/** Until the events alone say that everything is at rest; a store that answered Saved without a line is asked for it. */
async function waitForStanding(options: SettleOptions, rest: () => number, silent: Map<string, number>): Promise<Standing> {
  const { ledger, hub, roots, signal } = options;
  const quiet = (): ReturnType<typeof silentStores> =>
    silentStores(ledger.book, ledger.entries(roots)).filter(({ entry, recipient, host }) => !entry.unstored?.has(recipient) && isUp(ledger, host));
  const wait = <T>(deadline: number, look: () => Look<T>): Promise<T> =>
    waitUntil<T>({ what: 'mail is settled', deadlineMs: deadline, look, subscribe: (again) => ledger.onChange(again), ...(signal ? { signal } : {}) });
  for (;;) {
    await wait<true>(rest(), () => {
      const standing = ledger.standing(roots);
      return standing.met || quiet().length > 0 ? { met: true, value: true } : standing;
    });
    try {
      // A store writes its line before or right after its reply. One that is silent for so long is asked: that is all this guard does.
      return await wait<Standing>(quiet().length > 0 ? Math.min(rest(), STORE_PATIENCE_MS) : rest(), () => ledger.standing(roots));
    } catch (error) {
      const asked = quiet();
      if (!(error instanceof MailproofError) || error.code !== 'DEADLINE' || asked.length === 0 || rest() <= 1) throw error;
      for (const { entry, recipient, host } of asked) {
        const key = `${entry.custody.id} ${recipient.address}`;
        const rounds = (silent.get(key) ?? 0) + 1;
        silent.set(key, rounds);
        // What the store's host wrote before it answers this comes before the answer.
        await hub.exec({ host, script: ':', deadlineMs: rest() });
        if (rounds >= STORE_ROUNDS) entry.unstored = new Set([...(entry.unstored ?? []), recipient]);
      }
    }
  }
}

async function compare(ledger: Ledger, hub: QueueHub, doubtful: readonly Entry[], deadlineMs: number): Promise<Doubt[]> {
  const byHost = Map.groupBy(doubtful, (entry) => entry.custody.host);
  const answers = [...byHost].map(async ([host, entries]): Promise<Doubt[]> => {
    const software = ledger.options.hosts.find((one) => one.name === host)?.software ?? 'none';
    const reader = queueReader(software);
    if (!reader) return [];
    const ids = entries.map((entry) => entry.custody.queueId);
    const { now, messages } = await askQueue(hub, host, reader, ids, deadlineMs);
    return entries.flatMap((entry) => {
      const queued = messages.find((message) => message.queueId === entry.custody.queueId);
      const doubt = disagreement(entry, queued, now);
      if (doubt) return [doubt];
      ledger.setNextTry(host, entry.custody.queueId, (address) => queued?.recipients.find((one) => sameAddress(one.address, address))?.nextTry ?? queued?.nextTry);
      return [];
    });
  });
  return (await Promise.all(answers)).flat();
}

function disagreement(entry: Entry, queued: QueuedMessage | undefined, now: number): Doubt | undefined {
  const { id, host } = entry.custody;
  if (entry.custody.completed) return undefined;
  if (queued === undefined) return { kind: 'event', text: `${id} is no longer in the queue of ${host}, whose log has not closed it yet` };
  const seen = entry.lines.at(-1)?.line;
  if (queued.lastLine !== undefined && seen !== undefined && !seen.endsWith(queued.lastLine))
    return { kind: 'event', text: `the log of ${host} says more about ${id} than came in: ${queued.lastLine}` };
  if (queued.state === 'active') return { kind: 'ask', text: `${host} is delivering ${id}` };
  const held = entry.held !== undefined || queued.state === 'held' || queued.state === 'frozen';
  if (!held && queued.nextTry !== undefined && queued.nextTry <= now) return { kind: 'event', text: `${id} has been due on ${host} for ${formatDuration(now - queued.nextTry)}` };
  return undefined;
}
