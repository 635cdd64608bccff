import { z } from 'zod';
import { formatDuration, parseDuration } from '../../base/index.ts';
import { settleAll } from '../settling.ts';
import { verb } from './verb.ts';

const duration = z.string().refine((text) => parseDuration(text) !== undefined, { error: 'not a duration such as 90s, 5m, 4h or 4d 23h' });
const schema = z.union([
  z
    .string()
    .regex(/^advance .+$/, { error: 'not "advance 5d" or "advance to next try"' })
    .refine((text) => text === 'advance to next try' || parseDuration(text.replace(/^advance /, '')) !== undefined, { error: 'not a duration such as 90s, 5m, 4h or 4d 23h' }),
  z.strictObject({ advance: z.union([z.literal('to next try'), duration]) }),
  z.strictObject({ host: z.string(), skew: z.string().refine((text) => parseDuration(text.replace(/^[+-]/, '')) !== undefined, { error: 'not a duration such as 10m or -30s' }) }),
]);

const advanceOf = (value: z.infer<typeof schema>): string | undefined =>
  typeof value === 'string' ? value.replace(/^advance /, '') : 'advance' in value ? value.advance : undefined;

export const clock = verb({
  name: 'clock',
  description: "moves the world's clock forward, or sets one host's clock apart from it",
  schema,
  examples: ['advance 5d', { advance: 'to next try' }, { host: 'mx', skew: '-10m' }],
  given: false,
  changes: () => true,
  summary: (value) => (typeof value === 'object' && 'host' in value ? `clock of ${value.host} ${value.skew} apart` : `clock: advance ${advanceOf(value)}`),
  check: (value, context) => {
    if (typeof value === 'object' && 'host' in value) context.host(['host'], value.host);
    if (advanceOf(value) === 'to next try' && context.sent.length === 0) context.problem([], 'nothing-sent', 'nothing is sent before this step, so no message has a next try');
  },
  run: async (value, context) => {
    const { run } = context;
    if (typeof value === 'object' && 'host' in value) {
      const offsetMs = value.skew.startsWith('-') ? -(parseDuration(value.skew.slice(1)) ?? 0) : (parseDuration(value.skew.replace(/^\+/, '')) ?? 0);
      // A host's clock is never put back while it runs (Dovecot 2.3 stalls for minutes), so the next scenario gets a fresh instance.
      run.broken ??= `the clock of ${value.host} was set apart`;
      run.clockIs((await run.hub.clock({ skew: { host: value.host, offsetMs } })).now);
      return;
    }
    const advance = advanceOf(value) ?? '';
    const advanceMs = advance === 'to next try' ? await untilNextTry() : (parseDuration(advance) ?? 0);
    run.clockIs((await run.hub.clock({ advanceMs })).now);

    async function untilNextTry(): Promise<number> {
      const tries = (await settleAll(run)).flatMap((outcome) => (outcome.kind === 'queued' && outcome.nextTry !== undefined && !outcome.frozen ? [outcome.nextTry] : []));
      if (tries.length === 0) context.fail([], 'no message of this scenario waits for a next try that is known');
      // One second on top: servers compare whole seconds, and a try that is due "now" may still be a moment away.
      const ms = Math.max(0, Math.min(...tries) - run.now()) + 1000;
      context.record.summary += ` (${formatDuration(ms)})`;
      return ms;
    }
  },
});
