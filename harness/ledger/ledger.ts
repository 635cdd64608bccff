import { type Look, type QueueId, type WorldTime, worldTime } from '../base/index.ts';
import type { Stray, TranscriptLine, WorldEvent, WorldEventOf } from '../internet/index.ts';
import { Book } from './book.ts';
import { closure, rootEntry } from './closure.ts';
import { addPlaceholders, custodyId, type Entry } from './entry.ts';
import { type HostSpec, Places } from './links.ts';
import { lookAt, type Overdue, overdueOf, type Standing } from './look.ts';
import type { MailboxSpec } from './mailboxes.ts';
import { outcomesOf } from './outcomes.ts';
import { parseLine } from './software/index.ts';
import { beginning, endOf, journeyOf, traceOf } from './trace.ts';
import type { Crash, Custody, CustodyId, MailEventBody, Outcome, Recipient, RecipientEnd, Root, Trace, Unparsed, Violation } from './types.ts';
import { nameByNextHop } from './unnamed.ts';
import { findViolations } from './violations.ts';

export interface LedgerOptions {
  hosts: readonly HostSpec[];
  /** Domains of the outside that take mail. */
  parties: readonly string[];
  /** Where an MTA delivers into maildirs by itself. */
  mailboxes?: MailboxSpec;
}

const SAMPLES = 5;

/**
 * The account of every copy of every message of one world instance, made from the hub's events.
 * Feed it every event from the first; several ledgers may follow one instance.
 */
export class Ledger {
  readonly options: LedgerOptions;
  readonly places: Places;
  readonly book: Book;
  readonly #roots = new Map<string, Root>();
  readonly #unparsed = new Map<string, Unparsed>();
  readonly #listeners = new Set<() => void>();
  readonly #readers = new Set<() => void>();
  readonly #watchers = new Set<(id: CustodyId) => void>();
  readonly #unknownNames: WorldEventOf<'dns'>[] = [];
  readonly #drops: WorldEventOf<'dropped'>[] = [];
  readonly #crashes: Crash[] = [];
  readonly #transcripts: (WorldEventOf<'transcript'> & { lines: TranscriptLine[] })[] = [];
  readonly #states = new Map<string, string>();
  #seq = 0;
  readonly #upheavals = { all: 0, cuts: 0 };
  #now: WorldTime = worldTime(0);

  constructor(options: LedgerOptions) {
    this.options = options;
    this.places = new Places(options.hosts);
    this.book = new Book(this.places, options.mailboxes);
  }

  /** A host was installed anew, and runs other software from now on. */
  hostRuns(name: string, software: readonly string[]): void {
    const host = this.options.hosts.find((one) => one.name === name);
    if (host !== undefined) host.software = software;
  }

  /** Number of the last event that was applied. */
  get seq(): number {
    return this.#seq;
  }

  /** How often hosts, links or the clock have changed, and how often packets began to vanish on a link. */
  get upheavals(): { readonly all: number; readonly cuts: number } {
    return this.#upheavals;
  }

  /** World time of the last event. */
  get now(): WorldTime {
    return this.#now;
  }

  /** What the hub last said of a host: `ready`, `stopped`, `paused`, ... */
  hostState(host: string): string {
    return this.#states.get(host) ?? 'ready';
  }

  /** false while a host is stopped, killed, paused or failed. */
  isUp(host: string): boolean {
    return this.book.outages.downBecause(host) === undefined;
  }

  /** Takes one event in; those already taken are passed over. */
  apply(event: WorldEvent): void {
    if (event.seq <= this.#seq) return;
    this.#take(event);
    for (const again of this.#readers) again();
  }

  #take(event: WorldEvent): void {
    this.#seq = event.seq;
    if (event.at > this.#now) this.#now = event.at;
    if (event.type === 'host' || event.type === 'link' || event.type === 'clock') this.#upheavals.all++;
    if (event.type === 'link' && event.action === 'cut') this.#upheavals.cuts++;
    switch (event.type) {
      case 'log': {
        const { software, parsed } = parseLine(event);
        if (parsed.result === 'foreign') return;
        if (parsed.result === 'unknown') {
          this.#count(event.host, software, event.line);
          return;
        }
        const line = { at: event.at, host: event.host, source: event.source, line: event.line };
        for (const [index, body] of parsed.events.entries()) {
          if (body.kind === 'crash') this.#crashes.push({ seq: event.seq, host: event.host, process: body.process, signal: body.signal });
          this.book.apply(body, event.host, event.at, index === 0 ? line : undefined);
          if (this.#watchers.size > 0) this.#tell(this.#aboutOf(body, event.host));
        }
        if (parsed.events.every((body) => body.kind === 'note' && body.queueId === undefined)) return;
        break;
      }
      case 'receipt':
        this.#tell([this.book.addReceipt(event.receipt, event.at).custody.id]);
        break;
      case 'dropped':
        this.#drops.push(event);
        break;
      case 'transcript':
        this.#transcripts.push(event);
        break;
      case 'dns':
        if (!event.known) this.#unknownNames.push(event);
        return;
      case 'host':
        this.#states.set(event.host, event.state);
        this.book.outages.note(event.host, event.state, event.at);
        break;
      case 'clock':
        this.#now = event.now;
        break;
      case 'refusal':
      case 'link':
        return;
    }
    for (const again of this.#listeners) again();
  }

  /** Calls back after each event that may change an outcome. @returns stops it */
  onChange(again: () => void): () => void {
    this.#listeners.add(again);
    return () => this.#listeners.delete(again);
  }

  /** Calls back after each event, whatever it is about. @returns stops it */
  onEvent(again: () => void): () => void {
    this.#readers.add(again);
    return () => this.#readers.delete(again);
  }

  /** Calls back with each custody that something new is known of. @returns stops it */
  onCustody(again: (id: CustodyId) => void): () => void {
    this.#watchers.add(again);
    return () => this.#watchers.delete(again);
  }

  #tell(ids: readonly CustodyId[]): void {
    for (const again of this.#watchers) for (const id of ids) again(id);
  }

  #aboutOf(body: MailEventBody, host: string): CustodyId[] {
    if ('queueId' in body && body.queueId !== undefined) return [custodyId(host, body.queueId)];
    return 'messageId' in body ? this.book.withMessageId(body.messageId).map((entry) => entry.custody.id) : [];
  }

  /** Tells that a host answered 2xx to the final dot of this message. */
  addRoot(root: Root): void {
    this.#roots.set(root.id, root);
    this.#rootsOf([root.id]);
    for (const again of this.#listeners) again();
  }

  root(id: string): Root | undefined {
    return this.#roots.get(id);
  }

  roots(): Root[] {
    return [...this.#roots.values()];
  }

  #rootsOf(ids: readonly string[]): Root[] {
    const roots = ids.flatMap((id) => this.#roots.get(id) ?? []);
    for (const root of roots) {
      const entry = rootEntry(this.book, root);
      if (!entry) continue;
      addPlaceholders(entry, root.to);
      // Postfix names the sender when delivery begins; a message that it throws away or holds never gets there.
      if (entry.custody.from === '') entry.custody.from = root.from;
    }
    return roots;
  }

  /** The custodies that these roots began with, as far as logs have named them. */
  startsOf(ids: readonly string[]): CustodyId[] {
    return this.#rootsOf(ids).flatMap((root) => rootEntry(this.book, root)?.custody.id ?? []);
  }

  /** Names messages of a host that only the next hop's log names. */
  nameByNextHop(host: string): void {
    nameByNextHop(this.book, host);
  }

  /** What stands of these messages, with the custodies that wait in queues. */
  standing(ids: readonly string[]): Look<Standing> {
    return lookAt(this.book, this.#rootsOf(ids), this.#now);
  }

  /** Lines of these messages that must have been written by now and have not come in. */
  overdue(ids: readonly string[]): Overdue[] {
    return overdueOf(this.book, this.#rootsOf(ids), this.#now);
  }

  /** Met when the mail of these roots is settled as far as events tell; `settle` asks the queues too. */
  look(ids: readonly string[]): Look<Outcome[]> {
    const standing = this.standing(ids);
    return standing.met ? { met: true, value: this.outcomes(ids) } : standing;
  }

  outcomes(ids: readonly string[]): Outcome[] {
    return this.#rootsOf(ids).flatMap((root) => outcomesOf(this.book, root));
  }

  /** Every custody that came of these roots. */
  custodies(ids: readonly string[]): Custody[] {
    return this.#closure(ids).map((entry) => entry.custody);
  }

  /** Every custody that is known. */
  allCustodies(): Custody[] {
    return [...this.book.entries.values()].map((entry) => entry.custody);
  }

  /** Every custody that came of these roots, with what the ledger knows beside it. */
  entries(ids: readonly string[]): Entry[] {
    return this.#closure(ids);
  }

  #closure(ids: readonly string[]): Entry[] {
    return closure(
      this.book,
      this.#rootsOf(ids).flatMap((root) => rootEntry(this.book, root) ?? []),
    );
  }

  /** Messages of the world that came of no root. */
  orphans(): Custody[] {
    const owned = new Set(this.#closure([...this.#roots.keys()]));
    return [...this.book.entries.values()].filter((entry) => entry.accepted && !owned.has(entry)).map((entry) => entry.custody);
  }

  /** Custodies that are known by now. */
  known(): Set<CustodyId> {
    return new Set(this.book.entries.keys());
  }

  /** Messages of no root that hosts have taken and that are not among these; what came of one of them is left out. */
  beginnings(before: ReadonlySet<CustodyId>): Custody[] {
    const fresh = [...this.book.entries.values()].filter((entry) => entry.accepted && !before.has(entry.custody.id) && entry.custody.receipt === undefined);
    if (fresh.length === 0) return [];
    const owned = new Set(this.#closure([...this.#roots.keys()]));
    const orphans = fresh.filter((entry) => !owned.has(entry) && entry.custody.parents.length === 0);
    const made = new Set(orphans.flatMap((entry) => closure(this.book, [entry]).filter((other) => other !== entry)));
    return orphans.filter((entry) => !made.has(entry)).map((entry) => entry.custody);
  }

  /** Sets when a waiting recipient is tried next, as the queue says. */
  setNextTry(host: string, queueId: QueueId, nextTry: (recipient: Recipient) => WorldTime | undefined): void {
    for (const recipient of this.book.ensure(host, queueId, this.#now).custody.recipients) {
      if (recipient.state.end !== 'waiting') continue;
      const at = nextTry(recipient);
      const { nextTry: _, ...rest } = recipient.state;
      recipient.state = at === undefined ? rest : { ...rest, nextTry: at };
    }
  }

  /**
   * The invariants, for these roots.
   * @param strays packets that the hub saw go to places that the world does not know
   */
  violations(ids: readonly string[], strays: readonly Stray[] = []): Violation[] {
    return findViolations({ book: this.book, places: this.places, parties: this.options.parties, roots: this.#rootsOf(ids), strays, unknownNames: this.#unknownNames });
  }

  /** @param what id of a root, queue id, custody, Message-ID or an address (sender or recipient) */
  trace(what: string): Trace[] {
    return traceOf(this.book, [...this.#roots.values()], what, this.#transcripts);
  }

  /** What a custody came from, as far as logs tie it to others; itself when it came from nothing known. */
  startOf(id: CustodyId): CustodyId | undefined {
    const entry = this.book.entries.get(id);
    return entry && beginning(this.book, entry).custody.id;
  }

  /** Every custody that came of this one, itself among them. */
  cameOf(id: CustodyId): Entry[] {
    const entry = this.book.entries.get(id);
    return entry === undefined ? [] : closure(this.book, [entry]);
  }

  /** What became of a recipient, a store's word included. */
  endOf(entry: Entry, recipient: Recipient): RecipientEnd {
    return endOf(this.book, entry, recipient);
  }

  /** The whole way of the message that began with this custody. */
  journey(id: CustodyId): Trace | undefined {
    const entry = this.book.entries.get(id);
    return entry && journeyOf(this.book, [...this.#roots.values()], entry, this.#transcripts);
  }

  /**
   * Lets go of messages that nobody asks for any more, for who follows a world without an end.
   * @param before refusals, conversations and questions of an older world time go, too
   */
  forget(ids: Iterable<CustodyId>, before: WorldTime): void {
    const gone = new Set<CustodyId>(ids);
    for (const root of this.#roots.values()) {
      const entry = rootEntry(this.book, root);
      if (entry && gone.has(entry.custody.id)) this.#roots.delete(root.id);
    }
    this.book.forget(gone, before);
    for (const list of [this.#unknownNames, this.#drops, this.#transcripts]) {
      const first = list.findIndex((event) => event.at >= before);
      list.splice(0, first === -1 ? list.length : first);
    }
  }

  /** Lines of known servers that no rule understood, by host. */
  unparsed(): Unparsed[] {
    return [...this.#unparsed.values()];
  }

  /** Names that were looked up and that the world does not know. */
  unknownNames(): readonly WorldEventOf<'dns'>[] {
    return this.#unknownNames;
  }

  /** Servers that crashed, with the number of the event that told of it. */
  crashes(): readonly Crash[] {
    return this.#crashes;
  }

  /** Sessions that an outside receiver dropped on purpose. */
  drops(): readonly WorldEventOf<'dropped'>[] {
    return this.#drops;
  }

  #count(host: string, software: string, line: string): void {
    const key = `${host} ${software}`;
    const known = this.#unparsed.get(key) ?? { host, software, count: 0, samples: [] };
    known.count++;
    if (known.samples.length < SAMPLES) known.samples.push(line);
    this.#unparsed.set(key, known);
  }
}
