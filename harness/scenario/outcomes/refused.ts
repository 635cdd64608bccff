import { z } from 'zod';
import { codeSchema, literalPattern, patternSchema } from '../pattern.ts';
import { showReply } from '../smtp/replies.ts';
import { Comparison, compareMessage, outcomeKind } from './outcome.ts';

const schema = z.strictObject({
  to: patternSchema.optional().describe('recipient as the sender gave it'),
  stage: z.enum(['connect', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'dot']).optional(),
  code: codeSchema.optional(),
  enhanced: patternSchema.optional(),
  text: patternSchema.optional(),
  message: z.union([z.string(), z.int().positive()]).optional().describe('label, or the how-manyeth sent'),
  count: z.int().positive().optional().describe('so many recipients; 1 unless told'),
});

export const refused = outcomeKind({
  kind: 'refused',
  schema,
  example: { to: 'nobody@example.test', stage: 'rcpt', code: 550, enhanced: '5.1.1' },
  count: (expected) => expected.count ?? 1,
  compare: (expected, actual) => {
    const c = new Comparison();
    const { refusal } = actual;
    c.address('to', expected.to, refusal.to);
    c.same('stage', expected.stage, refusal.stage);
    c.code('code', expected.code, refusal.reply?.code);
    c.text('enhanced', expected.enhanced, refusal.reply?.enhanced);
    c.text('text', expected.text, refusal.reply?.text ?? refusal.text);
    compareMessage(c, expected.message, actual);
    return c.differences;
  },
  describe: ({ refusal }) => `refused for ${refusal.to} at ${refusal.stage}: ${refusal.reply === undefined ? `no reply, ${refusal.text}` : showReply(refusal.reply)}`,
  item: ({ refusal: { to, stage, reply, text } }) => ({
    value: {
      to: literalPattern(to),
      stage,
      ...(reply === undefined ? { text: literalPattern(text) } : { code: reply.code, ...(reply.enhanced === undefined ? {} : { enhanced: reply.enhanced }) }),
    },
    ...(reply === undefined ? {} : { remark: reply.text }),
  }),
});
