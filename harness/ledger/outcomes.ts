import { type EnvelopeAddress, envelopeAddress } from '../base/index.ts';
import type { Book } from './book.ts';
import { closure, givenOnByPrograms, rootEntry, sentByStores } from './closure.ts';
import { addressee, type Entry, isFinal } from './entry.ts';
import { localPart, type StoreRecord } from './stores.ts';
import type { CustodyId, MessageKind, Outcome, Recipient, Root } from './types.ts';

/** Who handed a copy over without hearing that it was taken. */
interface Unheard {
  entry: Entry;
  recipients: readonly Recipient[];
}

interface Path {
  root: Root;
  kind: MessageKind;
  route: string[];
  /** What the sender's recipient was, for each recipient that the previous host handed over. */
  originals: ReadonlyMap<string, EnvelopeAddress>;
  unheard?: Unheard;
}

type Delivered = Extract<Outcome, { kind: 'delivered' }>;

/** How every copy of a message ended, and copies in stores that no log of who may have brought them speaks of. */
export interface Account {
  outcomes: Outcome[];
  unexplained: { entry: Entry; record: StoreRecord }[];
}

/** How every copy of a message ended, or where it waits. */
export const outcomesOf = (book: Book, root: Root): Outcome[] => accountOf(book, root).outcomes;

export function accountOf(book: Book, root: Root): Account {
  const start = rootEntry(book, root);
  if (!start) return { outcomes: [], unexplained: [] };
  const outcomes: Outcome[] = [];
  const unexplained: Account['unexplained'] = [];
  const unheard = new Map<Delivered, Unheard>();
  const claimed = new Set<StoreRecord>();
  const visited = new Set<CustodyId>();
  // The harness hands over notifications itself for the verb `bounce`: a null reverse-path is one (RFC 5321 section 4.5.5).
  walk(start, { root, kind: root.from === '' ? 'bounce' : 'mail', route: [], originals: new Map() });
  unclaimed();
  return { outcomes: markIndeterminate(outcomes, unheard), unexplained };

  function deliver(outcome: Delivered, by: Unheard | undefined): void {
    outcomes.push(outcome);
    if (by) unheard.set(outcome, by);
  }

  function walk(entry: Entry, path: Path): void {
    const { custody } = entry;
    if (visited.has(custody.id)) return;
    visited.add(custody.id);
    const route = path.route.at(-1) === custody.host ? path.route : [...path.route, custody.host];
    const handed = new Map<Entry, Map<string, EnvelopeAddress>>();
    for (const recipient of custody.recipients) {
      const original = originalOf(recipient, path.originals);
      const common = { to: addressee(recipient), original, message: path.kind, root: root.id, route, custody: custody.id };
      const { state } = recipient;
      switch (state.end) {
        case 'pending':
        case 'waiting': {
          const down = book.outages.downBecause(custody.host);
          // What a host that is down has begun waits until it is up again; a message that was closed waits nowhere.
          if (custody.completed || (state.end === 'pending' && down === undefined)) break;
          outcomes.push({
            kind: 'queued',
            host: custody.host,
            ...common,
            envelopeFrom: custody.from,
            reason: state.end === 'waiting' ? state.reason : `${custody.host} is ${down}`,
            ...(state.end === 'waiting' && state.nextTry !== undefined ? { nextTry: state.nextTry } : {}),
            frozen: state.end === 'waiting' && state.frozen === true,
          });
          break;
        }
        case 'discarded':
          outcomes.push({ kind: 'discarded', host: custody.host, ...common, rule: state.rule });
          break;
        case 'failed':
          outcomes.push({
            kind: 'failed',
            host: custody.host,
            ...common,
            reason: state.reason,
            ...(state.reply === undefined ? {} : { reply: state.reply }),
            ...(state.status === undefined ? {} : { status: state.status }),
            ...(state.dsn === undefined ? {} : { dsn: state.dsn }),
          });
          break;
        case 'stored': {
          const mailbox = book.mailboxes.placeOf(recipient);
          deliver(
            {
              kind: 'delivered',
              ...common,
              envelopeFrom: custody.from,
              ...named(entry),
              place: custody.receipt
                ? { outside: { party: custody.host, receipt: custody.receipt } }
                : mailbox
                  ? { mailbox }
                  : { local: { host: custody.host, what: state.local ?? '' } },
            },
            custody.receipt?.replySent === false ? senderOf(entry, recipient) : path.unheard,
          );
          break;
        }
        case 'relayed': {
          const next = book.next(entry, recipient);
          if (next) {
            const originals = handed.get(next) ?? new Map<string, EnvelopeAddress>();
            originals.set(recipient.address.toLowerCase(), original);
            handed.set(next, originals);
            break;
          }
          const record = book.stored(entry, recipient);
          // A transaction that names one mailbox twice by the same address is one copy with one reply (Dovecot drops the second RCPT).
          if (!record || claimed.has(record)) break;
          claimed.add(record);
          for (const outcome of inStore(record, entry, { ...common, route: record.host === custody.host ? route : [...route, record.host] })) {
            if (outcome.kind === 'delivered') deliver(outcome, path.unheard);
            else outcomes.push(outcome);
          }
          break;
        }
      }
    }
    for (const [next, originals] of handed) walk(next, { ...path, route, originals });
    for (const child of book.childrenOf(custody.id)) walk(child, { ...path, route, kind: kindOf(child, path.kind), originals: child.custody.receipt ? path.originals : new Map() });
    for (const taken of book.kin.unheard(entry)) {
      const same = custody.recipients.filter((one) => taken.custody.recipients.some((other) => other.original.toLowerCase() === one.address.toLowerCase()));
      // What a killed host made of an address (an alias) may be told by no line of it; of one recipient there is no doubt.
      const recipients = same.length === 0 && custody.recipients.length === 1 ? custody.recipients : same;
      const originals = new Map(recipients.map((one) => [one.address.toLowerCase(), originalOf(one, path.originals)]));
      walk(taken, { ...path, route, originals, unheard: { entry, recipients } });
    }
    for (const made of givenOnByPrograms(book, entry)) walk(made, { ...path, route, originals: new Map() });
    for (const made of sentByStores(book, entry)) {
      const redirected = made.custody.messageId === custody.messageId;
      const taken = custody.recipients
        .filter((one) => one.state.end === 'relayed' && book.stored(entry, one)?.events.some((event) => event.kind === 'store-sent'))
        .map((one) => originalOf(one, path.originals));
      const [only] = taken;
      walk(made, {
        ...path,
        route,
        kind: redirected ? path.kind : 'auto',
        originals: redirected && only !== undefined ? new Map(made.custody.recipients.map((one) => [one.original.toLowerCase(), only])) : new Map(),
      });
    }
  }

  function senderOf(entry: Entry, recipient: Recipient): Unheard {
    const parents = entry.custody.parents.flatMap((id) => book.entries.get(id) ?? []);
    const [parent] = parents;
    const recipients = parents.flatMap((one) => one.custody.recipients.filter((other) => other.address.toLowerCase() === recipient.address.toLowerCase()));
    return { entry: parent ?? entry, recipients };
  }

  function inStore(
    record: StoreRecord,
    entry: Entry,
    common: { to: EnvelopeAddress; original: EnvelopeAddress; message: MessageKind; root: string; route: string[]; custody: CustodyId },
  ): Outcome[] {
    return record.events.flatMap((event): Outcome[] => {
      if (event.kind === 'stored')
        return [
          {
            kind: 'delivered',
            ...common,
            envelopeFrom: entry.custody.from,
            ...named(entry, record),
            place: { mailbox: { host: record.host, user: record.user, folder: event.folder } },
          },
        ];
      if (event.kind === 'store-discarded') return [{ kind: 'discarded', host: record.host, ...common, rule: event.rule }];
      return [];
    });
  }

  /**
   * Copies that a store took although the relay never learned of it: the reply was lost, or its log does not tell the truth. Who handed the
   * message on to another host has not brought it to the store, so those are asked last.
   */
  function unclaimed(): void {
    const entries = closure(book, start ? [start] : []);
    for (const handedOn of [false, true]) for (const entry of entries) unclaimedOf(entry, handedOn);
  }

  function unclaimedOf(entry: Entry, handedOn: boolean): void {
    const { custody } = entry;
    if (custody.messageId === undefined || custody.receipt) return;
    for (const record of book.stores.ofMessage(custody.messageId)) {
      if (claimed.has(record) || !record.events.some((event) => event.kind === 'stored') || isAnothers(record, custody.messageId)) continue;
      const recipient = custody.recipients.find((one) => localPart(record.user) === localPart(one.address));
      if (!recipient || (book.next(entry, recipient) !== undefined) !== handedOn) continue;
      claimed.add(record);
      const lost = book.mayHaveLost(entry, recipient);
      if (!lost) unexplained.push({ entry, record });
      // The other copy tells what the sender called this recipient.
      const other = outcomes.find((one) => one.custody === custody.id && one.to.toLowerCase() === recipient.address.toLowerCase());
      for (const outcome of inStore(record, entry, {
        to: recipient.address,
        original: other?.original ?? recipient.original,
        message: custody.from === '' ? 'bounce' : 'mail',
        root: root.id,
        route: [custody.host, record.host],
        custody: custody.id,
      })) {
        if (outcome.kind === 'delivered') deliver(outcome, lost ? { entry, recipients: [recipient] } : undefined);
        else outcomes.push(outcome);
      }
    }
  }

  /** Another message with this Message-ID brought the copy, or may yet say so. */
  function isAnothers(record: StoreRecord, messageId: string): boolean {
    return book
      .withMessageId(messageId)
      .some(
        (other) =>
          !visited.has(other.custody.id) &&
          !other.custody.receipt &&
          other.custody.recipients.some((one) => book.stored(other, one) === record || (!isFinal(one.state) && localPart(one.address) === localPart(record.user))),
      );
  }
}

/**
 * A copy that was taken while its sender did not hear so may come again: it is indeterminate when it did, or while its
 * sender still has it (RFC 1047). One that came once, to a sender that is done with it, is as certain as any.
 */
function markIndeterminate(outcomes: readonly Outcome[], unheard: ReadonlyMap<Delivered, Unheard>): Outcome[] {
  if (unheard.size === 0) return [...outcomes];
  const groups = Map.groupBy(
    outcomes.flatMap((outcome) => (outcome.kind === 'delivered' ? [outcome] : [])),
    // Wherever it lies: the second may have gone another way, to a machine that took over.
    (copy) => [copy.messageId ?? copy.custody, copy.to.toLowerCase(), copy.original.toLowerCase()].join('\n'),
  );
  const doubtful = new Set<Outcome>();
  for (const copies of groups.values()) {
    const lost = copies.flatMap((copy) => unheard.get(copy) ?? []);
    if (lost.length === 0) continue;
    const mayComeAgain = lost.some(({ entry, recipients }) => !entry.custody.completed || recipients.some((one) => one.state.end === 'failed'));
    if (copies.length > 1 || mayComeAgain) for (const copy of copies) doubtful.add(copy);
  }
  return outcomes.map((outcome) => (doubtful.has(outcome) && outcome.kind === 'delivered' ? { ...outcome, indeterminate: true } : outcome));
}

function named(entry: Entry, record?: StoreRecord): { messageId?: string } {
  const messageId = entry.custody.messageId ?? record?.messageId;
  return messageId === undefined ? {} : { messageId };
}

function kindOf(child: Entry, inherited: MessageKind): MessageKind {
  if (child.custody.cause === 'bounce') return 'bounce';
  if (child.custody.cause === 'delay') return 'delay';
  if (child.custody.cause === 'generated') return 'auto';
  return inherited;
}

function originalOf(recipient: Recipient, originals: ReadonlyMap<string, EnvelopeAddress>): EnvelopeAddress {
  const direct = originals.get(recipient.original.toLowerCase()) ?? originals.get(recipient.address.toLowerCase());
  if (direct !== undefined) return direct;
  const [only, ...more] = originals.values();
  return only !== undefined && more.length === 0 ? only : envelopeAddress(recipient.original);
}
