import { z } from 'zod';
import { patternSchema } from '../pattern.ts';
import { Comparison, compareMessage, outcomeKind, writtenReason, writtenRecipient } from './outcome.ts';

const schema = z.strictObject({
  at: patternSchema.optional().describe('host that gave up'),
  to: patternSchema.optional(),
  original: patternSchema.optional().describe('recipient as the sender gave it'),
  reason: patternSchema.optional(),
  message: z.union([z.string(), z.int().positive()]).optional().describe('label, or the how-manyeth sent'),
  count: z.int().positive().optional(),
});

export const failed = outcomeKind({
  kind: 'failed',
  schema,
  example: { at: 'mx', to: 'nobody@hosted.test', reason: '*550*' },
  count: (expected) => expected.count ?? 1,
  compare: (expected, actual) => {
    const c = new Comparison();
    c.text('at', expected.at, actual.ledger.host);
    c.address('to', expected.to, actual.observed.to);
    c.address('original', expected.original, actual.observed.original);
    c.text('reason', expected.reason, actual.ledger.reason);
    compareMessage(c, expected.message, actual);
    return c.differences;
  },
  describe: ({ observed, ledger }) => `given up by ${ledger.host} without a notice for ${observed.to}: ${ledger.reason}`,
  item: ({ observed, ledger }) => ({ value: { at: ledger.host, ...writtenRecipient(observed), ...writtenReason(ledger.reason) }, remark: ledger.reason }),
});
