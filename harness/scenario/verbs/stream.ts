import { z } from 'zod';
import { enterSent, newMessageId } from '../hand-over.ts';
import { buildMessage, messageSchema } from '../message.ts';
import type { StepContext } from '../run.ts';
import { clientAddress, hostOf, serverAddress } from '../server-address.ts';
import type { Manner } from '../stream/lane.ts';
import { Stream } from '../stream/stream.ts';
import { envelopeSchema } from './sending.ts';
import { verb } from './verb.ts';

const DEFAULT_LANES = 4;

export const stream = verb({
  name: 'stream',
  description:
    'sends messages while later steps run, as an outside MTA does: by MX, the next exchanger when one fails, again when something has changed; the next `expect` waits for its end',
  schema: z.strictObject({
    as: z.string().regex(/^\D/, { error: 'a label does not begin with a digit' }).describe('label of all its messages'),
    from: envelopeSchema.describe('reverse-path; <> is the null one'),
    to: envelopeSchema.describe('the exchangers of its domain are found in the DNS of the world'),
    messages: z.int().positive().max(1000),
    lanes: z.int().positive().max(20).optional().describe(`so many are handed over at the same time; ${DEFAULT_LANES} unless told`),
    client: z.union([z.ipv4(), z.ipv6()]).optional().describe('address that it is sent from; exchangers are reached at addresses of its family'),
    user: z.string().optional().describe("submitted with the password of this account, to the addresses that the submission service's name has then"),
    message: messageSchema.optional(),
  }),
  examples: [
    { as: 'traffic', from: 'ann@sender.test', to: 'alice@example.test', messages: 240, lanes: 4 },
    { as: 'letters', user: 'alice', from: 'alice@example.test', to: 'x@hosted.test', messages: 60, lanes: 2 },
  ],
  given: false,
  changes: () => true,
  effort: (value) => 1 + value.messages / 4,
  summary: (value) => `stream ${value.as}: ${value.messages} messages ${value.from} -> ${value.to}`,
  check: (value, context) => {
    if (context.streams.has(value.as)) context.problem(['as'], 'stream-twice', `another stream of this scenario is called so too`, { received: value.as });
    if (!value.to.includes('@')) context.problem(['to'], 'no-domain', `${value.to} has no domain, so no exchanger can be found for it`, { received: value.to });
    if (value.user !== undefined) {
      context.user(['user'], value.user);
      if (context.model.accounts?.submission === undefined)
        context.problem(['user'], 'no-submission', 'world.yaml names no submission service', { hint: 'add `accounts.submission` to world.yaml' });
    }
    const owner = context.model.hosts.find((host) => value.client !== undefined && host.addresses.includes(value.client));
    if (owner) context.problem(['client'], 'client-is-host', `${value.client} is the address of host ${owner.name}: the harness cannot send from it`);
    context.streams.set(value.as, value.messages);
    for (let i = 0; i < value.messages; i++) context.sent.push(value.as);
  },
  run: async (value, context) => {
    const { run } = context;
    const from = value.from === '<>' ? '' : value.from;
    const { domain, server, ...manner } = mannerOf(value, context);
    const client = clientAddress(run, value.client, serverAddress(run.model, server, value.client).address);
    const messages = [];
    for (let i = 0; i < value.messages; i++) {
      const raw = await buildMessage(value.message ?? {}, {
        from,
        to: [value.to],
        messageId: newMessageId(run, from),
        date: new Date(run.now()),
        subject: `Message ${run.sent.length + 1} of ${run.token}`,
        root: run.model.root,
      });
      messages.push(enterSent(run, { label: value.as, from, to: [value.to], raw }));
    }
    run.streams.set(value.as, new Stream(run, { label: value.as, domain, manner: { ...manner, client }, lanes: value.lanes ?? DEFAULT_LANES, messages, record: context.record }));
  },
});

/** Who takes the messages, and how they are handed over: as an MTA does, or as the mail program of a user. */
function mannerOf({ user, to }: { user?: string | undefined; to: string }, { run }: StepContext): Omit<Manner, 'client'> & { domain: string; server: string } {
  const { submission } = run.model.accounts ?? {};
  if (user === undefined || submission === undefined)
    return { domain: to.slice(to.lastIndexOf('@') + 1).toLowerCase(), server: run.model.entrance, port: 25, tls: 'if offered', verify: false };
  return {
    domain: submission.name ?? hostOf(run.model, submission.host)?.fqdn ?? submission.host,
    server: submission.host,
    port: submission.starttls ?? 587,
    tls: 'required',
    verify: true,
    auth: { user, password: run.users[user]?.password ?? '', mechanism: 'PLAIN' },
  };
}
