import { formatDuration, type Look, type WorldTime } from '../base/index.ts';
import type { Book } from './book.ts';
import { closure, rootEntry } from './closure.ts';
import { type Entry, isFinal } from './entry.ts';
import type { Root } from './types.ts';

/** What is settled as far as events tell; `doubtful` ones wait in a queue, which has to be asked whether that is still so. */
export interface Standing {
  entries: Entry[];
  doubtful: Entry[];
}

/** Met when no copy is on its way any more, as far as the events tell. */
export function lookAt(book: Book, roots: readonly Root[], now: WorldTime): Look<Standing> {
  const starts: Entry[] = [];
  for (const root of roots) {
    const entry = rootEntry(book, root);
    if (entry === undefined) return missing(`${root.host} answered "${root.reply}" but its log has not named the message yet`);
    starts.push(entry);
  }
  const entries = closure(book, starts);
  const doubtful: Entry[] = [];
  for (const entry of entries) {
    const what = openEnd(book, entry, now);
    if (what !== undefined) return missing(what);
    if (!entry.custody.completed) doubtful.push(entry);
  }
  return { met: true, value: { entries, doubtful } };
}

const missing = (text: string): { met: false; missing: string } => ({ met: false, missing: text });

/** What keeps this custody from being over or at rest, as a sentence. */
function openEnd(book: Book, entry: Entry, now: WorldTime): string | undefined {
  const { custody } = entry;
  const ago = `accepted ${formatDuration(Math.max(0, now - custody.acceptedAt))} ago`;
  if (!entry.accepted && !custody.completed) {
    const from = custody.parents[0];
    return from === undefined
      ? `${custody.id} has not been taken over by ${custody.host} yet`
      : `${custody.id}, which came of ${from}, has not been seen in the log of ${custody.host} yet`;
  }
  if (!custody.completed && custody.recipients.length === 0) return `${custody.id}: no recipient has an outcome yet (${ago})`;
  for (const recipient of custody.recipients) {
    const { state } = recipient;
    if (state.end === 'pending' && !custody.completed) return `${custody.id}: ${recipient.address} is still on its way (${ago})`;
    if (state.end !== 'relayed') continue;
    const link = entry.links.get(recipient);
    if (link?.kind === 'receipt' && !book.receipt(link.id))
      return `${custody.id}: ${state.next} answered "queued as ${link.id}" for ${recipient.address}, but the receipt has not come in yet`;
    if (link?.kind === 'store' && !book.stored(entry, recipient) && !entry.unstored?.has(recipient))
      return `${custody.id}: ${link.host} answered Saved for ${recipient.address} (session ${link.session}), but has not logged where it put it yet`;
  }
  if (!custody.completed && custody.recipients.every((one) => isFinal(one.state)))
    return `${custody.id}: all recipients have an end, but ${custody.host} has not closed the message yet (${ago})`;
  if (!custody.completed && entry.attempt && entry.attempt.seen.size < entry.attempt.count && entry.held === undefined) {
    return `${custody.id}: ${entry.attempt.count - entry.attempt.seen.size} of ${entry.attempt.count} recipients have no line of the last attempt yet (${ago})`;
  }
  return undefined;
}

/** Recipients whose store said Saved and logged nothing. */
export function silentStores(book: Book, entries: readonly Entry[]): { entry: Entry; host: string; recipient: Entry['custody']['recipients'][number] }[] {
  return entries.flatMap((entry) =>
    entry.custody.recipients.flatMap((recipient) => {
      const link = entry.links.get(recipient);
      return recipient.state.end === 'relayed' && link?.kind === 'store' && !book.stored(entry, recipient) ? [{ entry, host: link.host, recipient }] : [];
    }),
  );
}
