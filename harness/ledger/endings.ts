import type { WorldTime } from '../base/index.ts';
import { type Addressed, awaitsLines, type Entry, isFinal, likeAddress, waitingFor } from './entry.ts';
import { endAnswered } from './made.ts';
import type { MailEventBody } from './types.ts';

type Deferral = Extract<MailEventBody, { kind: 'deferred' }>;

/** It was thrown away as a whole. Exim says `Completed` afterwards; Postfix has nothing more to say. */
export function removed(entry: Entry, rule: string, at: WorldTime): void {
  for (const recipient of entry.custody.recipients) if (!isFinal(recipient.state)) recipient.state = { end: 'discarded', rule, at };
  if (entry.custody.recipients.length === 0) entry.removedBy = { rule, at };
  entry.custody.completed = true;
}

/** The host has closed the message. */
export function completed(entry: Entry): void {
  const { custody } = entry;
  custody.completed = true;
  entry.accepted = true;
  // Postfix's daemons log side by side: the last lines of recipients may come after the one that closes the message.
  if (awaitsLines(entry)) return;
  endAnswered(entry);
  // Two addresses that lead to one target get one delivery and one line: the others end with it.
  const ended = custody.recipients.some((one) => isFinal(one.state));
  if (!ended) return;
  for (const open of custody.recipients.filter(
    (one) =>
      one.state.end === 'pending' ||
      (one.state.end === 'waiting' && custody.recipients.some((other) => other !== one && likeAddress(other.original, one.original) && isFinal(other.state))),
  )) {
    entry.merged.push(open.address);
    custody.recipients.splice(custody.recipients.indexOf(open), 1);
  }
}

/** @returns true when the line is about all that waits because of an address, and has been taken in as that */
export function putOffWithParent(entry: Entry, event: Deferral & Addressed & { at: WorldTime }): boolean {
  const waiting = event.routing ? waitingFor(entry, event) : [];
  for (const one of waiting) {
    one.attempts.push({ at: event.at, result: 'deferred', text: event.reason });
    if (event.attempted && one.state.end === 'waiting') one.state = { ...one.state, reason: event.reason };
  }
  return waiting.length > 0;
}
