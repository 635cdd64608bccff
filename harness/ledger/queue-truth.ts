import { isFinal } from './entry.ts';
import type { Ledger } from './ledger.ts';
import { askQueue, type QueueHub, queueReader } from './queue/index.ts';
import type { Violation } from './types.ts';

/**
 * Compares what waits in the queues of the hosts that these roots met with what the logs say.
 * Call it when the mail is settled.
 */
export async function queueTruth(ledger: Ledger, hub: QueueHub, roots: readonly string[]): Promise<Violation[]> {
  const entries = ledger.entries(roots).filter((entry) => !entry.custody.receipt);
  const byHost = Map.groupBy(entries, (entry) => entry.custody.host);
  const asked = [...byHost].map(async ([host, mine]): Promise<Violation[]> => {
    const reader = queueReader(ledger.options.hosts.find((one) => one.name === host)?.software ?? []);
    if (!reader || !ledger.isUp(host)) return [];
    const { messages } = await askQueue(hub, host, reader, []);
    return mine.flatMap((entry): Violation[] => {
      const queued = messages.find((message) => message.queueId === entry.custody.queueId);
      const at = { code: 'truth' as const, host, custody: entry.custody.id };
      if (queued && entry.custody.completed) return [{ ...at, message: `${entry.custody.id} is still in the queue of ${host} (${queued.state}), although its log closed it` }];
      if (!queued && !entry.custody.completed && entry.custody.recipients.some((one) => !isFinal(one.state)))
        return [{ ...at, message: `${entry.custody.id} waits as the log of ${host} has it, but its queue does not hold it` }];
      return [];
    });
  });
  return (await Promise.all(asked)).flat();
}
