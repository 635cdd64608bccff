import type { QueueId, WorldTime } from '../base/index.ts';
import type { Receipt } from '../internet/index.ts';
import { completed, putOffWithParent, removed } from './endings.ts';
import { addPlaceholders, custodyId, type Entry, isFinal, localRecipientOf, newEntry, recipientOf, type SeenLine, sameAddress, withOrigin } from './entry.ts';
import { Kinship } from './kinship.ts';
import { linkOf, type Places } from './links.ts';
import { HOST_TROUBLE } from './log-rule.ts';
import { answered, makeFrom } from './made.ts';
import { Mailboxes, type MailboxPlace, type MailboxSpec } from './mailboxes.ts';
import { Outages } from './outages.ts';
import { type StoreRecord, Stores } from './stores.ts';
import type { CustodyId, MailEvent, MailEventBody, Recipient, RecipientEnd } from './types.ts';

type BodyOf<K extends MailEventBody['kind']> = Extract<MailEventBody, { kind: K }>;

/** Every custody of a world instance and what is known of it, kept as the events come in whatever order. */
export class Book {
  readonly entries = new Map<CustodyId, Entry>();
  readonly stores = new Stores();
  readonly outages = new Outages();
  readonly kin: Kinship;
  readonly mailboxes: Mailboxes;
  readonly refusals: { at: WorldTime; host: string; event: BodyOf<'refused'> }[] = [];
  readonly places: Places;
  readonly #receipts = new Map<string, Entry>();
  readonly #receiptWaiters = new Map<string, { parent: Entry; recipient: Recipient }[]>();
  readonly #fates = new Map<string, BodyOf<'fate'>>();

  constructor(places: Places, mailboxes?: MailboxSpec) {
    this.places = places;
    this.mailboxes = new Mailboxes(mailboxes);
    this.kin = new Kinship(places, this.entries);
  }

  receipt(id: string): Entry | undefined {
    return this.#receipts.get(id);
  }

  withMessageId(messageId: string | undefined): Entry[] {
    return this.kin.withMessageId(messageId);
  }

  childrenOf(id: CustodyId): Entry[] {
    return this.kin.childrenOf(id);
  }

  /** true when what a next hop answered this recipient's host may never have come to be logged. */
  mayHaveLost(entry: Entry, recipient: Recipient): boolean {
    return entry.lost.has(recipient) || this.outages.since(entry.custody.host, entry.custody.acceptedAt);
  }

  ensure(host: string, queueId: QueueId, at: WorldTime): Entry {
    const id = custodyId(host, queueId);
    let entry = this.entries.get(id);
    if (!entry) {
      entry = newEntry(host, queueId, at);
      this.entries.set(id, entry);
    }
    return entry;
  }

  /** The custody that a relayed recipient went on as, once it is known. */
  next(entry: Entry, recipient: Recipient): Entry | undefined {
    const link = entry.links.get(recipient);
    if (link?.kind === 'custody') return this.entries.get(link.id);
    if (link?.kind === 'receipt') return this.#receipts.get(link.id);
    return undefined;
  }

  apply(event: MailEventBody, host: string, at: WorldTime, line?: SeenLine): void {
    if (event.kind === 'note' && event.queueId !== undefined) {
      const about = this.entries.get(custodyId(host, event.queueId));
      if (line) about?.lines.push(line);
      if (about !== undefined && event.topic === HOST_TROUBLE) about.custody.nextHopFailed = true;
    }
    if (event.kind === 'note' || event.kind === 'stray' || event.kind === 'crash') return;
    if (event.kind === 'refused') {
      this.refusals.push({ at, host, event });
      return;
    }
    if (event.kind === 'fate') {
      this.#fates.set(`${host} ${event.process}`, event);
      return;
    }
    if (event.kind === 'stored' || event.kind === 'store-refused' || event.kind === 'store-discarded' || event.kind === 'store-sent') {
      this.stores.add(event, host, at, line);
      this.kin.nameNotice(event.messageId);
      return;
    }
    const entry = this.ensure(host, event.queueId, at);
    if (line) entry.lines.push(line);
    this.#change(entry, { ...event, host, at });
  }

  addReceipt(receipt: Receipt, at: WorldTime): Entry {
    const id = custodyId(receipt.party, receipt.id);
    const entry = newEntry(receipt.party, receipt.id as QueueId, at);
    const custody = entry.custody;
    Object.assign(custody, { id, from: receipt.from, bytes: receipt.bytes, client: { address: receipt.client, helo: receipt.helo }, completed: true, receipt });
    if (receipt.tls) custody.tls = receipt.tls.version;
    if (!receipt.replySent) custody.indeterminate = true;
    entry.accepted = true;
    custody.recipients = receipt.to.map((address) => ({ address, original: address, state: { end: 'stored', host: receipt.party, at }, attempts: [] }));
    this.entries.set(id, entry);
    this.#receipts.set(receipt.id, entry);
    this.kin.name(entry, receipt.messageId);
    this.kin.nameNotice(receipt.messageId);
    // Whoever announced this receipt in a reply before it came is its parent; a lost reply leaves only the Message-ID.
    for (const { parent, recipient } of this.#receiptWaiters.get(receipt.id) ?? []) {
      if (recipient.state.end === 'relayed') recipient.state = { ...recipient.state, child: id };
      this.kin.adopt(parent, entry);
    }
    this.#receiptWaiters.delete(receipt.id);
    if (!receipt.replySent) for (const parent of this.kin.sendersOf(entry)) this.kin.adopt(parent, entry);
    return entry;
  }

  #change(entry: Entry, event: MailEvent): void {
    const { custody } = entry;
    const { at } = event;
    switch (event.kind) {
      case 'accepted':
        this.#accepted(entry, event);
        return;
      case 'known': {
        this.kin.name(entry, event.messageId);
        if (event.client) custody.client = { ...custody.client, ...event.client };
        if (event.auth !== undefined) custody.auth = event.auth;
        if (event.from !== undefined) custody.from = event.from;
        const key = `${custody.host} ${event.process}`;
        const fate = event.process === undefined ? undefined : this.#fates.get(key);
        if (fate) {
          this.#fates.delete(key);
          if (fate.fate === 'held') entry.held = fate.reason;
          else removed(entry, fate.reason, at);
          entry.accepted = true;
        }
        return;
      }
      case 'attempt':
        entry.attempt = { count: event.recipientCount, seen: new Set() };
        delete entry.held;
        delete entry.frozen;
        for (const recipient of custody.recipients) if (recipient.state.end === 'waiting') recipient.state = { end: 'pending' };
        return;
      case 'delivered':
      case 'deferred':
      case 'failed':
      case 'discarded':
        this.#outcome(entry, withOrigin(entry, event));
        return;
      case 'aliased':
        for (const made of event.to) {
          const key = made.toLowerCase();
          if (key !== event.from.toLowerCase() && !entry.madeFrom.has(key)) entry.madeFrom.set(key, event.from);
        }
        return;
      case 'untold': {
        const { state } = recipientOf(entry, event);
        if (state.end === 'failed') state.untold = event.reason;
        return;
      }
      case 'answered':
        answered(entry, event, at);
        return;
      case 'expired':
      case 'returned':
        for (const recipient of custody.recipients.filter((one) => !isFinal(one.state))) {
          const last = recipient.attempts.at(-1)?.text;
          recipient.state = { end: 'failed', reason: last === undefined ? event.reason : `${event.reason}: ${last}`, at };
        }
        return;
      case 'notified': {
        const child = custodyId(custody.host, event.dsn);
        entry.announced.add(child);
        const told = this.ensure(custody.host, event.dsn, at);
        told.custody.cause = event.what === 'delay' ? 'delay' : event.what === 'failure' ? 'bounce' : 'generated';
        this.kin.adopt(entry, told);
        if (event.what === 'failure') this.#returnedBy(entry, child);
        return;
      }
      case 'reported':
        if (custody.parents.length === 0) this.#reported(entry, event.to);
        return;
      case 'frozen':
        if (event.reason !== 'frozen' || entry.frozen === undefined) entry.frozen = event.reason;
        // A notification that cannot be delivered stays in the queue, its failed recipients with it (Exim, ignore_bounce_errors_after).
        for (const recipient of custody.recipients) {
          if (recipient.state.end === 'failed' && recipient.state.dsn === undefined) recipient.state = { end: 'waiting', since: at, reason: recipient.state.reason, frozen: true };
          else if (recipient.state.end === 'waiting') recipient.state = { ...recipient.state, frozen: true };
          else if (recipient.state.end === 'pending') recipient.state = { end: 'waiting', since: at, reason: entry.frozen, frozen: true };
        }
        return;
      case 'thawed':
        delete entry.frozen;
        delete entry.held;
        for (const recipient of custody.recipients) if (recipient.state.end === 'waiting') recipient.state = { ...recipient.state, frozen: false };
        return;
      case 'held':
        entry.held = event.reason;
        entry.accepted = true;
        for (const recipient of custody.recipients) if (recipient.state.end === 'pending') recipient.state = { end: 'waiting', since: at, reason: event.reason };
        return;
      case 'removed':
        entry.accepted = true;
        removed(entry, event.rule, at);
        return;
      case 'completed':
        completed(entry);
        return;
      default:
        return;
    }
  }

  #accepted(entry: Entry, event: Extract<MailEvent, { kind: 'accepted' }>): void {
    const { custody } = entry;
    if (!entry.accepted) custody.acceptedAt = event.at;
    entry.accepted = true;
    if (event.quiet === true) entry.quiet = true;
    if (event.from !== undefined) custody.from = event.from;
    for (const key of ['bytes', 'protocol', 'tls', 'auth'] as const) if (event[key] !== undefined) Object.assign(custody, { [key]: event[key] });
    if (event.client) custody.client = { ...custody.client, ...event.client };
    this.kin.name(entry, event.messageId);
    if (event.recipients) addPlaceholders(entry, event.recipients);
    if (event.parent !== undefined) this.#madeFrom(entry, this.ensure(custody.host, event.parent, event.at));
  }

  #madeFrom(entry: Entry, parent: Entry): void {
    makeFrom(entry, parent);
    this.kin.adopt(parent, entry);
    if (entry.custody.cause === 'bounce') this.#returnedBy(parent, entry.custody.id);
  }

  /**
   * Which message a notice is about that names none: the oldest of that sender which has a failure nobody was told of, else the last one that
   * waits or failed. One that comes from elsewhere (a DSN on its way) finds none.
   */
  #reported(entry: Entry, sender: string): void {
    const { host } = entry.custody;
    const sent = [...this.entries.values()].filter((one) => one !== entry && one.custody.host === host && sender !== '' && sameAddress(one.custody.from, sender));
    const untold = sent.find(({ custody }) => custody.recipients.some(({ state }) => state.end === 'failed' && state.dsn === undefined));
    const about = untold ?? sent.findLast(({ custody }) => custody.recipients.some(({ state }) => state.end === 'waiting' || state.end === 'failed'));
    if (about === undefined) return;
    entry.custody.cause = untold === undefined ? 'delay' : 'bounce';
    about.announced.add(entry.custody.id);
    this.kin.adopt(about, entry);
    if (untold !== undefined) this.#returnedBy(untold, entry.custody.id);
  }

  #returnedBy(parent: Entry, dsn: CustodyId): void {
    for (const recipient of parent.custody.recipients) if (recipient.state.end === 'failed' && recipient.state.dsn === undefined) recipient.state = { ...recipient.state, dsn };
  }

  #outcome(entry: Entry, event: Extract<MailEvent, { kind: 'delivered' | 'deferred' | 'failed' | 'discarded' }>): void {
    if (event.kind === 'deferred' && putOffWithParent(entry, event)) return;
    const recipient = event.kind === 'delivered' && event.next === undefined && event.child === undefined ? localRecipientOf(entry, event) : recipientOf(entry, event);
    entry.attempt?.seen.add(`${event.to} ${event.original ?? ''}`);
    delete entry.held;
    const { at } = event;
    let state: RecipientEnd;
    switch (event.kind) {
      case 'delivered': {
        recipient.attempts.push({ at, result: 'delivered', text: event.reply ?? event.local ?? event.by });
        entry.unrouted.delete(recipient);
        if (event.child !== undefined) {
          const child = this.ensure(entry.custody.host, event.child, at);
          this.kin.adopt(entry, child);
          entry.links.set(recipient, { kind: 'custody', id: child.custody.id });
          state = { end: 'relayed', next: entry.custody.host, reply: `forwarded as ${event.child}`, child: child.custody.id, at };
        } else if (event.next === undefined) state = { end: 'stored', host: entry.custody.host, local: event.local ?? event.by, at };
        else {
          const link = linkOf(event, entry.custody.host, this.places);
          entry.links.set(recipient, link);
          const receipt = link.kind === 'receipt' ? this.#receipts.get(link.id) : undefined;
          const child = link.kind === 'custody' ? link.id : receipt?.custody.id;
          if (link.kind === 'custody') {
            const next = this.entries.get(link.id);
            if (next) this.kin.adopt(entry, next);
            else {
              this.kin.announce(entry, link.id);
              this.kin.adopt(entry, this.ensure(link.id.slice(0, link.id.indexOf('/')), link.id.slice(link.id.indexOf('/') + 1) as QueueId, at));
            }
          }
          if (receipt) this.kin.adopt(entry, receipt);
          else if (link.kind === 'receipt') this.#receiptWaiters.set(link.id, [...(this.#receiptWaiters.get(link.id) ?? []), { parent: entry, recipient }]);
          state = {
            end: 'relayed',
            next: this.places.nameOf(event.next, entry.custody.host),
            reply: event.reply ?? '',
            ...(child === undefined ? {} : { child }),
            ...(event.tls === undefined ? {} : { tls: event.tls }),
            at,
          };
        }
        break;
      }
      case 'deferred':
        recipient.attempts.push({ at, result: 'deferred', text: event.reason });
        if (event.routing) entry.unrouted.add(recipient);
        if (event.indeterminate) entry.lost.add(recipient);
        // A look that was not a try keeps what the last try said.
        state = {
          end: 'waiting',
          since: at,
          reason: !event.attempted && recipient.state.end === 'waiting' && recipient.state.reason !== '' ? recipient.state.reason : event.reason,
          ...(entry.frozen === undefined ? {} : { frozen: true }),
        };
        break;
      case 'failed': {
        const last = recipient.attempts.findLast((attempt) => attempt.text !== event.reason && !/^retry time not reached/.test(attempt.text))?.text;
        recipient.attempts.push({ at, result: 'failed', text: event.reason });
        entry.unrouted.delete(recipient);
        state = {
          end: 'failed',
          // Exim: the reason is that of the attempt before.
          reason: event.reason === 'retry timeout exceeded' && last !== undefined ? `${event.reason}: ${last}` : event.reason,
          ...(event.reply === undefined ? {} : { reply: event.reply }),
          ...(event.status === undefined ? {} : { status: event.status }),
          at,
        };
        break;
      }
      case 'discarded':
        recipient.attempts.push({ at, result: 'delivered', text: event.rule });
        state = { end: 'discarded', rule: event.rule, at };
        break;
    }
    recipient.state = state;
    if (entry.custody.completed) completed(entry);
  }

  /** Copies of a message that MTAs say they have put into mailboxes by themselves. */
  mailboxCopies(messageId: string): MailboxPlace[] {
    return this.withMessageId(messageId).flatMap((entry) => entry.custody.recipients.flatMap((recipient) => this.mailboxes.placeOf(recipient) ?? []));
  }

  /** Lets go of these custodies, and of refusals of an older time. */
  forget(ids: ReadonlySet<CustodyId>, before: WorldTime): void {
    for (const id of ids) {
      const entry = this.entries.get(id);
      if (entry === undefined) continue;
      this.entries.delete(id);
      if (entry.custody.receipt) this.#receipts.delete(entry.custody.receipt.id);
      this.kin.forget(entry);
      this.stores.forget(entry.custody.messageId);
    }
    const first = this.refusals.findIndex(({ at }) => at >= before);
    this.refusals.splice(0, first === -1 ? this.refusals.length : first);
  }

  /** What the store made of a recipient that was handed to it by LMTP. */
  stored(entry: Entry, recipient: Recipient): StoreRecord | undefined {
    const link = entry.links.get(recipient);
    if (link?.kind === 'store') return this.stores.bySession(link.host, link.session, link.user);
    if (link?.kind === 'unknown' && link.host !== undefined && entry.custody.messageId !== undefined)
      return this.stores.byMessage(link.host, entry.custody.messageId, recipient.address);
    return undefined;
  }
}
