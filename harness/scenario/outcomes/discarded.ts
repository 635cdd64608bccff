import { z } from 'zod';
import { literalPattern, patternSchema } from '../pattern.ts';
import { Comparison, compareMessage, outcomeKind, writtenRecipient } from './outcome.ts';

const schema = z.strictObject({
  at: patternSchema.optional().describe('host that threw it away'),
  to: patternSchema.optional(),
  original: patternSchema.optional().describe('recipient as the sender gave it'),
  rule: patternSchema.optional().describe('what decided it, as the server logs it'),
  message: z.union([z.string(), z.int().positive()]).optional().describe('label, or the how-manyeth sent'),
  count: z.int().positive().optional(),
});

export const discarded = outcomeKind({
  kind: 'discarded',
  schema,
  example: { at: 'mx', to: 'devnull@example.test', rule: '*blackhole*' },
  count: (expected) => expected.count ?? 1,
  compare: (expected, actual) => {
    const c = new Comparison();
    c.text('at', expected.at, actual.ledger.host);
    c.address('to', expected.to, actual.observed.to);
    c.address('original', expected.original, actual.observed.original);
    c.text('rule', expected.rule, actual.ledger.rule);
    compareMessage(c, expected.message, actual);
    return c.differences;
  },
  describe: ({ observed, ledger }) => `discarded by ${ledger.host} for ${observed.to}: ${ledger.rule}`,
  item: ({ observed, ledger }) => ({ value: { at: ledger.host, ...writtenRecipient(observed), rule: literalPattern(ledger.rule) } }),
});
