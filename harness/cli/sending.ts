import { type Outcome, settle, type Trace } from '../ledger/index.ts';
import type { Sent } from '../scenario/index.ts';
import type { WorldModel } from '../world/index.ts';
import type { Desk } from './instances.ts';

/** Guards against a message that never comes to rest; milliseconds. */
const DEADLINE_MS = 120_000;

/** A message, and what became of it. */
export interface Followed extends Omit<Sent, 'roots' | 'messages' | 'raw'> {
  outcomes: Outcome[];
  traces: Trace[];
  /** All of it is delivered, and nothing else came of it. */
  delivered: boolean;
}

/** Who writes from outside unless told. */
export const stranger = (model: WorldModel): string => `postmaster@${model.clients[0]?.name ?? 'sender.test'}`;

/** Follows a message until it has come to rest. @throws MailproofError DEADLINE with what is not at rest */
export async function followed({ world, ledger }: Desk, { roots, messages: _messages, raw: _raw, ...sent }: Sent): Promise<Followed> {
  const outcomes = await settle({ ledger, hub: world.hub, roots, deadlineMs: DEADLINE_MS });
  const delivered =
    sent.trouble === undefined && sent.refused.length === 0 && outcomes.length > 0 && outcomes.every((outcome) => outcome.kind === 'delivered' && outcome.message === 'mail');
  return { ...sent, outcomes, traces: roots.flatMap((root) => ledger.trace(root)), delivered };
}

/** One end of a message in words. */
export function tellOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'delivered': {
      const { place } = outcome;
      const where =
        'mailbox' in place
          ? `${place.mailbox.user}'s ${place.mailbox.folder} on ${place.mailbox.host}`
          : 'outside' in place
            ? place.outside.party
            : `${place.local.what} on ${place.local.host}`;
      return `${outcome.message === 'mail' ? 'delivered' : `${outcome.message} delivered`}: ${outcome.to} in ${where}`;
    }
    case 'queued':
      return `waits on ${outcome.host}: ${outcome.to}: ${outcome.reason}${outcome.nextTry === undefined ? '' : `, next try ${new Date(outcome.nextTry).toISOString()}`}`;
    case 'discarded':
      return `discarded by ${outcome.host}: ${outcome.to}: ${outcome.rule}`;
    case 'failed':
      return `failed on ${outcome.host}: ${outcome.to}: ${outcome.reason}`;
  }
}
