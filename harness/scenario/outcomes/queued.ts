import { z } from 'zod';
import { formatDuration } from '../../base/index.ts';
import { durationPatternSchema, patternSchema } from '../pattern.ts';
import { Comparison, compareMessage, outcomeKind, writtenReason, writtenRecipient } from './outcome.ts';

const kindSchema = z.enum(['mail', 'bounce', 'delay', 'auto']);

const schema = z.strictObject({
  at: patternSchema.optional().describe('host whose queue holds it'),
  to: patternSchema.optional(),
  original: patternSchema.optional().describe('recipient as the sender gave it'),
  'envelope from': patternSchema.optional(),
  reason: patternSchema.optional(),
  'next try': durationPatternSchema.optional().describe('world time from now'),
  frozen: z.boolean().optional(),
  kind: kindSchema.optional().describe('mail unless told'),
  message: z.union([z.string(), z.int().positive()]).optional().describe('label, or the how-manyeth sent'),
  count: z.int().positive().optional(),
});

export const queued = outcomeKind({
  kind: 'queued',
  schema,
  example: { at: 'mx', to: 'x@gone.test', reason: '*timed out*', 'next try': '~ 15m' },
  count: (expected) => expected.count ?? 1,
  compare: (expected, actual) => {
    const c = new Comparison();
    const { observed, ledger } = actual;
    c.text('at', expected.at, ledger.host);
    c.address('to', expected.to, observed.to);
    c.address('original', expected.original, observed.original);
    c.address('envelope from', expected['envelope from'], observed.envelopeFrom);
    c.same('kind', expected.kind ?? 'mail', observed.message);
    c.text('reason', expected.reason, ledger.reason);
    c.duration('next try', expected['next try'], observed.nextTryMs);
    c.same('frozen', expected.frozen, ledger.frozen);
    compareMessage(c, expected.message, actual);
    return c.differences;
  },
  describe: ({ observed, ledger }) =>
    `waiting in the queue of ${ledger.host} for ${observed.to}${ledger.frozen ? ', frozen' : ''}${observed.message === 'mail' ? '' : ` (${observed.message})`}: ${ledger.reason}`,
  item: ({ observed, ledger }) => ({
    value: {
      at: ledger.host,
      ...writtenRecipient(observed),
      ...(observed.message === 'mail' ? {} : { kind: kindSchema.parse(observed.message) }),
      ...writtenReason(ledger.reason),
      ...(ledger.frozen ? { frozen: true } : {}),
    },
    remark: `${ledger.reason}${observed.nextTryMs === undefined ? '' : `; next try in ${formatDuration(observed.nextTryMs)}`}`,
  }),
});
