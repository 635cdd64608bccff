import { type EnvelopeAddress, envelopeAddress, type QueueId, type WorldTime } from '../base/index.ts';
import type { Custody, CustodyId, Recipient, RecipientEnd } from './types.ts';

export interface SeenLine {
  at: WorldTime;
  host: string;
  source: string;
  line: string;
}

/** Where a relayed recipient goes, as far as the final reply says it. */
export type Link =
  | { kind: 'custody'; id: CustodyId }
  | { kind: 'receipt'; id: string }
  | { kind: 'store'; host: string; session: string; user: string }
  | { kind: 'unknown'; host?: string };

/** A reply that a recipient's filter gave: no copy of the message, but an end of it where nothing else was done. */
export interface Answer {
  /** Whose filter it was. */
  by: EnvelopeAddress;
  original: EnvelopeAddress;
  rule: string;
  at: WorldTime;
}

/** A custody with what only the ledger needs to know of it. */
export interface Entry {
  custody: Custody;
  lines: SeenLine[];
  /** The host said that it owns the message; before that it only has a queue id. */
  accepted: boolean;
  /** No line need say that it is done: once a recipient has an end, the queue is asked. */
  quiet?: boolean;
  /** Postfix says when an attempt begins and for how many; `seen` are the recipients that had their line since. */
  attempt?: { count: number; seen: Set<string> };
  links: Map<Recipient, Link>;
  /** Recipients whose address may yet become other ones, since it was not routed. */
  unrouted: Set<Recipient>;
  /** Queue ids of notifications that the host announced. */
  announced: Set<CustodyId>;
  /** No attempt is to be expected until somebody asks for one. */
  held?: string;
  frozen?: string;
  /** All of it was thrown away before its recipients were known. */
  removedBy?: { rule: string; at: WorldTime };
  /** Recipients that a next hop may hold although nobody said so: a final reply was lost (RFC 1047). */
  lost: Set<Recipient>;
  /** Recipients of which a line was due that never came, although its host was asked for it. */
  silent: Set<Recipient>;
  /** Recipients that had no line of their own: their target was merged with another's. */
  merged: EnvelopeAddress[];
  /** Messages that the host made because of this one, in the order in which they came. */
  made: Entry[];
  /** Replies that a recipient's filter gave. */
  answers: Answer[];
  /** The address that each was made from, in lower case, where aliases have lines of their own (Sendmail). */
  madeFrom: Map<string, EnvelopeAddress>;
}

export const custodyId = (host: string, queueId: string): CustodyId => `${host}/${queueId}`;

export function newEntry(host: string, queueId: QueueId, at: WorldTime): Entry {
  const custody: Custody = {
    id: custodyId(host, queueId),
    host,
    queueId,
    from: envelopeAddress(''),
    acceptedAt: at,
    parents: [],
    cause: 'received',
    recipients: [],
    completed: false,
  };
  return {
    custody,
    lines: [],
    accepted: false,
    links: new Map(),
    unrouted: new Set(),
    announced: new Set(),
    lost: new Set(),
    silent: new Set(),
    merged: [],
    made: [],
    answers: [],
    madeFrom: new Map(),
  };
}

const FINAL: ReadonlySet<RecipientEnd['end']> = new Set(['relayed', 'stored', 'failed', 'discarded']);
export const isFinal = (state: RecipientEnd): boolean => FINAL.has(state.end);
/** Local parts are the receiving host's to compare (RFC 5321 section 2.4); logs and envelopes of one message differ in case only by rewriting. */
export const sameAddress = (a: string, b: string): boolean => a === b || unquoted(a) === unquoted(b);

/** A quoted local part means what stands in it (RFC 5321 section 4.1.2): servers write it with quotes or without (Postfix takes needless ones off, and puts missing ones on). */
function unquoted(address: string): string {
  const plain = /["\\]/.test(address) ? address.replace(/^"((?:[^"\\]|\\.)*)"(?=@|$)/s, '$1').replace(/\\(.)/gs, '$1') : address;
  return plain.toLowerCase();
}

/** `alice` in a log means `alice@` some local domain. */
export const likeAddress = (a: string, b: string): boolean =>
  sameAddress(a, b) || (!a.includes('@') && sameAddress(a, b.split('@')[0] ?? '')) || (!b.includes('@') && sameAddress(b, a.split('@')[0] ?? ''));

/** Recipients of the last attempt have no line yet, as far as the host said how many there are (Postfix). */
export const awaitsLines = ({ attempt, removedBy, silent }: Entry): boolean => attempt !== undefined && removedBy === undefined && attempt.seen.size + silent.size < attempt.count;

/** The recipients that a sender named; they give way to what the host makes of them. */
export function addPlaceholders(entry: Entry, addresses: readonly EnvelopeAddress[]): void {
  for (const address of addresses) {
    if (entry.custody.completed && entry.custody.recipients.length > 0) return;
    if (entry.custody.recipients.some((known) => likeAddress(known.original, address) || likeAddress(known.address, address))) continue;
    const state: RecipientEnd = entry.removedBy
      ? { end: 'discarded', rule: entry.removedBy.rule, at: entry.removedBy.at }
      : entry.held !== undefined
        ? { end: 'waiting', since: entry.custody.acceptedAt, reason: entry.held }
        : { end: 'pending' };
    entry.custody.recipients.push({ address, original: address, state, attempts: [] });
  }
}

/** What a line says of a recipient's address. */
export interface Addressed {
  to: EnvelopeAddress;
  original?: EnvelopeAddress;
  parents?: readonly EnvelopeAddress[];
}

/** The line of a recipient with the addresses that it came of, as far as lines before it told of aliases. */
export function withOrigin<Line extends Addressed>({ madeFrom }: Entry, line: Line): Line {
  const chain: EnvelopeAddress[] = [];
  for (let parent = madeFrom.get(line.to.toLowerCase()); parent !== undefined && !chain.includes(parent); parent = madeFrom.get(parent.toLowerCase())) chain.push(parent);
  const original = chain.pop();
  return original === undefined ? line : { ...line, original, ...(chain.length > 0 ? { parents: chain } : {}) };
}

const FILE_OR_COMMAND = /^(?:[|/>]|save )/;

/** Whom a copy is for: a file or a command is that of the address that it was made from. */
export function addressee({ address, original, parents }: Pick<Recipient, 'address' | 'original' | 'parents'>): EnvelopeAddress {
  return FILE_OR_COMMAND.test(address) ? (parents?.[0] ?? original) : address;
}

/** The recipient that a line is about; takes the place of the one it was made from when that one had no end of its own. */
export function recipientOf(entry: Entry, { to, original, parents }: Addressed): Recipient {
  const recipient = placeFor(entry, to, original);
  if (parents !== undefined) recipient.parents = [...parents];
  return recipient;
}

/**
 * The recipient of a local delivery. Two addresses of one name (`alice`, `alice+x`) are logged alike, each with its own line: a second
 * line is a second copy.
 */
export function localRecipientOf(entry: Entry, line: Addressed): Recipient {
  const known = recipientOf(entry, line);
  if (known.state.end !== 'stored') return known;
  const again: Recipient = { ...known, state: { end: 'pending' }, attempts: [] };
  entry.custody.recipients.push(again);
  return again;
}

function placeFor(entry: Entry, address: EnvelopeAddress, original: EnvelopeAddress | undefined): Recipient {
  const { recipients } = entry.custody;
  const from = original ?? address;
  const exact = recipients.find((known) => sameAddress(known.address, address) && likeAddress(known.original, from));
  if (exact) return exact;
  const source =
    recipients.find((known) => known.state.end === 'waiting' && likeAddress(known.original, from) && isLaterPath(known.address, address)) ??
    recipients.find(
      (known) =>
        sameAddress(known.address, known.original) &&
        likeAddress(known.original, from) &&
        (known.state.end === 'pending' || entry.unrouted.has(known)) &&
        known.attempts.every((attempt) => attempt.result === 'deferred'),
    );
  if (source) {
    entry.unrouted.delete(source);
    source.address = address;
    return source;
  }
  const sibling = recipients.find((known) => likeAddress(known.original, from));
  const made: Recipient = { address, original: sibling?.original ?? from, state: { end: 'pending' }, attempts: [] };
  recipients.push(made);
  return made;
}

/** Exim calls a file whose path its transport makes `save NAME` until the transport has run, and by its path afterwards (4.96, deliver.c). */
function isLaterPath(before: string, now: string): boolean {
  if (!before.startsWith('save ') || !now.startsWith('/')) return false;
  const name = before.slice('save '.length);
  return name.toLowerCase() === 'inbox' ? !/\/\.[^/]+\/?$/.test(now) : now.replace(/\/$/, '').endsWith(name);
}

/** What waits because of an address that is put off as a whole: the host looks at it again before at anything made from it. */
export const waitingFor = (entry: Entry, { to, original }: Addressed): Recipient[] =>
  entry.custody.recipients.filter(
    (one) =>
      one.state.end === 'waiting' &&
      !sameAddress(one.address, to) &&
      (original === undefined ? sameAddress(one.original, to) : likeAddress(one.original, original) && (one.parents ?? []).some((parent) => sameAddress(parent, to))),
  );
