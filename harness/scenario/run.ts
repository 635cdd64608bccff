import { randomBytes } from 'node:crypto';
import type { Path, Position } from '../base/index.ts';
import type { DnsRequest, HubClient, NamesRequest, OutsideParty, TranscriptLine } from '../internet/index.ts';
import type { Ledger, Violation } from '../ledger/index.ts';
import { namesOf, type UserYaml, type World, type WorldModel } from '../world/index.ts';
import type { DeliveredActual, RefusedActual, SentMessage } from './actual.ts';
import { EventTap } from './event-tap.ts';
import { ExpectationError } from './expectation-error.ts';
import type { Observation, ObservedReply, StepRecord } from './result.ts';
import type { Conversation } from './smtp/conversation.ts';
import type { Stream } from './stream/stream.ts';
import type { Claim } from './verbs/verb.ts';

/** How long one wait may take before it is a hang, milliseconds of real time. */
export const DEADLINE_MS = 60_000;

/** A message of which a host may have taken a copy without being heard. */
export interface Unanswered {
  sent: SentMessage;
  host: string;
  client: string;
  to: string[];
  /** Root of the copy, once the host's log has named it. */
  root?: string;
}

/** Names of a message in the ledger: one for each host that took it from us. */
export const rootsOf = ({ root, secondRoots }: SentMessage): string[] => [...(root === undefined ? [] : [root]), ...(secondRoots ?? [])];

/** What it takes to read the mailboxes of a world; `token` says from which address. */
export type MailboxAccess = Pick<Run, 'world' | 'model' | 'users' | 'token'>;

/** What one attempt of a scenario did and saw so far. */
export class Run {
  readonly world: World;
  readonly ledger: Ledger;
  /** In Message-IDs, subjects and wherever the file says `${run}`: no two runs share one. */
  readonly token = randomBytes(5).toString('hex');
  /** World time when it began, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly tap: EventTap;
  readonly sent: SentMessage[] = [];
  /** Refusals that no `expect` has named yet. */
  readonly refusals: RefusedActual[] = [];
  /** Messages whose reply to the final dot was lost: a host may own them (RFC 5321 section 4.5.3.2.6, RFC 1047). */
  readonly unanswered: Unanswered[] = [];
  /** By label. */
  readonly streams = new Map<string, Stream>();
  /** What steps after the present one, up to the next `expect`, claim of streams. */
  claims: readonly Claim[] = [];
  /** Open connections, by label. */
  readonly connections = new Map<string, Conversation[]>();
  /** Delivered copies that were read back, by identity. */
  readonly delivered = new Map<string, DeliveredActual>();
  /** Identities of outcomes that an `expect` has named. */
  readonly named = new Set<string>();
  /** Identities of copies that the last `expect` named as waiting. */
  readonly queuedAndNamed = new Set<string>();
  readonly observation: Observation = { token: this.token, replies: [], outcomes: [] };
  /** Where logs and stores do not agree. */
  readonly violations: Violation[] = [];
  /** Ends connections whose server has not answered QUIT yet. */
  readonly hangUps: (() => void)[] = [];
  readonly undo: { what: string; run: () => Promise<void> }[] = [];
  /** Hosts and services that are down by this scenario, and links that it changed. */
  readonly down = new Set<string>();
  /** Outside domains that this scenario set. */
  readonly outsideDomains = new Set<string>();
  /** What names answered before this scenario changed them. */
  readonly dnsBefore = new Map<string, DnsRequest['names'][number]>();
  /** Variants that hosts have been moved to; those that are not here are as they were started. */
  readonly movedTo = new Map<string, WorldModel>();
  /** Hosts that were stopped because the variant that was moved to does not have them. */
  readonly absent = new Set<string>();
  /** What the world's names were moved to. */
  names: NamesRequest;
  /** What outside parties were moved to, by domain. */
  readonly parties: Map<string, OutsideParty>;
  /** All that the steps so far say. */
  readonly words: string[] = [];
  users: Record<string, UserYaml>;
  /** Why the instance cannot be used for another scenario. */
  broken: string | undefined;
  /** Replies of the last `send` or `submit`, and the one that decided. */
  lastReplies: { replies: ObservedReply[]; final?: ObservedReply } | undefined;
  #worldMinusReal: number;

  private constructor(world: World, ledger: Ledger, worldNow: number, tap: EventTap) {
    this.world = world;
    this.ledger = ledger;
    this.startedAt = worldNow;
    this.tap = tap;
    this.#worldMinusReal = worldNow - Date.now();
    this.names = namesOf(world.model);
    this.parties = new Map(world.model.outside.map((party) => [party.domain, party]));
    this.users = { ...(world.model.accounts?.users ?? {}) };
  }

  static async begin(world: World, ledger: Ledger): Promise<Run> {
    const { tap, status } = await EventTap.open(world.hub);
    return new Run(world, ledger, status.clock.now, tap);
  }

  get hub(): HubClient {
    return this.world.hub;
  }

  get model(): WorldModel {
    return this.world.model;
  }

  /** Who changes DNS and outside parties: two scenarios never change the same at once. */
  get owner(): string {
    return `scenario-${this.token}`;
  }

  /** World time, milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.#worldMinusReal;
  }

  clockIs(worldNow: number): void {
    this.#worldMinusReal = worldNow - Date.now();
  }

  /** World time since the scenario began, milliseconds. */
  since(worldTime: number): number {
    return Math.round(worldTime - this.startedAt);
  }

  get roots(): string[] {
    return this.sent.flatMap(rootsOf);
  }

  /** The message that a root of the ledger stands for. */
  messageOf(root: string): SentMessage | undefined {
    const number = Number(/^[^/]*\/(\d+)/.exec(root)?.[1]);
    const message = this.sent[number - 1];
    return message !== undefined && rootsOf(message).includes(root) ? message : undefined;
  }
}

/** What a verb works with while its step runs. */
export class StepContext {
  readonly run: Run;
  /** Index of the step; -1 - n for the nth of `given`, which leaves no observation. */
  readonly index: number;
  readonly record: StepRecord;
  readonly #at: (path: Path) => Position;

  constructor(run: Run, index: number, record: StepRecord, at: (path: Path) => Position) {
    this.run = run;
    this.index = index;
    this.record = record;
    this.#at = at;
  }

  /** Place in the scenario file of a path inside the step's value. */
  at(path: Path): Position {
    return this.#at(path);
  }

  /** For a step inside this one, at this part of its value. */
  within(part: Path): StepContext {
    return new StepContext(this.run, this.index, this.record, (path) => this.#at([...part, ...path]));
  }

  /** Ends the step. @throws ExpectationError always */
  fail(path: Path, message: string, options: { hint?: string; cause?: unknown } = {}): never {
    throw new ExpectationError(this.at(path), message, options);
  }

  transcript(lines: readonly TranscriptLine[]): void {
    this.record.transcript = [...(this.record.transcript ?? []), ...lines];
  }

  replies(verb: string, replies: readonly ObservedReply[]): void {
    this.run.observation.replies.push({ step: this.index, verb, replies: [...replies] });
  }

  /** Registered before the change is made, so that one which failed half-way is taken back too. Undone last first. */
  undo(what: string, run: () => Promise<void>): void {
    this.run.undo.push({ what, run });
  }
}
