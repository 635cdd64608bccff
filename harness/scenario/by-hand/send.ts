import { messageOf } from '../../base/index.ts';
import type { HandedOver, TranscriptLine } from '../../internet/index.ts';
import type { Ledger } from '../../ledger/index.ts';
import type { World } from '../../world/index.ts';
import { startScenario } from '../session.ts';
import { noted } from './journal.ts';
import { stepOf } from './step-of.ts';

/** What was said when a message was handed over by hand. */
export interface Sent {
  transcript: TranscriptLine[];
  /** Recipients that were not taken, with the reply. */
  refused: string[];
  /** Why it could not be handed over. */
  trouble?: string;
  /** What was handed over, and what was said to it: none where that could not be done. */
  messages: HandedOver[];
  /** Names of the message in the ledger; none when nobody took it, as far as is known. */
  roots: string[];
  /** Hosts that did not answer the final dot, and whose logs do not say whether they took it. */
  silentHosts: string[];
  /** The last message as it was handed over. */
  raw?: Buffer;
}

/**
 * By hand a message is sent as a scenario does: one verb, one implementation. It is noted in the world's journal.
 * @param value of the verb, as a scenario has it
 * @throws InputError for a value that the verb does not take
 */
export async function sendByHand({ world, ledger }: { world: World; ledger: Ledger }, verb: 'send' | 'submit', value: object): Promise<Sent> {
  const { scenario, example } = stepOf(world.model, verb, value);
  const { trouble, record, roots, silentHosts, messages, raw } = await noted(
    world,
    { verb, value },
    async () => {
      const session = await startScenario(world, ledger, scenario, example);
      const why = await session.step(0).then(() => undefined, messageOf);
      return {
        trouble: why,
        messages: session.handedOver(),
        roots: session.roots(),
        silentHosts: session.silentHosts(),
        raw: session.sent.at(-1)?.raw,
        ...(await session.close({ leaveMail: true })),
      };
    },
    ({ messages: told, trouble: why }) => ({ messages: told, ...(why === undefined ? {} : { trouble: why }) }),
  );
  const replies = record.observation.replies.flatMap((one) => one.replies);
  return {
    transcript: record.steps.flatMap((step) => step.transcript ?? []),
    refused: replies
      .filter(({ to, code }) => to.startsWith('RCPT TO:') && code >= 400)
      .map(({ to, code, enhanced, text }) => ['refused:', to.slice('RCPT TO:'.length), code, enhanced, text].filter((part) => part !== undefined).join(' ')),
    ...(trouble === undefined ? {} : { trouble }),
    messages,
    roots,
    silentHosts,
    ...(raw === undefined ? {} : { raw }),
  };
}

/** Whether a message was taken, in words. */
export function tellAcceptance({ roots, silentHosts }: Pick<Sent, 'roots' | 'silentHosts'>): string {
  if (roots.length > 0) return 'accepted';
  if (silentHosts.length === 0) return 'not accepted';
  return `not known whether it was accepted: ${silentHosts.join(' and ')} did not answer the final dot, and the log does not tell so far; look again with \`mailproof trace last\``;
}
