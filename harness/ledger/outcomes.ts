import { type EnvelopeAddress, envelopeAddress } from '../base/index.ts';
import type { Book } from './book.ts';
import { closure, rootEntry, sentByStores } from './closure.ts';
import { type Entry, likeAddress } from './entry.ts';
import type { StoreRecord } from './stores.ts';
import type { CustodyId, MessageKind, Outcome, Recipient, Root } from './types.ts';

interface Path {
  root: Root;
  kind: MessageKind;
  route: string[];
  /** What the sender's recipient was, for each recipient that the previous host handed over. */
  originals: ReadonlyMap<string, EnvelopeAddress>;
}

/** How every copy of a message ended, or where it waits. */
export function outcomesOf(book: Book, root: Root): Outcome[] {
  const start = rootEntry(book, root);
  if (!start) return [];
  const outcomes: Outcome[] = [];
  const claimed = new Set<StoreRecord>();
  const visited = new Set<CustodyId>();
  // The harness hands over notifications itself for the verb `bounce`: a null reverse-path is one (RFC 5321 section 4.5.5).
  walk(start, { root, kind: root.from === '' ? 'bounce' : 'mail', route: [], originals: new Map() });
  unclaimed();
  return outcomes;

  function walk(entry: Entry, path: Path): void {
    const { custody } = entry;
    if (visited.has(custody.id)) return;
    visited.add(custody.id);
    const route = path.route.at(-1) === custody.host ? path.route : [...path.route, custody.host];
    const handed = new Map<Entry, Map<string, EnvelopeAddress>>();
    for (const recipient of custody.recipients) {
      const original = originalOf(recipient, path.originals);
      const common = { to: recipient.address, original, message: path.kind, root: root.id, route, custody: custody.id };
      const { state } = recipient;
      const lost = custody.indeterminate === true ? { indeterminate: true } : {};
      switch (state.end) {
        case 'pending':
          break;
        case 'waiting':
          outcomes.push({
            kind: 'queued',
            host: custody.host,
            ...common,
            envelopeFrom: custody.from,
            reason: state.reason,
            ...(state.nextTry === undefined ? {} : { nextTry: state.nextTry }),
            frozen: state.frozen === true,
          });
          break;
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
        case 'stored':
          outcomes.push({
            kind: 'delivered',
            ...common,
            envelopeFrom: custody.from,
            ...named(entry),
            place: custody.receipt ? { outside: { party: custody.host, receipt: custody.receipt } } : { local: { host: custody.host, what: state.local ?? '' } },
            ...lost,
          });
          break;
        case 'relayed': {
          const next = book.next(entry, recipient);
          if (next) {
            const originals = handed.get(next) ?? new Map<string, EnvelopeAddress>();
            originals.set(recipient.address.toLowerCase(), original);
            handed.set(next, originals);
            break;
          }
          const record = book.stored(entry, recipient);
          if (record) {
            claimed.add(record);
            outcomes.push(...inStore(record, entry, { ...common, route: record.host === custody.host ? route : [...route, record.host] }));
          }
          break;
        }
      }
    }
    for (const [next, originals] of handed) walk(next, { ...path, route, originals });
    for (const child of book.childrenOf(custody.id)) walk(child, { ...path, route, kind: kindOf(child, path.kind), originals: child.custody.receipt ? path.originals : new Map() });
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
            ...named(entry),
            place: { mailbox: { host: record.host, user: record.user, folder: event.folder } },
            ...(entry.custody.indeterminate === true ? { indeterminate: true } : {}),
          },
        ];
      if (event.kind === 'store-discarded') return [{ kind: 'discarded', host: record.host, ...common, rule: event.rule }];
      return [];
    });
  }

  /** Copies that a store took although the relay never learned of it: the reply was lost, so the relay tries again. */
  function unclaimed(): void {
    for (const entry of closure(book, start ? [start] : [])) {
      const { messageId } = entry.custody;
      if (messageId === undefined || entry.custody.receipt) continue;
      for (const record of book.stores.ofMessage(messageId)) {
        if (claimed.has(record)) continue;
        const recipient = entry.custody.recipients.find((one) => likeAddress(record.user, one.address));
        if (!recipient || !record.events.some((event) => event.kind === 'stored')) continue;
        claimed.add(record);
        outcomes.push(
          ...inStore(record, entry, {
            to: recipient.address,
            original: recipient.original,
            message: entry.custody.from === '' ? 'bounce' : 'mail',
            root: root.id,
            route: [entry.custody.host, record.host],
            custody: entry.custody.id,
          }).map((outcome) => (outcome.kind === 'delivered' ? { ...outcome, indeterminate: true } : outcome)),
        );
      }
    }
  }
}

const named = (entry: Entry): { messageId?: string } => (entry.custody.messageId === undefined ? {} : { messageId: entry.custody.messageId });

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
