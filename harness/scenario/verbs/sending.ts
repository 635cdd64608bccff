import { z } from 'zod';
import { altered, alteredSchema } from '../altered.ts';
import { arcSchema, sealed } from '../arc.ts';
import type { CheckContext } from '../check-context.ts';
import { dkimSchema, signed } from '../dkim.ts';
import { type HandOver, handOver, handOverAll, newMessageId } from '../hand-over.ts';
import { buildMessage, messageSchema } from '../message.ts';
import type { StepContext } from '../run.ts';
import { clientAddress, heloOf, hostOf, type ServerAddress, serverAddress } from '../server-address.ts';
import type { Delivery, DeliveryReport } from '../smtp/deliver.ts';

/** An address of the envelope; `<>` is the null reverse-path (RFC 5321 section 4.5.5). */
export const envelopeSchema = z.string().refine((text) => text === '<>' || /^[^\s<>]+$|^"(?:[^"\\]|\\.)*"@[^\s<>]+$/.test(text), { error: 'not an address of the envelope' });

const notifyWord = z.enum(['never', 'success', 'failure', 'delay']);

export const labelSchema = z.string().regex(/^\D/, { error: 'a label does not begin with a digit' }).describe('label for later steps');

/** Keys that `send` and `submit` share. */
export const sendingShape = {
  from: envelopeSchema.describe('reverse-path; <> is the null one'),
  to: z.union([envelopeSchema, z.array(envelopeSchema).min(1)]),
  client: z.union([z.ipv4(), z.ipv6()]).optional().describe('address that the harness connects from; the first of `clients` unless told'),
  helo: z.string().optional(),
  server: z.string().optional().describe('host or address of a host'),
  port: z.int().min(1).max(65535).optional(),
  certificate: z.string().optional().describe('name in a client certificate of the CA of the world'),
  message: messageSchema.optional(),
  dkim: z
    .union([dkimSchema, z.array(dkimSchema).min(1)])
    .optional()
    .describe('signed by the harness (RFC 6376), with the key in DNS until the scenario ends; {} will do'),
  arc: z
    .union([arcSchema, z.array(arcSchema).min(1)])
    .optional()
    .describe('sealed by the harness (RFC 8617), as a forwarder does, with the key in DNS until the scenario ends; a list for several hops, the first one first; {} will do'),
  altered: alteredSchema.optional().describe('a text of the message that became another one on the way, after it was signed and sealed'),
  as: labelSchema.optional(),
  times: z.int().positive().max(1000).optional().describe('send it so many times, each with a Message-ID of its own'),
  'on one connection': z.literal(true).optional().describe('all of them in one SMTP session'),
  smtputf8: z.literal(true).optional().describe('fail unless SMTPUTF8 was used (it is whenever an address needs it and the server offers it, RFC 6531)'),
  dsn: z
    .strictObject({ notify: z.union([notifyWord, z.array(notifyWord).min(1)]).optional(), ret: z.enum(['full', 'headers']).optional(), envid: z.string().optional() })
    .optional()
    .describe('notifications asked for (RFC 3461)'),
};
export type SendingYaml = z.infer<z.ZodObject<typeof sendingShape>>;

/** Another scenario may publish a key under the same name. */
export function namesSelector({ dkim, arc }: Pick<SendingYaml, 'dkim' | 'arc'>): boolean {
  return [dkim ?? [], arc ?? []].flat().some(({ selector }) => selector !== undefined);
}

export function checkSending(value: SendingYaml, context: CheckContext): void {
  const { model } = context;
  if (value.server !== undefined && hostOf(model, value.server) === undefined) {
    if (/^[\d.]+$|:/.test(value.server))
      context.problem(['server'], 'unknown-host', `no host of this world has the address ${value.server}`, {
        received: value.server,
        expected: `one of ${model.hosts.flatMap((host) => host.addresses).join(', ')}`,
      });
    else context.host(['server'], value.server);
  }
  if (value.client !== undefined) {
    const owner = model.hosts.find((host) => host.addresses.includes(value.client ?? ''));
    if (owner) context.problem(['client'], 'client-is-host', `${value.client} is the address of host ${owner.name}: the harness cannot connect from it`);
  }
  if (value.smtputf8 === true && !/[\u0080-\u{10ffff}]/u.test([value.from, value.to].flat().join(''))) {
    context.problem(['smtputf8'], 'needless', 'every address is ASCII: SMTPUTF8 is not used', { hint: 'a dialog can ask for it nonetheless' });
  }
  const times = value.times ?? 1;
  if (value['on one connection'] === true && times === 1) {
    context.problem(['on one connection'], 'needless', 'one message always has one connection', { hint: 'say `times` too' });
  }
  for (let i = 0; i < times; i++) context.sent.push(i === times - 1 ? value.as : undefined);
}

/** The endings that are the same for `send` and `submit`. */
export interface SendingDefaults {
  verb: string;
  server: string;
  port: number;
  /** What its certificate must be for; its own name unless told. */
  name?: string;
  tls: Delivery['tls'];
  /** Whether the server's certificate must be good. */
  verify: boolean;
  auth?: Delivery['auth'];
}

export async function runSending(value: SendingYaml, defaults: SendingDefaults, context: StepContext): Promise<void> {
  const { run } = context;
  const server = serverAddress(run.model, value.server ?? defaults.server, value.client);
  const client = clientAddress(run, value.client, server.address);
  // Who is named in a step is asked by its own name; what a balancer leads to has the service's.
  const name = value.server === undefined || run.ledger.places.passesOn(server.host.name) ? defaults.name : undefined;
  const from = value.from === '<>' ? '' : value.from;
  const to = [value.to].flat();
  const identity = value.certificate === undefined ? undefined : await run.hub.certificate({ names: [value.certificate], kind: 'good' });
  const times = value.times ?? 1;
  const make = async (index: number): Promise<HandOver> => {
    const plain = await buildMessage(value.message ?? {}, {
      from,
      to,
      messageId: newMessageId(run, from),
      date: new Date(run.now()),
      subject: `Message ${run.sent.length + 1} of ${run.token}`,
      root: run.model.root,
    });
    const raw = await onItsWay(plain, from, value, context);
    return {
      verb: defaults.verb,
      server,
      client,
      port: value.port ?? defaults.port,
      ...(value.as !== undefined && index === times - 1 ? { label: value.as } : {}),
      from,
      to,
      raw,
      delivery: {
        helo: value.helo ?? heloOf(run.model, client),
        tls: defaults.tls,
        trust: {
          ca: run.hub.ca,
          servername: name ?? server.host.fqdn,
          verify: defaults.verify,
          ...(identity === undefined ? {} : { identity }),
        },
        ...(defaults.auth === undefined ? {} : { auth: defaults.auth }),
        envelope: { eightBit: raw.some((byte) => byte > 0x7f), ...(value.dsn === undefined ? {} : { dsn: dsnOf(value.dsn) }) },
      },
    };
  };
  if (value['on one connection'] === true) checkOffered(value, server, await handOverAll(context, times, make), context);
  else for (let i = 0; i < times; i++) checkOffered(value, server, await handOver(context, await make(i)), context);
}

/** The message as it comes here: signed by its author, sealed by who passed it on, altered. */
async function onItsWay(plain: Buffer, from: string, { dkim, arc, altered: change }: SendingYaml, context: StepContext): Promise<Buffer> {
  const withSignatures = dkim === undefined ? plain : await signed(plain, [dkim].flat(), context);
  const withSeals = arc === undefined ? withSignatures : await sealed(withSignatures, from, [arc].flat(), context);
  return change === undefined ? withSeals : altered(withSeals, change, ['altered'], context);
}

function dsnOf({ notify, ret, envid }: NonNullable<SendingYaml['dsn']>): NonNullable<Delivery['envelope']['dsn']> {
  return {
    ...(notify === undefined ? {} : { notify: [notify].flat().map((word) => word.toUpperCase()) }),
    ...(ret === undefined ? {} : { ret: ret === 'full' ? 'FULL' : 'HDRS' }),
    ...(envid === undefined ? {} : { envid }),
  };
}

/** What the step asks for must have been offered, else it was not done. */
function checkOffered(value: SendingYaml, server: ServerAddress, report: DeliveryReport | undefined, context: StepContext): void {
  if (report === undefined || report.offered.length === 0) return;
  const offers = (keyword: RegExp): boolean => report.offered.some((line) => keyword.test(line));
  if (value.dsn !== undefined && !offers(/^DSN\b/i))
    context.fail(['dsn'], `${server.host.name} does not offer DSN, so the notifications could not be asked for; it offers ${report.offered.join(', ')}`);
  if (value.smtputf8 === true && !offers(/^SMTPUTF8\b/i)) context.fail(['smtputf8'], `${server.host.name} does not offer SMTPUTF8; it offers ${report.offered.join(', ')}`);
}

/** `ann@sender.test -> alice@example.test` */
export function sendingSummary(value: SendingYaml): string {
  const to = [value.to].flat();
  return [
    value.from,
    '->',
    to.length > 3 ? `${to.slice(0, 2).join(', ')} and ${to.length - 2} more` : to.join(', '),
    ...(value.client === undefined ? [] : [`from ${value.client}`]),
    ...(value.server === undefined ? [] : [`to ${value.server}`]),
    ...(value.times === undefined ? [] : [`${value.times} times`]),
    ...(value['on one connection'] === true ? ['on one connection'] : []),
  ].join(' ');
}
