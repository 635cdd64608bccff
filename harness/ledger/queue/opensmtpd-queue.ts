import { queueId, type WorldTime, worldTime } from '../../base/index.ts';
import type { QueuedMessage, QueueReader } from './queue-reader.ts';

/**
 * Columns of `smtpctl show queue` (smtpctl(8)): envelope, family, kind, flags, sender, recipient, destination, made, expires, last try, tries, state, seconds to
 * the next try, why the last one failed. A message has an envelope for each recipient, whose numbers begin with its own.
 */
const ROW =
  /^(?<message>[0-9a-f]{8})[0-9a-f]{8}\|[^|]*\|(?:mta|mda)\|[^|]*\|(?<from>[^|]*)\|(?<to>[^|]*)\|(?<dest>[^|]*)\|\d*\|\d*\|\d*\|\d*\|(?<state>\w+)\|(?<delay>-?\d*)\|(?<why>.*)$/s;

export const opensmtpdQueue: QueueReader = {
  software: 'opensmtpd',
  // The whole of it: it is short, and a delivery that is under way is asked for again.
  script: (ids) => `
echo "#now $(date +%s)"
smtpctl show queue${ids.length === 0 ? '' : ` | grep -E '^(${ids.join('|')})' || true`}
`,
  source: (id) => `smtpctl show message "$(smtpctl show queue | sed -n 's/^\\(${id}[0-9a-f]*\\)|.*/\\1/p' | head -n 1)"`,
  parse(output) {
    let now: WorldTime = worldTime(0);
    const messages = new Map<string, QueuedMessage>();
    for (const line of output.split('\n')) {
      const seconds = /^#now (\d+)/.exec(line)?.[1];
      if (seconds !== undefined) now = worldTime(Number(seconds) * 1000);
      const row = ROW.exec(line)?.groups;
      if (row?.message === undefined) continue;
      const known = messages.get(row.message);
      const message: QueuedMessage = known ?? { queueId: queueId(row.message), state: 'waiting', from: row.from === '@' ? '' : (row.from ?? ''), recipients: [] };
      messages.set(row.message, message);
      const next = row.state === 'pending' ? worldTime(Math.max(0, now + Number(row.delay) * 1000)) : undefined;
      if (row.state !== 'pending' && row.state !== 'offline') message.state = 'active';
      message.recipients.push({
        address: row.dest ?? row.to ?? '',
        ...(row.why === undefined || row.why === '' ? {} : { reason: row.why }),
        ...(next === undefined ? {} : { nextTry: next }),
      });
    }
    for (const message of messages.values()) {
      const times = message.recipients.flatMap(({ nextTry }) => nextTry ?? []);
      if (message.state === 'waiting' && times.length > 0) message.nextTry = worldTime(Math.min(...times));
    }
    return { now, messages: [...messages.values()] };
  },
};
