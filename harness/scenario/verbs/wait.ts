import { z } from 'zod';
import { waitUntil } from '../../base/index.ts';
import { DEADLINE_MS } from '../run.ts';
import { verb } from './verb.ts';

export const wait = verb({
  name: 'wait',
  description: 'waits until so many messages of a stream were taken',
  schema: z.strictObject({
    stream: z.string().describe('label of a `stream` that was begun before'),
    taken: z.int().positive(),
    by: z.string().optional().describe('host that took them; any unless told'),
  }),
  examples: [
    { stream: 'traffic', taken: 60 },
    { stream: 'traffic', taken: 20, by: 'lily' },
  ],
  given: false,
  changes: () => true,
  claim: ({ stream, taken, by }) => (by === undefined ? undefined : { stream, taken, by }),
  summary: (value) => `wait until ${value.taken} messages of ${value.stream} are taken${value.by === undefined ? '' : ` by ${value.by}`}`,
  check: (value, context) => {
    if (value.by !== undefined) context.host(['by'], value.by);
    if (!context.known(['stream'], 'stream', value.stream, [...context.streams.keys()], 'is begun before this step')) return;
    const messages = context.streams.get(value.stream) ?? 0;
    if (value.taken > messages) context.problem(['taken'], 'too-many', `the stream ${value.stream} has ${messages} messages`, { received: String(value.taken) });
  },
  run: async (value, context) => {
    const stream = context.run.streams.get(value.stream);
    if (stream === undefined) return context.fail(['stream'], `the stream ${value.stream} has ended: an \`expect\` before this step waited for that`);
    const { by } = value;
    const what = `${value.taken} messages of the stream ${value.stream} are taken${by === undefined ? '' : ` by ${by}`}`;
    const enough = (): boolean => stream.taken(by) >= value.taken;
    const end = await waitUntil({ what, deadlineMs: DEADLINE_MS, look: () => stream.look(enough), subscribe: stream.subscribe });
    if (end === 'never') context.fail(['taken'], `it never came that ${what}: ${stream.progress}`);
    context.record.summary += ` (${stream.progress})`;
  },
});
