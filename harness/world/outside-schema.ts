import { isIP } from 'node:net';
import { z } from 'zod';
import { parseDuration } from '../base/index.ts';
import type { Behaviour, DnsFaultRule, DnsRecord, OutsideParty, RecordType } from '../internet/index.ts';

/** `5m`, `4d 23h`; checked here, read with `parseDuration`. */
export const durationSchema = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, { error: 'not a duration such as 90s, 5m, 4h or 4d 23h' })
  .describe('a duration: 90s, 5m, 4h, 4d 23h');

export const ipSchema = z
  .string()
  .refine((text) => isIP(text) !== 0, { error: 'not an IPv4 or IPv6 address' })
  .describe('an IPv4 or IPv6 address');

/** Read with `parseSize`. */
export const sizeSchema = z.union([z.int().positive(), z.string().regex(/^\d+[KM]?$/, { error: 'not a size such as 200K or 10M' })]);

export const networkSchema = z.union([z.cidrv4(), z.cidrv6()], { error: 'not a network such as 198.51.100.0/24 or 2001:db8:66::/64' }).describe('a network: address/bits');

/** Lower case, no trailing dot. */
export const domainSchema = z
  .string()
  .regex(/^(\*\.)?([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?$/, { error: 'not a domain name' })
  .describe('a domain name; *.NAME is a wildcard (RFC 4592)');

const replySchema = z
  .string()
  .regex(/^[245]\d\d(?: [245]\.\d{1,3}\.\d{1,3})?(?: .*)?$/, { error: 'not an SMTP reply such as "451 4.3.0 try later"' })
  .describe('an SMTP reply: code, enhanced code, text');
const stageSchema = z.enum(['connect', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'dot']);
const timesSchema = z.int().positive().describe('how many times; always unless told');

export const behaviourSchema = z.union([
  z.enum(['enforce spf', 'enforce dmarc', 'no starttls']),
  z.strictObject({ reply: replySchema, at: stageSchema, times: timesSchema.optional(), to: z.string().optional(), from: z.string().optional() }).describe('answers so at a stage'),
  z.strictObject({ drop: z.enum([...stageSchema.options, 'after-dot']), times: timesSchema.optional() }).describe('closes the connection without a reply'),
  z.strictObject({ silent: stageSchema, times: timesSchema.optional() }).describe('says nothing from this stage on'),
  z.strictObject({ greylist: durationSchema }).describe('refuses each new triplet at RCPT for so long'),
  z.strictObject({ certificate: z.enum(['wrong-name', 'expired', 'self-signed']) }),
  z.strictObject({ slow: durationSchema }).describe('every reply takes so long, in real time'),
  z.strictObject({ knows: z.array(z.string()).min(1) }).describe('the only local parts that exist there'),
  z.strictObject({ size: sizeSchema }).describe('largest message taken, bytes'),
]);

const oneOrMore = <T extends z.ZodType>(schema: T) => z.union([schema, z.array(schema).min(1)]);
const recordValues = oneOrMore(z.string()).optional();
const recordShape = {
  A: oneOrMore(z.ipv4()).optional(),
  AAAA: oneOrMore(z.ipv6()).optional(),
  MX: recordValues,
  TXT: recordValues,
  PTR: recordValues,
  CNAME: recordValues,
  NS: recordValues,
  SRV: recordValues,
  CAA: recordValues,
  TLSA: recordValues,
};
const RECORD_TYPES = Object.keys(recordShape) as (keyof typeof recordShape)[];
const faultNames = z.enum(['servfail', 'timeout', 'nxdomain', 'truncated', 'refused']);

/** What the world file says of one name. */
export const recordsSchema = z.strictObject({ ...recordShape, ttl: z.int().nonnegative().optional() });
/** What the verb `dns` says of one name; `restore` puts back what the world file says. */
export const dnsChangeSchema = z.union([
  faultNames,
  z.literal('restore'),
  z.strictObject({
    ...recordShape,
    ttl: z.int().nonnegative().optional(),
    fault: faultNames.optional(),
    type: z.enum([...RECORD_TYPES, 'SOA']).optional(),
    times: timesSchema.optional(),
  }),
]);

const mtaStsSchema = z
  .strictObject({
    mode: z.enum(['enforce', 'testing', 'none']),
    mx: z.array(domainSchema).min(1).optional().describe("names or *.NAME patterns; the exchangers' names unless told"),
    max_age: durationSchema.optional().describe('7d unless told'),
    id: z
      .string()
      .regex(/^[A-Za-z0-9]{1,32}$/, { error: 'not 1 to 32 letters and digits' })
      .optional()
      .describe('made from the policy unless told, so that it changes with it'),
    host: z
      .enum(['up', 'down', 'wrong-name', 'expired', 'self-signed'])
      .optional()
      .describe('the policy host: up unless told; down: refuses connections; else what is wrong with its certificate'),
  })
  .describe('an MTA-STS policy (RFC 8461), in DNS and over HTTPS');

export const outsidePartySchema = z.strictObject({
  behaves: z.array(behaviourSchema).optional(),
  mx: z.enum(['published', 'none', 'null']).optional().describe('published (default); none: only A and AAAA; null: the null MX of RFC 7505'),
  exchangers: z
    .record(
      domainSchema,
      z.strictObject({ addresses: z.array(ipSchema).min(1), preference: z.int().min(0).max(65535).optional(), answers: z.enum(['smtp', 'nothing', 'refuses']).optional() }),
    )
    .optional(),
  records: z.record(domainSchema, recordsSchema).optional(),
  'mta-sts': mtaStsSchema.optional(),
});

export type RecordsYaml = z.infer<typeof recordsSchema>;
export type DnsChangeYaml = z.infer<typeof dnsChangeSchema>;
export type OutsidePartyYaml = z.infer<typeof outsidePartySchema>;

export const normalName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/** Records of one name in the protocol's form. */
export function toRecords(name: string, yaml: RecordsYaml): DnsRecord[] {
  return RECORD_TYPES.flatMap((type: RecordType & keyof typeof recordShape) =>
    [yaml[type] ?? []].flat().map((value) => ({ name: normalName(name), type, value, ...(yaml.ttl === undefined ? {} : { ttl: yaml.ttl }) })),
  );
}

/** A change of one name; `restore` is for the caller, who knows what was there. */
export function toDnsChange(name: string, yaml: Exclude<DnsChangeYaml, 'restore'>): { name: string; records: DnsRecord[]; faults: DnsFaultRule[] } {
  const key = normalName(name);
  if (typeof yaml === 'string') return { name: key, records: [], faults: [{ name: key, fault: yaml }] };
  const faults: DnsFaultRule[] =
    yaml.fault === undefined
      ? []
      : [{ name: key, fault: yaml.fault, ...(yaml.type === undefined ? {} : { type: yaml.type }), ...(yaml.times === undefined ? {} : { times: yaml.times }) }];
  return { name: key, records: toRecords(name, yaml), faults };
}

export function toOutsideParty(domain: string, yaml: OutsidePartyYaml): OutsideParty {
  const party: OutsideParty = { domain: normalName(domain), behaviours: (yaml.behaves ?? []).map(toBehaviour) };
  if (yaml.mx !== undefined) party.mx = yaml.mx;
  if (yaml.exchangers !== undefined) {
    party.exchangers = Object.entries(yaml.exchangers).map(([name, exchanger], index) => ({
      name: normalName(name),
      addresses: exchanger.addresses,
      preference: exchanger.preference ?? (index + 1) * 10,
      answers: exchanger.answers ?? 'smtp',
    }));
  }
  if (yaml.records !== undefined) party.records = Object.entries(yaml.records).flatMap(([name, records]) => toRecords(name, records));
  const policy = yaml['mta-sts'];
  if (policy !== undefined) {
    party.mtaSts = {
      mode: policy.mode,
      ...(policy.mx === undefined ? {} : { mx: policy.mx.map(normalName) }),
      maxAgeSeconds: Math.round((parseDuration(policy.max_age ?? '7d') ?? 0) / 1000),
      ...(policy.id === undefined ? {} : { id: policy.id }),
      host: policy.host ?? 'up',
    };
  }
  return party;
}

function toBehaviour(yaml: z.infer<typeof behaviourSchema>): Behaviour {
  if (yaml === 'enforce spf') return { kind: 'enforce-spf' };
  if (yaml === 'enforce dmarc') return { kind: 'enforce-dmarc' };
  if (yaml === 'no starttls') return { kind: 'no-starttls' };
  if ('reply' in yaml) return { kind: 'reply', ...yaml };
  if ('drop' in yaml) return { kind: 'drop', at: yaml.drop, ...(yaml.times === undefined ? {} : { times: yaml.times }) };
  if ('silent' in yaml) return { kind: 'silent', at: yaml.silent, ...(yaml.times === undefined ? {} : { times: yaml.times }) };
  if ('greylist' in yaml) return { kind: 'greylist', forMs: parseDuration(yaml.greylist) ?? 0 };
  if ('certificate' in yaml) return { kind: 'certificate', is: yaml.certificate };
  if ('slow' in yaml) return { kind: 'slow', delayMs: parseDuration(yaml.slow) ?? 0 };
  if ('knows' in yaml) return { kind: 'knows', only: yaml.knows };
  return { kind: 'size', max: parseSize(yaml.size) };
}

/** `10M`, `200K` or bytes. @returns bytes */
export function parseSize(size: number | string): number {
  if (typeof size === 'number') return size;
  const unit = { K: 1024, M: 1024 * 1024 }[size.slice(-1)];
  return unit === undefined ? Number(size) : Number(size.slice(0, -1)) * unit;
}
