import { messageOf } from '../base/index.ts';
import type { TranscriptLine } from '../internet/index.ts';
import { type Outcome, settle, type Trace } from '../ledger/index.ts';
import { startScenario } from '../scenario/index.ts';
import type { WorldModel } from '../world/index.ts';
import type { Desk } from './instances.ts';
import { stepOf } from './step.ts';

/** Guards against a message that never comes to rest; milliseconds. */
const DEADLINE_MS = 120_000;

/** What was said when a message was handed over from the desk. */
export interface Sent {
  transcript: TranscriptLine[];
  /** Recipients that were not taken, with the reply. */
  refused: string[];
  /** Why it could not be handed over. */
  trouble?: string;
  /** Names of the message in the ledger; none when nobody took it. */
  roots: string[];
}

/** A message, and what became of it. */
export interface Followed extends Omit<Sent, 'roots'> {
  outcomes: Outcome[];
  traces: Trace[];
  /** All of it is delivered, and nothing else came of it. */
  delivered: boolean;
}

/** Who writes from outside unless told. */
export const stranger = (model: WorldModel): string => `postmaster@${model.clients[0]?.name ?? 'sender.test'}`;

/**
 * The desk sends as a scenario does: one verb, one implementation.
 * @param value of the verb, as a scenario has it
 * @throws InputError for a value that the verb does not take
 */
export async function sendFromDesk({ world, ledger }: Desk, verb: 'send' | 'submit', value: object): Promise<Sent> {
  const { scenario, example } = stepOf(world.model, verb, value);
  const before = new Set(ledger.roots().map((root) => root.id));
  const session = await startScenario(world, ledger, scenario, example);
  const trouble = await session.step(0).then(() => undefined, messageOf);
  const { record } = await session.close({ leaveMail: true });
  const replies = record.observation.replies.flatMap((one) => one.replies);
  return {
    transcript: record.steps.flatMap((step) => step.transcript ?? []),
    refused: replies
      .filter(({ to, code }) => to.startsWith('RCPT TO:') && code >= 400)
      .map(({ to, code, enhanced, text }) => ['refused:', to.slice('RCPT TO:'.length), code, enhanced, text].filter((part) => part !== undefined).join(' ')),
    ...(trouble === undefined ? {} : { trouble }),
    roots: ledger.roots().flatMap(({ id }) => (before.has(id) ? [] : [id])),
  };
}

/** Follows a message until it has come to rest. @throws MailproofError DEADLINE with what is not at rest */
export async function followed({ world, ledger }: Desk, { roots, ...sent }: Sent): Promise<Followed> {
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
