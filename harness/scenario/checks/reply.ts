import { z } from 'zod';
import { codeSchema, patternSchema } from '../pattern.ts';
import { replyDifference, showReplyPattern } from '../smtp/dialog-line.ts';
import { showReply, stageOf } from '../smtp/replies.ts';
import { check } from './check.ts';

export const reply = check({
  name: 'reply',
  schema: z.strictObject({
    code: codeSchema.optional(),
    enhanced: patternSchema.optional(),
    text: patternSchema.optional(),
    to: z.enum(['connect', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'dot']).optional().describe('the reply at this stage; the one that decided unless told'),
  }),
  examples: [{ code: 250 }, { to: 'rcpt', code: '5xx', enhanced: '5.1.1', text: '*unknown*' }],
  check: (_value, path, context) => {
    if (context.sent.length === 0) context.problem(path, 'nothing-sent', 'nothing is sent before this step, so there is no reply');
  },
  look: async (value, context) => {
    const { lastReplies } = context.run;
    if (lastReplies === undefined) return 'there is no reply: nothing was sent with `send` or `submit`';
    const seen =
      value.to === undefined
        ? [lastReplies.final ?? lastReplies.replies.at(-1)].filter((one) => one !== undefined)
        : lastReplies.replies.filter((one) => stageOf(one.to) === value.to);
    const all = lastReplies.replies.map((one) => `    ${one.to}: ${showReply(one)}`).join('\n');
    if (seen.length === 0) return `no reply ${value.to === undefined ? 'came' : `at ${value.to}`}; the replies were\n${all || '    (none: no connection)'}`;
    const pattern = {
      code: value.code ?? [200, '2xx', '3xx', '4xx', '5xx'],
      ...(value.enhanced === undefined ? {} : { enhanced: value.enhanced }),
      ...(value.text === undefined ? {} : { text: value.text }),
    };
    // Several recipients have several replies at one stage: one that fits is enough.
    const differences = seen.map((one) => replyDifference(pattern, one));
    if (differences.includes(undefined)) return undefined;
    return [
      `the reply${value.to === undefined ? '' : ` at ${value.to}`} was`,
      ...seen.map((one) => `    ${one.to}: ${showReply(one)}`),
      `  expected ${showReplyPattern(pattern)}: ${differences[0]}`,
    ].join('\n');
  },
});
