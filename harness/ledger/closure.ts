import type { Book } from './book.ts';
import { custodyId, type Entry } from './entry.ts';
import { replyQueueId } from './links.ts';
import type { Root } from './types.ts';

/** The custody that a handed-over message began with; undefined until the host's log names it. */
export function rootEntry(book: Book, root: Root): Entry | undefined {
  if (root.custody !== undefined) return book.entries.get(root.custody);
  const queueId = replyQueueId(root.reply);
  if (book.places.passesOn(root.host)) return entryBehind(book, root, queueId);
  if (queueId !== undefined) return book.entries.get(custodyId(root.host, queueId));
  return book.withMessageId(root.messageId).find((entry) => entry.custody.host === root.host && entry.custody.parents.length === 0);
}

/**
 * What a host behind a balancer took: the queue id in the reply is that host's own. Another host may use the same one (Postfix's short
 * ones are numbers of files), for another message, or for this one further on its way; so the Message-ID and the age tell, too.
 */
function entryBehind(book: Book, root: Root, queueId: string | undefined): Entry | undefined {
  if (root.messageId === undefined && queueId === undefined) return undefined;
  const known = root.messageId === undefined ? [...book.entries.values()] : book.withMessageId(root.messageId);
  const taken = known.filter(
    ({ custody }) => custody.receipt === undefined && custody.parents.length === 0 && (queueId === undefined ? custody.cause === 'received' : custody.queueId === queueId),
  );
  // Without a Message-ID nobody could say which of two it is.
  if (root.messageId === undefined && taken.length > 1) return undefined;
  return taken.reduce<Entry | undefined>((first, entry) => (first === undefined || entry.custody.acceptedAt < first.custody.acceptedAt ? entry : first), undefined);
}

/** Every custody that came of these messages, each once, parents before children where they are known. */
export function closure(book: Book, starts: readonly Entry[]): Entry[] {
  const seen = new Set<Entry>(starts);
  for (const entry of seen) {
    for (const child of book.childrenOf(entry.custody.id)) seen.add(child);
    for (const recipient of entry.custody.recipients) {
      const next = book.next(entry, recipient);
      if (next) seen.add(next);
    }
    for (const made of sentByStores(book, entry)) seen.add(made);
    for (const made of givenOnByPrograms(book, entry)) seen.add(made);
    for (const taken of book.kin.unheard(entry)) seen.add(taken);
  }
  return [...seen];
}

/** Messages that a store sent because of this one (Sieve redirect, vacation): they arrive at some host as new ones. */
export function sentByStores(book: Book, entry: Entry): Entry[] {
  const { messageId } = entry.custody;
  if (messageId === undefined || entry.custody.receipt) return [];
  const sent = book.stores.ofMessage(messageId).flatMap((record) => record.events.flatMap((event) => (event.kind === 'store-sent' ? [{ record, event }] : [])));
  if (sent.length === 0) return [];
  return sent.flatMap(({ record, event }) => [...book.entries.values()].filter((other) => isSent(other, entry, record.at, event.what, event.to)));
}

/**
 * What a program that was given this message gave back to its host while it ran (a list behind an alias): the same Message-ID, from a
 * user of the host. The host logs its end after that.
 */
export function givenOnByPrograms(book: Book, entry: Entry): Entry[] {
  const { custody } = entry;
  const ends = custody.recipients.flatMap(({ state }) => (state.end === 'stored' && state.local?.startsWith('|') === true ? [state.at] : []));
  if (ends.length === 0) return [];
  return book
    .withMessageId(custody.messageId)
    .filter(
      (other) =>
        other !== entry &&
        other.custody.host === custody.host &&
        other.custody.receipt === undefined &&
        other.custody.parents.length === 0 &&
        other.custody.client !== undefined &&
        other.custody.client.address === undefined &&
        other.custody.acceptedAt >= custody.acceptedAt &&
        ends.some((at) => other.custody.acceptedAt <= at),
    );
}

function isSent(other: Entry, cause: Entry, at: number, what: 'redirect' | 'auto' | 'reject', to: string): boolean {
  if (other === cause || other.custody.receipt || other.custody.parents.length > 0) return false;
  // The store logs after it has handed the message over, so the arrival is a little older than the line.
  if (Math.abs(other.custody.acceptedAt - at) > 5000) return false;
  const named = other.custody.recipients.some((one) => one.original.toLowerCase() === to.toLowerCase() || one.address.toLowerCase() === to.toLowerCase());
  if (what === 'redirect') return other.custody.messageId === cause.custody.messageId && named;
  // Pigeonhole makes Message-IDs of its own for what it writes itself: `dovecot-sieve-…`.
  return /^dovecot-sieve-/.test(other.custody.messageId ?? '') && named;
}
