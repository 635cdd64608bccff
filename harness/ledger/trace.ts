import { formatDuration, type WorldTime } from '../base/index.ts';
import type { TranscriptLine, WorldEventOf } from '../internet/index.ts';
import type { Book } from './book.ts';
import { closure, rootEntry } from './closure.ts';
import { type Entry, sameAddress } from './entry.ts';
import type { RecipientEnd, Root, Trace } from './types.ts';

/** Every message that `what` names (`last`: the one that came in last), each with its whole way. */
export function traceOf(book: Book, roots: readonly Root[], what: string, transcripts: readonly (WorldEventOf<'transcript'> & { lines: TranscriptLine[] })[]): Trace[] {
  const wanted = what.trim().replace(/^<(.*)>$/, '$1');
  const root = roots.find((one) => one.id === wanted);
  const accepted = [...book.entries.values()].filter((entry) => entry.accepted);
  const hits = root ? [rootEntry(book, root)].flatMap((entry) => entry ?? []) : wanted === 'last' ? newest(accepted) : accepted.filter((entry) => names(entry, wanted));
  const starts = new Set(hits.map((entry) => beginning(book, entry)));
  return [...starts].map((start) => journeyOf(book, roots, start, transcripts));
}

/** The whole way of the message that began with this custody. */
export function journeyOf(book: Book, roots: readonly Root[], start: Entry, transcripts: readonly (WorldEventOf<'transcript'> & { lines: TranscriptLine[] })[]): Trace {
  const owner = roots.find((one) => rootEntry(book, one) === start);
  const entries = closure(book, [start]).sort((a, b) => a.custody.acceptedAt - b.custody.acceptedAt);
  const sessions = transcripts.filter((one) =>
    entries.some(
      (entry) =>
        entry.custody.receipt?.client === one.client && one.lines.some((line) => entry.custody.messageId !== undefined && line.text.includes(entry.custody.receipt?.id ?? '\0')),
    ),
  );
  return {
    root: owner?.id ?? start.custody.id,
    ...(start.custody.messageId === undefined ? {} : { messageId: start.custody.messageId }),
    hops: entries.map((entry) => hop(book, entry)),
    ...(sessions.length === 0 ? {} : { transcripts: sessions.map((one) => ({ with: one.party, lines: one.lines })) }),
  };
}

/** What a server makes of a message (a bounce, a copy) is a part of that one's way. */
function newest(accepted: readonly Entry[]): Entry[] {
  const received = accepted.filter((entry) => entry.custody.parents.length === 0);
  return received.length === 0 ? [] : [received.reduce((last, one) => (one.custody.acceptedAt >= last.custody.acceptedAt ? one : last))];
}

function names(entry: Entry, what: string): boolean {
  const { custody } = entry;
  return (
    custody.id === what ||
    custody.queueId === what ||
    custody.messageId === what ||
    sameAddress(custody.from, what) ||
    custody.recipients.some((one) => sameAddress(one.address, what) || sameAddress(one.original, what))
  );
}

/** Where a copy came from, as far as hosts' logs tie it to others. */
export function beginning(book: Book, entry: Entry): Entry {
  const seen = new Set<Entry>();
  let at = entry;
  while (!seen.has(at)) {
    seen.add(at);
    const parent = at.custody.parents.map((id) => book.entries.get(id)).find((one) => one !== undefined);
    if (parent) at = parent;
  }
  return at;
}

function hop(book: Book, entry: Entry): Trace['hops'][number] {
  const { custody } = entry;
  const client = custody.client && [custody.client.name, custody.client.address && `[${custody.client.address}]`].filter(Boolean).join(' ');
  const storeLines = custody.recipients.flatMap((recipient) => book.stored(entry, recipient)?.lines ?? []);
  return {
    custody: custody.id,
    host: custody.host,
    queueId: custody.queueId,
    at: custody.acceptedAt,
    from: custody.from,
    ...(client ? { client } : {}),
    cause: custody.cause,
    recipients: custody.recipients.map((recipient) => ({ address: recipient.address, original: recipient.original, state: endOf(book, entry, recipient) })),
    parents: custody.parents,
    lines: [...entry.lines, ...storeLines].sort((a, b) => a.at - b.at).map(({ at, host, source, line }) => ({ at, host, source, line })),
  };
}

/** A recipient that a store took over is stored, not merely relayed. */
export function endOf(book: Book, entry: Entry, recipient: Entry['custody']['recipients'][number]): RecipientEnd {
  const record = recipient.state.end === 'relayed' ? book.stored(entry, recipient) : undefined;
  const [first, ...also] = record?.events.flatMap((event) => (event.kind === 'stored' ? [event] : [])) ?? [];
  const mailbox = book.mailboxes.placeOf(recipient);
  if (mailbox !== undefined && recipient.state.end === 'stored') return { ...recipient.state, ...mailbox };
  if (!record || !first) return recipient.state;
  return {
    end: 'stored',
    host: record.host,
    user: record.user,
    folder: first.folder,
    at: record.at,
    ...(also.length === 0 ? {} : { also: also.map(({ user, folder }) => ({ user, folder })) }),
  };
}

/** A state as a few words: `stored in store:alice/INBOX`, `waits until …: 451 4.7.1 …`. */
export function describeEnd(state: RecipientEnd): string {
  switch (state.end) {
    case 'pending':
      return 'on its way';
    case 'waiting':
      return `${state.frozen ? 'frozen' : 'waits'}${state.nextTry === undefined ? '' : `, next try ${clock(state.nextTry)}`}: ${state.reason}`;
    case 'relayed':
      return `to ${state.child ?? state.next}: ${state.reply}`;
    case 'stored':
      return state.user === undefined
        ? `delivered on ${state.host}${state.local === undefined ? '' : `: ${state.local}`}`
        : `stored in ${[{ user: state.user, folder: state.folder ?? '' }, ...(state.also ?? [])].map((one) => `${state.host}:${one.user}/${one.folder}`).join(' and ')}`;
    case 'failed':
      return `failed: ${state.reason}${state.dsn !== undefined ? ` (sender told by ${state.dsn})` : state.untold === undefined ? '' : ` (sender not told: ${state.untold})`}`;
    case 'discarded':
      return `discarded: ${state.rule}`;
  }
}

const clock = (at: WorldTime): string => new Date(at).toISOString().replace('T', ' ').replace('Z', '');

/** One message's way as a table for people: a line per hop with world time and delay, its recipients, its log lines. */
export function renderTrace(trace: Trace, { lines = true }: { lines?: boolean } = {}): string {
  const began = trace.hops[0]?.at;
  const out = [`message ${trace.root}${trace.messageId === undefined ? '' : `  <${trace.messageId}>`}`];
  for (const hop of trace.hops) {
    const delay = began === undefined || hop.at === began ? '' : `  +${formatDuration(hop.at - began)}`;
    const why = hop.cause === 'received' ? '' : `  ${hop.cause}${hop.parents[0] === undefined ? '' : ` for ${hop.parents[0]}`}`;
    out.push(`${clock(hop.at)}${delay}  ${hop.custody}  from <${hop.from}>${hop.client === undefined ? '' : ` by ${hop.client}`}${why}`);
    for (const recipient of hop.recipients)
      out.push(`    ${recipient.address}${recipient.original === recipient.address ? '' : ` (${recipient.original})`}  ${describeEnd(recipient.state)}`);
    if (lines) for (const line of hop.lines) out.push(`      | ${line.line}`);
  }
  return out.join('\n');
}
