import type { QueueId } from '../../base/index.ts';
import { MailproofError } from '../../base/index.ts';
import type { ExecRequest, ExecResult } from '../../internet/index.ts';
import type { Ledger } from '../ledger.ts';
import { eximQueue } from './exim-queue.ts';
import { opensmtpdQueue } from './opensmtpd-queue.ts';
import { postfixQueue } from './postfix-queue.ts';
import type { QueuedMessage, QueueListing, QueueReader } from './queue-reader.ts';
import { sendmailQueue } from './sendmail-queue.ts';

/** What is needed of the hub to ask queues. */
export interface QueueHub {
  exec(request: ExecRequest): Promise<ExecResult>;
}

/** One line per MTA; the name is that of `software:` in image.yaml. */
export const QUEUE_READERS: readonly QueueReader[] = [eximQueue, postfixQueue, sendmailQueue, opensmtpdQueue];

/** Of the software of a host, the first that keeps a queue. */
export const queueReader = (software: readonly string[]): QueueReader | undefined => software.flatMap((name) => QUEUE_READERS.find((reader) => reader.software === name) ?? [])[0];

/**
 * Asks one host for its queue.
 * @param ids only these messages; all when empty
 * @throws MailproofError COMMAND_FAILED with what the host answered
 */
export async function askQueue(hub: QueueHub, host: string, reader: QueueReader, ids: readonly QueueId[], deadlineMs?: number): Promise<QueueListing> {
  const { status, output } = await hub.exec({ host, script: reader.script(ids), ...(deadlineMs === undefined ? {} : { deadlineMs }) });
  const listing = reader.parse(output);
  if (status !== 0 || listing.now === 0)
    throw new MailproofError('COMMAND_FAILED', `the queue of ${host} (${reader.software}) could not be read: status ${status}, ${output.trim().slice(-300)}`, {
      hint: `is ${host} up? \`mailproof ps\` shows it`,
    });
  return listing;
}

/** Every message that waits in a queue of the world, by host. */
export async function listQueues(ledger: Ledger, hub: QueueHub): Promise<(QueuedMessage & { host: string })[]> {
  const asked = ledger.options.hosts.map(async (host) => {
    const reader = queueReader(host.software);
    if (!reader || !ledger.isUp(host.name)) return [];
    const { messages } = await askQueue(hub, host.name, reader, []);
    return messages.map((message) => ({ host: host.name, ...message }));
  });
  return (await Promise.all(asked)).flat();
}

/**
 * A message as it lies in the queue of a host, header and body.
 * @throws MailproofError NOT_FOUND when it does not lie there (any more)
 */
export async function queuedSource(ledger: Ledger, hub: QueueHub, host: string, id: QueueId): Promise<string> {
  const reader = queueReader(ledger.options.hosts.find((one) => one.name === host)?.software ?? []);
  if (!reader) throw new MailproofError('NOT_FOUND', `${host} keeps no queue that mailproof can read`);
  const { status, output } = await hub.exec({ host, script: reader.source(id) });
  if (status !== 0) throw new MailproofError('NOT_FOUND', `message ${id} is not in the queue of ${host}: ${output.trim().slice(-300)}`);
  return output;
}
