import { messageOf, worldTime } from '../../base/index.ts';
import type { WorldEvent, WorldEventOf } from '../../internet/index.ts';
import { type CustodyId, type Ledger, ledgerOf } from '../../ledger/index.ts';
import { graphOf } from '../../report/index.ts';
import { textOfBehaviour } from '../../scenario/index.ts';
import type { WorldModel } from '../../world/index.ts';
import type { Change, ClockNow, Deed, HostState, LinkState, Move, OutsideState, Row, Snapshot } from '../wire.ts';
import { Changes, newest } from './changes.ts';
import { deedOf, subjectOf } from './deed.ts';
import { Evidence, keep } from './evidence.ts';
import { isOpen, messageRow, outsideRow, refusalRow, sessionRow } from './rows.ts';

/**
 * Rows and deeds that are kept in memory at most (and more in evidence.ts); what is older is let go, and the page says how much
 * that was.
 */
export const KEPT = { rows: 10_000, deeds: 1000 } as const;
/** So many are let go at once, so that it is not done for each row. */
const STEP = 500;
/** Changes within so many milliseconds go to the page together. */
const TOGETHER_MS = 40;

export interface LiveWorld {
  model: WorldModel;
  instance: string;
}

/**
 * A running world as the page shows it: fed with every event of the hub, it keeps rows, hosts, clock and links, and says what changes.
 * Its memory is bounded by KEPT, the ledger's with it: a message whose row is let go is forgotten.
 */
export class Live {
  readonly world: LiveWorld;
  readonly ledger: Ledger;
  readonly changes = new Changes();
  readonly evidence: Evidence;
  readonly #rows = new Map<string, Row>();
  /** Message rows by each custody that came of them. */
  readonly #owners = new Map<CustodyId, string>();
  readonly #members = new Map<string, CustodyId[]>();
  readonly #firstSeen = new Map<CustodyId, number>();
  readonly #touched = new Set<CustodyId>();
  /** Custodies that wait in queues, and how many do at each host. */
  readonly #queued = new Set<CustodyId>();
  readonly #lengths = new Map<string, number>();
  readonly #moved = new WeakSet<object>();
  readonly #subjects = new Map<string, string>();
  readonly #links = new Map<string, LinkState>();
  readonly #outside = new Map<string, OutsideState>();
  readonly #nodes: ReadonlySet<string>;
  #news: Change[] = [];
  #clock: ClockNow = { offsetMs: 0, skews: {} };
  readonly #deeds: Deed[] = [];
  #deedCount = 0;
  #dropped = 0;
  #refusals = 0;
  #timer: NodeJS.Timeout | undefined;
  #following = false;

  constructor(world: LiveWorld) {
    this.world = world;
    this.ledger = ledgerOf(world.model);
    this.evidence = new Evidence((address) => this.nameOf(address));
    this.#nodes = new Set(graphOf(world.model).nodes.map(({ id }) => id));
    this.ledger.onCustody((id) => {
      this.#touched.add(id);
      if (!this.#firstSeen.has(id)) this.#firstSeen.set(id, this.ledger.seq);
    });
  }

  /** Takes one event of the hub in. */
  take(event: WorldEvent): void {
    this.ledger.apply(event);
    switch (event.type) {
      case 'log':
        this.evidence.addLine(event);
        this.#takeRefusals(event.seq);
        break;
      case 'dns':
        this.evidence.addQuestion(event);
        return;
      case 'refusal':
      case 'dropped':
        this.#put(outsideRow(event, this.nameOf(event.client)));
        this.#move(this.#nodeOf(event.client), this.#party(event.party), false);
        break;
      case 'transcript': {
        const row = sessionRow(event, this.nameOf(event.client));
        this.evidence.addSession(row.id, event);
        this.#put(row);
        break;
      }
      case 'host':
        this.#news.push({ type: 'host', host: this.#host(event.host) });
        break;
      case 'clock':
        this.#setClock({ ...this.#clock, offsetMs: event.now - Date.now() });
        break;
      case 'link':
        this.#takeLink(event);
        break;
      case 'outside':
        this.#takeOutside(event);
        break;
      case 'step':
        this.#takeStep(event);
        break;
    }
    this.#soon();
  }

  /** The history was read: from now on, what comes is news. */
  following(): void {
    this.#flush();
    this.#following = true;
  }

  snapshot(): Snapshot {
    this.#flush();
    const { model, instance } = this.world;
    return {
      world: model.name,
      variant: model.variant,
      instance,
      hosts: model.hosts.map(({ name }) => this.#host(name)),
      clock: this.#clock,
      links: [...this.#links.values()],
      outside: [...this.#outside.values()],
      rows: [...this.#rows.values()],
      dropped: this.#dropped,
      most: KEPT.rows,
      deeds: this.#deeds,
    };
  }

  row(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  /** The row that a custody belongs to. */
  rowOf(custody: CustodyId): string | undefined {
    this.#flush();
    return this.#owners.get(custody);
  }

  /** The subject is in no log: it becomes known when a copy is read. */
  setSubject(id: string, subject: string): void {
    const row = this.#rows.get(id);
    if (row === undefined || row.subject === subject) return;
    this.#subjects.set(id, subject);
    this.#put({ ...row, subject });
    this.#soon();
  }

  setClock(clock: { now: number; skews: Record<string, number> }): void {
    this.#setClock({ offsetMs: clock.now - Date.now(), skews: clock.skews });
    this.#soon();
  }

  /** World time, milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.#clock.offsetMs;
  }

  /** The hub ended the connection. */
  lost(error: unknown): void {
    this.#news.push({ type: 'lost', text: messageOf(error) });
    this.#flush();
  }

  #setClock(clock: ClockNow): void {
    this.#clock = clock;
    this.#news.push({ type: 'clock', clock });
  }

  #soon(): void {
    if (this.#following) this.#timer ??= setTimeout(() => this.#flush(), TOGETHER_MS).unref();
    else if (this.#touched.size + this.#news.length > 2 * STEP) this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const id of touched) this.#account(id);
    for (const start of new Set(touched.flatMap((id) => this.#startOf(id) ?? []))) this.#refresh(start);
    this.#letGo();
    const news = this.#news;
    this.#news = [];
    if (this.#following) this.changes.add(newest(news));
  }

  /** Keeps the length of the host's queue, and shows a copy that has come. */
  #account(id: CustodyId): void {
    const entry = this.ledger.book.entries.get(id);
    if (entry === undefined) return;
    const { custody } = entry;
    const open = isOpen(entry) && custody.receipt === undefined;
    if (open !== this.#queued.has(id)) {
      if (open) this.#queued.add(id);
      else this.#queued.delete(id);
      this.#lengths.set(custody.host, this.#lengthOf(custody.host) + (open ? 1 : -1));
      this.#news.push({ type: 'host', host: this.#host(custody.host) });
    }
    if (entry.accepted && !this.#moved.has(entry)) {
      this.#moved.add(entry);
      const from = custody.auth !== undefined && this.#nodes.has('people') ? 'people' : this.#nodeOf(custody.client?.address, custody.host);
      if (custody.cause === 'received') this.#move(from, custody.receipt ? this.#party(custody.host) : custody.host, true);
    }
    for (const recipient of custody.recipients) {
      const record = this.ledger.book.stored(entry, recipient);
      if (record === undefined || this.#moved.has(record)) continue;
      this.#moved.add(record);
      this.#move(custody.host, record.host, true);
    }
  }

  #startOf(id: CustodyId): CustodyId | undefined {
    const seen = new Set<CustodyId>();
    let start = this.ledger.startOf(id);
    // What a store sent because of a message has no parent of its own, and belongs to that one's row.
    for (let owner = this.#owners.get(start ?? ''); start !== undefined && owner !== undefined && owner !== start && !seen.has(owner); owner = this.#owners.get(start)) {
      seen.add(owner);
      start = this.ledger.startOf(owner) ?? owner;
    }
    return start;
  }

  #refresh(start: CustodyId): void {
    const made = messageRow(this.ledger, start, this.#firstSeen.get(start) ?? 0);
    if (made === undefined) return;
    for (const member of made.members) {
      if (member !== start && this.#rows.has(member)) this.#remove(member);
      this.#owners.set(member, start);
    }
    this.#members.set(start, made.members);
    const subject = this.#subjects.get(start);
    this.#put(subject === undefined ? made.row : { ...made.row, subject });
  }

  #remove(id: string): void {
    this.#rows.delete(id);
    this.#members.delete(id);
    this.#subjects.delete(id);
    this.#news.push({ type: 'gone', id });
  }

  #put(row: Row): void {
    this.#rows.set(row.id, row);
    this.#news.push({ type: 'row', row });
  }

  #takeRefusals(seq: number): void {
    const { refusals } = this.ledger.book;
    for (const refusal of refusals.slice(this.#refusals)) {
      this.#put(refusalRow(refusal, seq));
      this.#move(this.#nodeOf(refusal.event.client?.address, refusal.host), refusal.host, false);
    }
    this.#refusals = refusals.length;
  }

  /** The oldest go first, those that are still under way last. */
  #letGo(): void {
    if (this.#rows.size <= KEPT.rows + STEP) return;
    const surplus = this.#rows.size - KEPT.rows;
    const all = [...this.#rows.values()].sort((a, b) => a.n - b.n);
    const ended = all.filter(({ state }) => state !== 'waiting' && state !== 'on its way');
    const going = [...ended, ...all.filter((row) => !ended.includes(row))].slice(0, surplus);
    const custodies = going.flatMap(({ id }) => this.#members.get(id) ?? []);
    for (const { id } of going) {
      this.evidence.forget(id);
      for (const map of [this.#rows, this.#members, this.#subjects]) map.delete(id);
    }
    for (const id of custodies) {
      this.#owners.delete(id);
      const host = this.ledger.book.entries.get(id)?.custody.host ?? '';
      if (this.#queued.delete(id)) this.#lengths.set(host, this.#lengthOf(host) - 1);
    }
    const oldest = Math.min(...[...this.#rows.values()].map(({ at }) => at));
    this.ledger.forget(custodies, worldTime(oldest));
    for (const id of this.#firstSeen.keys()) if (!this.ledger.book.entries.has(id)) this.#firstSeen.delete(id);
    this.#refusals = this.ledger.book.refusals.length;
    this.#dropped += going.length;
    this.#news.push({ type: 'dropped', ids: going.map(({ id }) => id), dropped: this.#dropped });
  }

  #takeLink({ action, between }: WorldEventOf<'link'>): void {
    const key = [...between].sort().join(' ');
    if (action === 'heal') this.#links.delete(key);
    else this.#links.set(key, { action, between });
    this.#news.push({ type: 'links', links: [...this.#links.values()] });
  }

  #takeOutside({ domain, is, behaviours, exchangers }: WorldEventOf<'outside'>): void {
    const deaf = exchangers.filter(({ answers }) => answers !== 'smtp').map(({ name, answers }) => `${name} ${answers === 'nothing' ? 'says nothing' : 'refuses connections'}`);
    if (is === 'changed') this.#outside.set(domain, { domain, behaves: [...behaviours.map(textOfBehaviour), ...deaf] });
    else this.#outside.delete(domain);
    this.#news.push({ type: 'outside', outside: [...this.#outside.values()] });
  }

  #name(custody: CustodyId, subject: string): void {
    const start = this.ledger.startOf(custody) ?? custody;
    this.#subjects.set(start, subject);
    this.#touched.add(custody);
  }

  #takeStep(event: WorldEventOf<'step'>): void {
    const { value, messages = [] } = event.step;
    const subject = subjectOf(value);
    for (const { messageId } of messages) {
      if (subject === undefined || messageId === undefined) continue;
      for (const { custody } of this.ledger.book.withMessageId(messageId.replace(/^<(.*)>$/, '$1'))) this.#name(custody.id, subject);
    }
    this.#deedCount++;
    const deed = deedOf(event, this.#deedCount);
    keep(this.#deeds, deed, KEPT.deeds);
    this.#news.push({ type: 'deed', deed });
  }

  #host(name: string): HostState {
    return {
      name,
      state: this.ledger.hostState(name),
      up: this.ledger.isUp(name),
      queue: this.#lengthOf(name),
    };
  }

  #lengthOf(host: string): number {
    return this.#lengths.get(host) ?? 0;
  }

  /** The host that has this address, or the address. */
  nameOf(address: string): string {
    return this.ledger.places.hostOf(address, '') ?? address;
  }

  /** The node of the picture that an address belongs to. */
  #nodeOf(address: string | undefined, here = ''): string {
    return this.ledger.places.hostOf(address, here) ?? (address === undefined ? here : 'outside');
  }

  #party(domain: string): string {
    return this.#nodes.has(domain) ? domain : 'outside';
  }

  #move(from: string, to: string, taken: boolean): void {
    const move: Move = { from, to, taken };
    if (this.#following && from !== to) this.#news.push({ type: 'move', move });
  }
}
