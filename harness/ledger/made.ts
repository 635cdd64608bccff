import type { WorldTime } from '../base/index.ts';
import { type Addressed, addressee, type Entry, likeAddress, recipientOf, sameAddress } from './entry.ts';

/**
 * Exim says which message another was made from, not why: failures not yet told of make it a bounce, waiting ones a delay
 * warning. A warning about a full mailbox is made while local deliveries run, as root; notices only when all are over, as Exim's own
 * user (4.96, deliver.c). A filter's reply is told by a line of its own, which comes after it: see `answered`.
 */
export function makeFrom(entry: Entry, parent: Entry): void {
  const { recipients } = parent.custody;
  const warning = entry.custody.client?.address === undefined && entry.custody.client?.name === 'root';
  const untold = !warning && recipients.some((one) => one.state.end === 'failed' && one.state.dsn === undefined);
  entry.custody.cause = untold ? 'bounce' : !warning && recipients.some((one) => one.state.end === 'waiting') ? 'delay' : 'generated';
  parent.made.push(entry);
}

/** A filter has replied: the last message that was made for that address is the reply, and tells of no failure. */
export function answered(entry: Entry, event: Addressed & { rule: string }, at: WorldTime): void {
  const { recipients } = entry.custody;
  // It may have waited under this name.
  entry.custody.recipients = recipients.filter((one) => one.address !== event.to);
  const original = event.original ?? event.to;
  entry.answers.push({ by: event.parents?.[0] ?? original, original, rule: event.rule, at });
  const whom = event.to.slice(1);
  const reply = entry.made.findLast((one) => one.custody.cause !== 'generated' && one.custody.recipients.some((other) => sameAddress(other.original, whom)));
  if (reply) {
    reply.custody.cause = 'generated';
    for (const { state } of entry.custody.recipients) if (state.end === 'failed' && state.dsn === reply.custody.id) delete state.dsn;
  }
  if (entry.custody.completed) endAnswered(entry);
}

/** A recipient whose filter did nothing but reply has its end in that. */
export function endAnswered(entry: Entry): void {
  for (const { by, original, rule, at } of entry.answers) {
    const ended = entry.custody.recipients.some(
      (one) =>
        one.state.end !== 'pending' &&
        likeAddress(one.original, original) &&
        (sameAddress(by, original) || sameAddress(addressee(one), by) || (one.parents ?? []).some((parent) => sameAddress(parent, by))),
    );
    if (!ended) recipientOf(entry, { to: by, original }).state = { end: 'discarded', rule, at };
  }
}
