import { z } from 'zod';
import { checkSending, namesSelector, runSending, sendingShape, sendingSummary } from './sending.ts';
import { verb } from './verb.ts';

export const send = verb({
  name: 'send',
  description: 'hands a message to a host over SMTP, as any outside client does',
  schema: z.strictObject({
    ...sendingShape,
    tls: z.enum(['if offered', 'never', 'required']).optional().describe('`if offered` unless told, any certificate will do; `required`: and the certificate must be good'),
  }),
  examples: [
    { from: 'ann@sender.test', to: 'alice@example.test' },
    { from: '<>', to: ['alice@example.test', 'bob@example.test'], client: '2001:db8:66::77', tls: 'required', message: { subject: 'Hello', size: '10K' }, as: 'hello' },
  ],
  given: false,
  changes: (value) => namesSelector(value),
  summary: (value) => `send ${sendingSummary(value)}`,
  check: (value, context) => checkSending(value, context),
  run: (value, context) => {
    const tls = value.tls ?? 'if offered';
    return runSending(value, { verb: 'send', server: context.run.model.entrance, port: 25, tls, verify: tls === 'required' }, context);
  },
});
