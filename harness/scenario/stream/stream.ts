import { isIPv6 } from 'node:net';
import { type Look, MailproofError, messageOf, type Subscribe } from '../../base/index.ts';
import type { MailRoute } from '../../internet/index.ts';
import type { WrittenMessage } from '../actual.ts';
import { connectTo } from '../connect.ts';
import { enterRefusal, SHOWN_OF_MANY } from '../hand-over.ts';
import type { StepRecord } from '../result.ts';
import type { Run } from '../run.ts';
import { hostOf } from '../server-address.ts';
import { CONNECT_PATIENCE_MS, type Job, Lane, type Manner, type Target } from './lane.ts';

export interface StreamOptions {
  label: string;
  /** Domain whose exchangers take the messages; the name of a server without MX where people submit. */
  domain: string;
  manner: Manner;
  lanes: number;
  messages: readonly WrittenMessage[];
  /** Of the step that began it: what becomes of it is told there. */
  record: StepRecord;
}

/** Evidence of so many messages is kept at most. */
const MAX_SHOWN = 40;

/**
 * Messages that are sent while later steps run, as an outside MTA sends them (RFC 5321 section 5.1): the best exchanger
 * first, the next one when it cannot be reached, breaks off or says 4xx; what nobody takes is tried again when something has changed.
 */
export class Stream {
  readonly options: StreamOptions;
  readonly #run: Run;
  readonly #lanes: readonly Lane[];
  readonly #queue: Job[];
  readonly #waiting: Job[] = [];
  readonly #idle: (() => void)[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #takenBy = new Map<string, number>();
  readonly #shown: Job[] = [];
  /** Addresses that could not be reached since the last change. */
  readonly #dead = new Set<string>();
  readonly #ended: Promise<unknown>;
  readonly #unsubscribe: () => void;
  #route: Promise<MailRoute> | undefined;
  #upheavals = { all: 0, cuts: 0 };
  #left: number;
  #begun = 0;
  #refused = 0;
  #stopped = false;
  #error: Error | undefined;

  constructor(run: Run, options: StreamOptions) {
    this.options = options;
    this.#run = run;
    this.#queue = options.messages.map((message) => ({ message, begun: false, tries: 0, lastWord: 'it was not tried yet', transcript: [] }));
    this.#left = this.#queue.length;
    this.#upheavals = { ...run.ledger.upheavals };
    this.#unsubscribe = run.ledger.onEvent(() => this.#onEvent());
    this.#lanes = Array.from({ length: options.lanes }, () => new Lane(run, options.manner));
    this.#ended = Promise.all(this.#lanes.map((lane) => this.#work(lane)));
  }

  /** Messages that hosts have taken, of all or one of them. */
  taken(by?: string): number {
    return by === undefined ? [...this.#takenBy.values()].reduce((sum, count) => sum + count, 0) : (this.#takenBy.get(by) ?? 0);
  }

  /** true when there is nothing left to send, or it cannot go on. @throws the error that ended it */
  get isOver(): boolean {
    if (this.#error !== undefined) throw this.#error;
    return this.#left === 0;
  }

  /** Nothing is under way: what is left was offered to every exchanger since the last change and taken by none, or is kept back. */
  get isStalled(): boolean {
    return this.#left > 0 && this.#waiting.length + this.#queue.length === this.#left && this.#nextAt() === -1;
  }

  /** `231 of 240 messages are taken (mx 231), 9 are not: mx.example.test [203.0.113.10]: 451 later`. */
  get progress(): string {
    const by = [...this.#takenBy].map(([host, count]) => `${host} ${count}`).join(', ');
    const words = [...new Set(this.#waiting.map((job) => job.lastWord))].slice(0, 3);
    return [
      `${this.taken()} of ${this.options.messages.length} messages are taken${by === '' ? '' : ` (${by})`}`,
      ...(this.#keptBack() > 0 && this.#left > 0 ? [`${this.#keptBack()} are kept back for steps that follow`] : []),
      ...(this.#refused > 0 ? [`${this.#refused} refused`] : []),
      ...(this.#left > 0 ? [`${this.#left} are still to be taken${words.length === 0 ? '' : `; last said: ${words.join('; ')}`}`] : []),
    ].join(', ');
  }

  /** Calls back whenever a message was taken, refused or put aside. */
  readonly subscribe: Subscribe = (again) => {
    this.#listeners.add(again);
    return () => this.#listeners.delete(again);
  };

  /**
   * Later steps wait until one host has taken so many: what they need is not sent before, so that a stream is never over
   * when the change comes that it is to be sent through, however slow the machine.
   */
  claimsChanged(): void {
    this.#again();
  }

  look(done: () => boolean): Look<'done' | 'never'> {
    if (this.isOver || done()) return { met: true, value: done() ? 'done' : 'never' };
    return this.isStalled ? { met: true, value: 'never' } : { met: false, missing: this.progress };
  }

  /** Something is not as it was: what nobody took is tried again. */
  changed(): void {
    this.#route = undefined;
    this.#dead.clear();
    this.#again();
  }

  /** Says in the step's record what became of it. */
  tell(): void {
    const { record, messages, label } = this.options;
    const lost = this.#run.unanswered.filter(({ sent }) => sent.label === label);
    record.summary = `${record.summary.replace(/ \(.*\)$/s, '')} (${[this.progress, ...(lost.length > 0 ? [`${lost.length} replies lost`] : [])].join(', ')})`;
    record.transcript = [
      ...this.#shown.flatMap((job) => job.transcript),
      ...(messages.length > this.#shown.length
        ? [
            {
              ms: 0,
              mark: '--' as const,
              text: `${messages.length - this.#shown.length} of ${messages.length} messages are left out here, and in the traces unless they ended in another way`,
            },
          ]
        : []),
    ];
  }

  /** Ends it, whatever is left. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    for (const wake of this.#idle.splice(0)) wake();
    for (const lane of this.#lanes) lane.break('the stream was ended');
    await this.#ended;
  }

  async #work(lane: Lane): Promise<void> {
    try {
      while (!this.#stopped && this.#left > 0) {
        const job = this.#next();
        if (job === undefined) {
          lane.leave();
          await new Promise<void>((wake) => this.#idle.push(wake));
        } else await this.#deliver(lane, job);
      }
    } catch (error) {
      this.#error ??= error instanceof Error ? error : new Error(messageOf(error));
      this.#tellAll();
    }
    lane.leave();
    if (this.#left === 0) for (const wake of this.#idle.splice(0)) wake();
  }

  /** Undefined when what is left waits for a change, or is kept back. */
  #next(): Job | undefined {
    const at = this.#nextAt();
    return at === -1 ? undefined : this.#queue.splice(at, 1)[0];
  }

  #nextAt(): number {
    const mayBegin = this.#begun < this.options.messages.length - this.#keptBack();
    return this.#queue.findIndex((job) => mayBegin || job.begun);
  }

  /** Of what is claimed by each host that which it has not taken yet, and what may be under way to another one. A claim of all messages needs none kept. */
  #keptBack(): number {
    const { label, lanes, messages } = this.options;
    const need = new Map<string, number>();
    for (const { stream, taken, by } of this.#run.claims) {
      if (stream === label && taken < messages.length) need.set(by, Math.max(need.get(by) ?? 0, taken - this.taken(by)));
    }
    const claimed = [...need.values()].reduce((sum, count) => sum + Math.max(0, count), 0);
    return claimed === 0 ? 0 : claimed + lanes;
  }

  async #deliver(lane: Lane, job: Job): Promise<void> {
    const { message } = job;
    if (!job.begun) this.#begun++;
    job.begun = true;
    if (job.tries === 0) message.atMs = this.#run.since(this.#run.now());
    this.#route ??= this.#run.hub.exchangers(this.options.domain);
    const route = await this.#route;
    if (route.result === 'never') {
      for (const to of message.to) enterRefusal(this.#run, message, this.options.domain, { to, stage: 'connect', text: route.text });
      this.#refused++;
      return this.#close(job, false);
    }
    if (route.result === 'later') job.lastWord = route.text;
    const targets = route.result === 'found' ? this.#targets(route.exchangers) : [];
    for (const [index, target] of targets.entries()) {
      if (this.#stopped) return;
      if (this.#dead.has(target.address)) {
        job.lastWord = `${target.name} [${target.address}] cannot be reached`;
        continue;
      }
      job.tries++;
      const offer = await lane.offer(job, target);
      const { result } = offer;
      if (result === 'dead') this.#dead.add(target.address);
      if (result === 'refused') {
        this.#refused++;
        return this.#close(job, false);
      }
      if (offer.result === 'taken') {
        this.#takenBy.set(offer.by, this.taken(offer.by) + 1);
        return this.#close(job, index === 0 && job.tries === 1);
      }
    }
    this.#waiting.push(job);
    this.#tellAll();
  }

  /** @param asPlanned the best exchanger took it at the first try */
  #close(job: Job, asPlanned: boolean): void {
    this.#left--;
    const shown = !asPlanned || this.options.messages.indexOf(job.message) < SHOWN_OF_MANY;
    if (shown && this.#shown.length < MAX_SHOWN) this.#shown.push(job);
    else job.message.oneOfMany = true;
    // Somebody takes mail now: who said "too many connections" before may have room.
    this.#again();
    this.#tellAll();
  }

  #targets(exchangers: Extract<MailRoute, { result: 'found' }>['exchangers']): Target[] {
    const { manner, domain } = this.options;
    return exchangers.flatMap(({ name, addresses }) =>
      addresses
        .filter((address) => isIPv6(address) === isIPv6(manner.client))
        .map((address) => {
          const host = hostOf(this.#run.model, address)?.name;
          if (host === undefined)
            throw new MailproofError('USAGE', `the exchanger ${name} [${address}] of ${domain} is no host of this world, so a stream cannot be followed there`);
          return { host, name, address };
        }),
    );
  }

  #onEvent(): void {
    const { all, cuts } = this.#run.ledger.upheavals;
    const before = this.#upheavals;
    if (all === before.all) return;
    this.#upheavals = { all, cuts };
    this.changed();
    for (const lane of this.#lanes) if (lane.host !== undefined && this.#run.ledger.places.passesOn(lane.host)) lane.breakUnlessHeard();
    if (cuts > before.cuts) this.#probe().catch((error: unknown) => (this.#error ??= error instanceof Error ? error : new Error(messageOf(error))));
  }

  /** A connection whose packets vanish says nothing for minutes: where no new one can be made, it is given up. */
  async #probe(): Promise<void> {
    const addresses = new Set(this.#lanes.flatMap((lane) => lane.address ?? []));
    await Promise.all(
      [...addresses].map(async (address) => {
        const socket = await connectTo(this.#run, { from: this.options.manner.client, to: address, port: this.options.manner.port, deadlineMs: CONNECT_PATIENCE_MS });
        if (!('unreachable' in socket)) socket.destroy();
        else for (const lane of this.#lanes) if (lane.address === address) lane.break('no packet comes through any more');
      }),
    );
  }

  #again(): void {
    this.#queue.push(...this.#waiting.splice(0));
    for (const wake of this.#idle.splice(0)) wake();
  }

  #tellAll(): void {
    for (const again of this.#listeners) again();
  }
}
