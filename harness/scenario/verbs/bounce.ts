import { z } from 'zod';
import { envelopeAddress } from '../../base/index.ts';
import { normalName } from '../../world/index.ts';
import type { DeliveredActual } from '../actual.ts';
import { composeDsn } from '../dsn.ts';
import { handOver, newMessageId } from '../hand-over.ts';
import { identities, observeAll } from '../observe.ts';
import type { StepContext } from '../run.ts';
import { hostOf, serverAddress } from '../server-address.ts';
import { settleAll } from '../settling.ts';
import { verb } from './verb.ts';

export const bounce = verb({
  name: 'bounce',
  description: 'an outside domain returns a message that it received, to the envelope sender that it was given',
  schema: z.strictObject({
    message: z.union([z.string(), z.int().positive()]).describe('label, or the how-manyeth sent'),
    from: z.string().describe('outside domain that received it'),
    status: z
      .string()
      .regex(/^[45]\.\d{1,3}\.\d{1,3}$/, { error: 'not a status such as 5.1.1 (RFC 3463)' })
      .optional()
      .describe('5.1.1 unless told'),
    server: z.string().optional().describe("host that it is handed to; the sender domain's mail exchanger unless told"),
    altered: z
      .strictObject({ replace: z.string().min(1), with: z.string() })
      .optional()
      .describe('somebody changed the address that it goes to: a text in it, upper or lower case, by another'),
    as: z.string().optional(),
  }),
  examples: [
    { message: 1, from: 'strict.test', status: '5.7.1' },
    { message: 1, from: 'strict.test', altered: { replace: '=ann@', with: '=eve@' } },
  ],
  given: false,
  changes: () => false,
  summary: (value) => `bounce message ${value.message} from ${value.from}`,
  check: (value, context) => {
    context.message(['message'], value.message);
    context.outsideDomain(['from'], value.from);
    if (value.server !== undefined) context.host(['server'], value.server);
    context.sent.push(value.as);
  },
  run: async (value, context) => {
    const { run } = context;
    const received = await receivedBy(value, context);
    const receipt = received.receipt;
    if (receipt === undefined || received.copy === undefined) return context.fail(['from'], `what ${value.from} received cannot be read back`);
    if (receipt.from === '')
      return context.fail(['message'], `${value.from} received message ${value.message} with the null reverse-path: it has nobody to return it to (RFC 5321 section 6.1)`);
    const to = value.altered === undefined ? receipt.from : altered(receipt.from, value.altered, context);
    const server = serverAddress(run.model, value.server ?? exchangerOf(to, context), receipt.local);
    const messageId = newMessageId(run, `x@${receipt.exchanger}`);
    const status = value.status ?? '5.1.1';
    const raw = composeDsn({
      from: receipt.party,
      to,
      reporting: receipt.exchanger,
      messageId,
      date: new Date(run.now()),
      recipients: receipt.to.map((recipient) => ({ recipient, action: 'failed', status, diagnostic: `550 ${status} returned by ${receipt.party}` })),
      original: received.copy.headers,
      ...(receipt.messageId === undefined ? {} : { originalMessageId: receipt.messageId }),
    });
    await handOver(context, {
      verb: 'bounce',
      server,
      client: receipt.local,
      port: 25,
      ...(value.as === undefined ? {} : { label: value.as }),
      from: envelopeAddress(''),
      to: [to],
      raw,
      delivery: {
        helo: receipt.exchanger,
        tls: 'if offered',
        trust: { ca: run.hub.ca, servername: server.host.fqdn, verify: false },
        envelope: { eightBit: raw.some((byte) => byte > 0x7f) },
      },
    });
  },
});

function altered(address: string, change: { replace: string; with: string }, context: StepContext): string {
  const at = address.toLowerCase().indexOf(change.replace.toLowerCase());
  if (at < 0) return context.fail(['altered', 'replace'], `the envelope sender <${address}> does not contain "${change.replace}"`);
  return address.slice(0, at) + change.with + address.slice(at + change.replace.length);
}

/** The copy of the message that this domain holds. */
async function receivedBy(value: { message: string | number; from: string }, context: StepContext): Promise<DeliveredActual> {
  const { run } = context;
  const sent = typeof value.message === 'number' ? run.sent[value.message - 1] : run.sent.find((message) => message.label === value.message);
  const outcomes = (await settleAll(run)).filter((outcome) => sent !== undefined && run.messageOf(outcome.root) === sent);
  const held = (await observeAll(run, outcomes, identities(outcomes))).flatMap((actual) =>
    actual.kind === 'delivered' && actual.receipt?.party === normalName(value.from) ? [actual] : [],
  );
  const first = held[0];
  if (first === undefined) {
    const places = outcomes.map((outcome) =>
      outcome.kind === 'delivered' && 'outside' in outcome.place
        ? outcome.place.outside.party
        : `${outcome.kind} at ${outcome.kind === 'delivered' ? outcome.route.at(-1) : outcome.host}`,
    );
    return context.fail(['from'], `${value.from} has not received message ${value.message}; it is: ${places.join(', ') || 'nowhere (no host took it)'}`);
  }
  return first;
}

/** Host that takes mail for the domain of an address, by the MX records of the world file. */
function exchangerOf(address: string, context: StepContext): string {
  const { model, outsideDomains } = context.run;
  const domain = normalName(address.slice(address.lastIndexOf('@') + 1));
  if (outsideDomains.has(domain) || model.outside.some((party) => party.domain === domain))
    return context.fail(['message'], `the envelope sender <${address}> is outside: the notice would not come back into this world`);
  const names = model.dns.filter((record) => record.type === 'MX' && record.name === domain).map((record) => normalName(record.value.split(/\s+/)[1] ?? ''));
  const host = model.hosts.find((one) => names.includes(one.fqdn)) ?? hostOf(model, model.entrance);
  return host?.name ?? model.entrance;
}
