import { z } from 'zod';
import { checkSending, namesSelector, runSending, sendingShape, sendingSummary } from './sending.ts';
import { verb } from './verb.ts';

export const submit = verb({
  name: 'submit',
  description: 'hands a message to the submission service with a password, as a mail program does (RFC 6409, RFC 8314)',
  schema: z.strictObject({
    ...sendingShape,
    user: z.string(),
    password: z.string().optional().describe("the account's unless told"),
    tls: z.enum(['starttls', 'implicit', 'never']).optional().describe('starttls unless told; the certificate must be good'),
    mechanism: z.enum(['PLAIN', 'LOGIN']).optional().describe('PLAIN unless told'),
  }),
  examples: [
    { user: 'alice', from: 'alice@example.test', to: 'x@hosted.test' },
    { user: 'alice', password: 'wrong', from: 'alice@example.test', to: 'x@hosted.test', tls: 'implicit', mechanism: 'LOGIN' },
  ],
  given: false,
  changes: (value) => namesSelector(value),
  summary: (value) => `submit as ${value.user}: ${sendingSummary(value)}`,
  check: (value, context) => {
    checkSending(value, context);
    // A password of its own may belong to a user that does not exist on purpose.
    if (value.password === undefined) context.user(['user'], value.user);
    const { submission } = context.model.accounts ?? {};
    if (submission === undefined && (value.server === undefined || value.port === undefined)) {
      context.problem([], 'no-submission', 'world.yaml names no submission service', { hint: 'give `server` and `port`, or add `accounts.submission` to world.yaml' });
    }
  },
  run: (value, context) => {
    const { model, users } = context.run;
    const tls = value.tls ?? 'starttls';
    const { submission } = model.accounts ?? {};
    return runSending(
      value,
      {
        verb: 'submit',
        server: submission?.host ?? model.entrance,
        port: tls === 'implicit' ? (submission?.implicit ?? 465) : (submission?.starttls ?? 587),
        ...(submission?.name === undefined ? {} : { name: submission.name }),
        tls: tls === 'starttls' ? 'required' : tls,
        verify: true,
        auth: { user: value.user, password: value.password ?? users[value.user]?.password ?? '', mechanism: value.mechanism ?? 'PLAIN' },
      },
      context,
    );
  },
});
