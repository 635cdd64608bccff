import { formatDuration, type Look, type WorldTime } from '../base/index.ts';
import type { Book } from './book.ts';
import { closure, rootEntry } from './closure.ts';
import { awaitsLines, type Entry, isFinal } from './entry.ts';
import type { Recipient, Root } from './types.ts';

/** What is settled as far as events tell; `doubtful` ones wait in a queue, which has to be asked whether that is still so. */
export interface Standing {
  entries: Entry[];
  doubtful: Entry[];
}

/** A line that must have been written by now and has not come in: its host can be asked for it. */
export interface Overdue {
  entry: Entry;
  recipient: Recipient;
  host: string;
}

/** What keeps a custody from being over or at rest, as a sentence. */
interface OpenEnd {
  text: string;
  overdue?: Overdue;
}

/** Met when no copy is on its way any more, as far as the events tell. */
export function lookAt(book: Book, roots: readonly Root[], now: WorldTime): Look<Standing> {
  const { entries, unnamed } = entriesOf(book, roots);
  if (unnamed !== undefined) return { met: false, missing: unnamed };
  const doubtful: Entry[] = [];
  for (const entry of entries) {
    const open = openEnd(book, entry, now, notifies(book, entry, roots));
    if (open !== undefined) return { met: false, missing: open.text };
    if (!entry.custody.completed) doubtful.push(entry);
  }
  return { met: true, value: { entries, doubtful } };
}

/** Lines that are due now; nothing else keeps these custodies open. */
export function overdueOf(book: Book, roots: readonly Root[], now: WorldTime): Overdue[] {
  return entriesOf(book, roots).entries.flatMap((entry) => openEnd(book, entry, now, notifies(book, entry, roots))?.overdue ?? []);
}

function entriesOf(book: Book, roots: readonly Root[]): { entries: Entry[]; unnamed?: string } {
  const starts: Entry[] = [];
  for (const root of roots) {
    const entry = rootEntry(book, root);
    if (entry !== undefined) starts.push(entry);
    else if (book.outages.downBecause(root.host) === undefined) return { entries: [], unnamed: unnamedText(root) };
  }
  return { entries: closure(book, starts) };
}

const unnamedText = ({ host, reply, messageId }: Root): string =>
  reply === '' ? `${host} was given <${messageId ?? ''}>, but its log has not named the message yet` : `${host} answered "${reply}" but its log has not named the message yet`;

/** false when the sender of this message asked that no failure be reported (RFC 3461 section 4.1). */
export function notifies(book: Book, entry: Entry, roots: readonly Root[]): boolean {
  return !roots.some(
    (root) => root.notify !== undefined && !root.notify.some((word) => word.toLowerCase() === 'failure') && root.from === entry.custody.from && owns(book, root, entry),
  );
}

function owns(book: Book, root: Root, entry: Entry): boolean {
  const start = rootEntry(book, root);
  return start !== undefined && (start === entry || closure(book, [start]).includes(entry));
}

function openEnd(book: Book, entry: Entry, now: WorldTime, notified: boolean): OpenEnd | undefined {
  const { custody } = entry;
  const ago = `accepted ${formatDuration(Math.max(0, now - custody.acceptedAt))} ago`;
  // Nothing moves on a host that is down; what it holds waits there.
  const down = book.outages.downBecause(custody.host) !== undefined;
  if (!entry.accepted && !custody.completed && !down) {
    const from = custody.parents[0];
    return {
      text:
        from === undefined
          ? `${custody.id} has not been taken over by ${custody.host} yet`
          : `${custody.id}, which came of ${from}, has not been seen in the log of ${custody.host} yet`,
    };
  }
  if (!custody.completed && custody.recipients.length === 0 && !down) return { text: `${custody.id}: no recipient has an outcome yet (${ago})` };
  // Its last line may have been written: the queue knows.
  const ended = entry.quiet === true && !custody.completed && !down ? custody.recipients.find((one) => isFinal(one.state)) : undefined;
  if (ended !== undefined && custody.recipients.every((one) => one.state.end !== 'waiting'))
    return {
      text: `${custody.id}: ${ended.address} has an end, but ${custody.host} has not said yet whether the message is done (${ago})`,
      overdue: { entry, recipient: ended, host: custody.host },
    };
  for (const recipient of custody.recipients) {
    const open = openRecipient(book, entry, recipient, { down, notified, ago });
    if (open !== undefined) return open;
  }
  // A host that went down meanwhile may never say that it closed the message: its queue tells.
  if (down || custody.completed || book.outages.since(custody.host, custody.acceptedAt)) return undefined;
  if (custody.recipients.every((one) => isFinal(one.state)))
    return { text: `${custody.id}: all recipients have an end, but ${custody.host} has not closed the message yet (${ago})` };
  if (awaitsLines(entry) && entry.attempt && entry.held === undefined)
    return { text: `${custody.id}: ${entry.attempt.count - entry.attempt.seen.size} of ${entry.attempt.count} recipients have no line of the last attempt yet (${ago})` };
  return undefined;
}

/** The attempt is over: a notice of what failed in it is made now or never. */
const resting = (entry: Entry): boolean => entry.custody.completed || (!awaitsLines(entry) && entry.custody.recipients.every((one) => one.state.end !== 'pending'));

function openRecipient(book: Book, entry: Entry, recipient: Recipient, { down, notified, ago }: { down: boolean; notified: boolean; ago: string }): OpenEnd | undefined {
  const { custody } = entry;
  const { state } = recipient;
  const silent = entry.silent.has(recipient);
  const own = { entry, recipient, host: custody.host };
  switch (state.end) {
    case 'pending':
      // Where the host went down after it took the message, its queue tells what is still to come.
      if (down || (!custody.completed && entry.accepted && book.outages.since(custody.host, custody.acceptedAt))) return undefined;
      if (!custody.completed) return { text: `${custody.id}: ${recipient.address} is still on its way (${ago})` };
      return awaitsLines(entry) && !silent
        ? { text: `${custody.host} has closed ${custody.id}, but what became of ${recipient.address} has not come in yet`, overdue: own }
        : undefined;
    case 'failed':
      if (down || silent || state.dsn !== undefined || state.untold !== undefined || custody.from === '' || !notified) return undefined;
      // Postfix's bounce(8) logs beside qmgr(8): the notice may come in after the line that closes the message.
      return { text: `${custody.id}: ${recipient.address} failed, and its sender ${custody.from} has not been told yet`, ...(resting(entry) ? { overdue: own } : {}) };
    case 'relayed': {
      const link = entry.links.get(recipient);
      if (link?.kind === 'receipt' && !book.receipt(link.id))
        return { text: `${custody.id}: ${state.next} answered "queued as ${link.id}" for ${recipient.address}, but the receipt has not come in yet` };
      if (link?.kind === 'store' && !silent && !book.stored(entry, recipient) && book.outages.downBecause(link.host) === undefined)
        return {
          text: `${custody.id}: ${link.host} answered Saved for ${recipient.address} (session ${link.session}), but has not logged where it put it yet`,
          overdue: { entry, recipient, host: link.host },
        };
      return undefined;
    }
    default:
      return undefined;
  }
}
