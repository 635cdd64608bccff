import { z } from 'zod';
import { queueId, quoted, worldTime } from '../../base/index.ts';
import type { QueuedMessage, QueueReader } from './queue-reader.ts';

/** One line of `postqueue -j` (postqueue(1), Postfix 3.1 and later). */
const entrySchema = z.looseObject({
  queue_name: z.enum(['active', 'incoming', 'deferred', 'hold', 'maildrop', 'corrupt']),
  queue_id: z.string(),
  sender: z.string(),
  recipients: z.array(z.looseObject({ address: z.string(), delay_reason: z.string().optional() })),
});

const STATES = { active: 'active', incoming: 'active', maildrop: 'active', deferred: 'waiting', hold: 'held', corrupt: 'held' } as const;

export const postfixQueue: QueueReader = {
  software: 'postfix',
  // The modification time of a file in deferred/ is the time of the next try (qmgr(8), "minimal_backoff_time").
  script: (ids) => `
D=$(postconf -h queue_directory 2>/dev/null || echo /var/spool/postfix)
echo "#now $(date +%s)"
postqueue -j
cd "$D" && find deferred -type f ${ids.length === 0 ? '' : `\\( ${ids.map((id) => `-name ${id}`).join(' -o ')} \\)`} -exec stat -c '#next %n %Y' {} +
`,
  source: (id) => `postcat -bhq ${quoted(id)}`,
  parse(output) {
    let now = worldTime(0);
    const messages = new Map<string, QueuedMessage>();
    const next = new Map<string, number>();
    for (const line of output.split('\n')) {
      if (line.startsWith('{')) {
        const entry = entrySchema.parse(JSON.parse(line));
        messages.set(entry.queue_id, {
          queueId: queueId(entry.queue_id),
          state: STATES[entry.queue_name],
          from: entry.sender === 'MAILER-DAEMON' ? '' : entry.sender,
          recipients: entry.recipients.map((one) => ({ address: one.address, ...(one.delay_reason === undefined ? {} : { reason: one.delay_reason }) })),
        });
        continue;
      }
      const marker = /^#(?<what>now|next) (?:\S*\/(?<id>\S+) )?(?<seconds>\d+)/.exec(line)?.groups;
      if (marker?.what === 'now') now = worldTime(Number(marker.seconds) * 1000);
      else if (marker?.id !== undefined) next.set(marker.id, Number(marker.seconds) * 1000);
    }
    for (const [id, at] of next) {
      const message = messages.get(id);
      if (message?.state === 'waiting') message.nextTry = worldTime(at);
    }
    return { now, messages: [...messages.values()] };
  },
};
