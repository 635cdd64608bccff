import { formatDuration } from '../../base/index.ts';
import type { HandedOver, WorldEvent } from '../../internet/index.ts';
import { type Ledger, ledgerOf, type Outcome, settle } from '../../ledger/index.ts';
import type { World } from '../../world/index.ts';
import type { Actual, RefusedActual, SentMessage } from '../actual.ts';
import { type DoneStep, historyOf } from '../by-hand/journal.ts';
import { unfolded } from '../expectations.ts';
import { enterRefusal, enterRoot } from '../hand-over.ts';
import { forgetMailboxes } from '../imap-pool.ts';
import { bareId } from '../mail-text.ts';
import { identities, observeAll } from '../observe.ts';
import { Run } from '../run.ts';
import { longer, roundedUp } from './duration.ts';

/** What stands in the file, in order. */
export type Part =
  | { is: 'step'; verb: string; value: unknown; remark?: string }
  | { is: 'expect'; actuals: Actual[] }
  /** What the language cannot say. */
  | { is: 'remark'; text: string };

/** Real time after which mail that is still on its way is a hang, milliseconds. */
const SETTLE_DEADLINE_MS = 60_000;

/** Less than that went by between two steps for no reason but typing. */
const NOTABLE_MS = 60_000;

/** So soon after a server was made to look at its queue, it is that look by which a message goes. */
const PROMPT_MS = 30_000;

/** After these a server looks at its queue, so that what waits must come to rest before the next step. */
const TRIGGERS: ReadonlySet<string> = new Set(['clock', 'start', 'restart', 'reload']);

/** An end that cannot be another one because something happened a moment earlier or later. */
const isPlain = (actual: Outcome): boolean => actual.kind === 'delivered' && actual.message === 'mail' && actual.indeterminate !== true;

/**
 * Goes through what was done by hand and what came of it, and says where a scenario has to wait, and for what, to go the same way: before
 * each step that might change how it ends, and at the end.
 * @param until number of the event at which it ends; now unless told
 * @throws MailproofError DEADLINE while mail is on its way; HUB_UNREACHABLE
 */
export async function retrace(world: World, steps: readonly DoneStep[], until?: number): Promise<Part[]> {
  const [history, run] = await Promise.all([historyOf(world.hub), Run.begin(world, ledgerOf(world.model))]);
  const stream = world.hub.events(history.at(-1)?.seq ?? 0, (event) => way.heard(event));
  const way = new Way(run, history);
  try {
    await stream.caughtUp;
    for (const step of steps) await way.take(step);
    return await way.end(until);
  } finally {
    stream.close();
    run.tap.close();
    forgetMailboxes(world);
  }
}

class Way {
  readonly #run: Run;
  readonly #ledger: Ledger;
  /** Events that the ledger has not seen yet, oldest first. */
  readonly #ahead: WorldEvent[];
  readonly #parts: Part[] = [];
  readonly #named = new Set<string>();
  /** A server has looked at its queue since the last `expect`. */
  #triggered = false;
  /** World time that went by between steps while mail waited, and that no step accounts for. */
  #passedMs = 0;
  #live = false;
  #last: DoneStep | undefined;

  constructor(run: Run, history: readonly WorldEvent[]) {
    this.#run = run;
    this.#ledger = run.ledger;
    this.#ahead = [...history];
  }

  /** What happens while the past is gone through. */
  heard(event: WorldEvent): void {
    if (this.#live) this.#ledger.apply(event);
    else this.#ahead.push(event);
  }

  async take(step: DoneStep): Promise<void> {
    await this.#upTo(step);
    this.#last = step;
    const { verb, value, trouble, messages = [], command, remark } = step;
    if (verb === undefined || (trouble !== undefined && messages.length === 0)) {
      const why = trouble === undefined ? 'no word of the language does this' : `this failed: ${trouble.split('\n', 1)[0]}`;
      this.#parts.push({ is: 'remark', text: `${why}: ${command ?? verb}${remark === undefined ? '' : ` (${remark})`}` });
      return;
    }
    this.#parts.push({ is: 'step', verb, ...this.#withTime(verb, value) });
    for (const message of messages) this.#enter(message);
    if (TRIGGERS.has(verb)) this.#triggered = true;
  }

  /** The rest of the past, and what is still under way now. */
  async end(until = Number.POSITIVE_INFINITY): Promise<Part[]> {
    const atRest = this.#toRest(until);
    this.#apply(until);
    const { roots } = this.#run;
    const now = until === Number.POSITIVE_INFINITY ? await this.#settled() : this.#ledger.outcomes(roots);
    await this.#tellTime(atRest, now);
    const waits = now.some(({ kind }) => kind === 'queued') && this.#parts.at(-1)?.is !== 'expect';
    if (waits || this.#isNews(now)) await this.#expect(now);
    return this.#parts;
  }

  async #settled(): Promise<Outcome[]> {
    this.#live = true;
    const { roots, hub } = this.#run;
    return roots.length === 0 ? [] : settle({ ledger: this.#ledger, hub, roots, deadlineMs: SETTLE_DEADLINE_MS });
  }

  /** What came of the steps before this one, until it began. */
  async #upTo(step: DoneStep): Promise<void> {
    const atRest = this.#toRest(step.after);
    this.#apply(step.after);
    const { roots } = this.#run;
    const now = this.#ledger.outcomes(roots);
    const waits = atRest?.some(({ kind }) => kind === 'queued') === true;
    if (waits && this.#last !== undefined) this.#passedMs += Math.max(0, step.began - this.#last.at);
    await this.#tellTime(atRest, now);
    if (!this.#isNews(now)) return;
    const isSending = step.messages !== undefined;
    // Several that are taken and delivered one after the other end so in any order.
    if (isSending && !this.#triggered && this.#fresh(now).every(isPlain)) return;
    if (!this.#ledger.look(roots).met) this.#parts.push({ is: 'remark', text: 'mail was still on its way when the next step was done' });
    else await this.#expect(now);
  }

  /** What waited and was tried because time went by at the desk, which does not go by in a scenario. */
  async #tellTime(before: readonly Outcome[] | undefined, now: readonly Outcome[]): Promise<void> {
    if (before === undefined || this.#last === undefined) return;
    const stillThere = new Set(identities(now).values());
    const moved = [...identities(before)].filter(([{ kind }, key]) => kind === 'queued' && !stillThere.has(key));
    if (moved.length === 0) return;
    const [known, keys] = [new Set(identities(before).values()), identities(now)];
    const news = now.filter((outcome) => !known.has(keys.get(outcome) ?? ''));
    const ends = (await this.#observe(news)).flatMap(({ observed: { afterMs } }) => (afterMs === undefined ? [] : [this.#run.startedAt + afterMs]));
    const passedMs = Math.max(...ends, this.#last.at) - this.#last.at;
    // What the step itself set in motion.
    if (TRIGGERS.has(this.#last.verb ?? '') && passedMs < PROMPT_MS) return;
    await this.#expect(before);
    this.#parts.push({ is: 'step', verb: 'clock', value: `advance ${roundedUp(passedMs)}`, remark: 'so long it took at the desk until it was tried again' });
    this.#passedMs = 0;
    this.#triggered = true;
  }

  /** A move of the clock, and the time that went by before it. */
  #withTime(verb: string, value: unknown): { value: unknown; remark?: string } {
    const passedMs = this.#passedMs;
    if (verb !== 'clock' || typeof value !== 'string' || passedMs < NOTABLE_MS) return { value };
    this.#passedMs = 0;
    const told = value.replace(/^advance /, '');
    return { value: `advance ${longer(told, passedMs)}`, remark: `${told}, and ${formatDuration(passedMs)} that mail waited at the desk before` };
  }

  /** Applies events until no copy is on its way any more, or the number is reached. @returns how they stood then */
  #toRest(seq: number): Outcome[] | undefined {
    const { roots } = this.#run;
    if (roots.length === 0) return undefined;
    this.#apply(Math.min(seq, this.#last?.seq ?? 0));
    for (;;) {
      if (this.#ledger.look(roots).met) return this.#ledger.outcomes(roots);
      const next = this.#ahead[0];
      if (next === undefined || next.seq > seq) return undefined;
      this.#apply(next.seq);
    }
  }

  #apply(seq: number): void {
    const end = this.#ahead.findIndex((event) => event.seq > seq);
    for (const event of this.#ahead.splice(0, end === -1 ? this.#ahead.length : end)) this.#ledger.apply(event);
  }

  #enter({ messageId, from, to, notify, taken, refused }: HandedOver): void {
    const run = this.#run;
    const sent: SentMessage = {
      number: run.sent.length + 1,
      ...(messageId === undefined ? {} : { messageId }),
      from,
      to: [...to],
      ...(notify === undefined ? {} : { notify }),
      atMs: run.since(this.#last?.at ?? run.startedAt),
    };
    run.sent.push(sent);
    for (const { host, to: recipients, reply, custody } of taken) enterRoot(run, sent, host, reply, recipients, custody);
    for (const { code, enhanced, ...refusal } of refused)
      enterRefusal(run, sent, taken[0]?.host ?? '', {
        ...refusal,
        ...(code === undefined ? {} : { reply: { to: refusal.stage, code, ...(enhanced === undefined ? {} : { enhanced }), text: refusal.text, tls: false } }),
      });
  }

  /** Those that no `expect` has named. */
  #fresh(outcomes: readonly Outcome[]): Outcome[] {
    const keys = identities(outcomes);
    return outcomes.filter((outcome) => !this.#named.has(keys.get(outcome) ?? ''));
  }

  #isNews(outcomes: readonly Outcome[]): boolean {
    return this.#run.refusals.length > 0 || this.#fresh(outcomes).length > 0 || (this.#triggered && outcomes.some(({ kind }) => kind === 'queued'));
  }

  /** What waits must be named each time, everything else once. */
  async #expect(outcomes: readonly Outcome[]): Promise<void> {
    const keys = identities(outcomes);
    const news = outcomes.filter((outcome) => outcome.kind === 'queued' || !this.#named.has(keys.get(outcome) ?? ''));
    const refusals: RefusedActual[] = this.#run.refusals.splice(0);
    this.#parts.push({ is: 'expect', actuals: [...refusals, ...(await this.#observe(news))] });
    for (const key of keys.values()) this.#named.add(key);
    this.#triggered = false;
  }

  async #observe(outcomes: readonly Outcome[]): Promise<Actual[]> {
    const own = new Set(this.#run.sent.map(({ messageId }) => bareId(messageId)));
    const keys = identities(outcomes);
    // The very message that was sent need not be read: its store may be down by now.
    const actuals = await observeAll(this.#run, outcomes, keys, { unread: ({ messageId }) => messageId !== undefined && own.has(messageId) });
    return actuals.flatMap(unfolded);
  }
}
