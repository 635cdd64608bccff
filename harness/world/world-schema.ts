import { z } from 'zod';
import { domainSchema, ipSchema, networkSchema, outsidePartySchema, recordsSchema, sizeSchema } from './outside-schema.ts';

const pathSchema = z.string().regex(/^\//, { error: 'not an absolute path' });
const nameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, { error: 'not a name of lower case letters, digits and hyphens' });
const modeSchema = z.string().regex(/^0[0-7]{3}( [\w-]+:[\w-]+)?$/, { error: 'not a mode such as "0640 root:mail"' });

const readySchema = z.strictObject({ protocol: z.enum(['smtp', 'smtps', 'lmtp', 'imap', 'imaps', 'tcp']), port: z.int() });

const certificateSchema = z.strictObject({ names: z.array(domainSchema).min(1), cert: pathSchema, key: pathSchema, group: z.string().optional() });

export const hostSchema = z.strictObject({
  image: z.union([nameSchema, z.array(nameSchema).min(1)]).describe('a folder of containers/, or several, each on top of the one before'),
  release: z.enum(['bookworm', 'trixie']).optional(),
  fqdn: domainSchema,
  addresses: z.array(ipSchema).min(1),
  gateway: nameSchema.optional().describe('host through which its addresses inside reach the outside'),
  files: z.array(z.string()).optional().describe('root overlays, in order: the configuration under test, unmodified'),
  modes: z.record(pathSchema, modeSchema).optional().describe('mode and owner of files that are not 0644 root:root'),
  tmpfs: z.record(pathSchema, sizeSchema).optional().describe('directories that are a small file system of their own, and its size'),
  services: z.array(nameSchema).optional().describe('services of the image that run; all unless told'),
  ready: z
    .record(nameSchema, z.array(readySchema))
    .optional()
    .describe("what makes a service ready where the configuration differs from the image's own; [] when its start returns"),
  after: z.array(nameSchema).optional(),
  resolvers: z.array(ipSchema).optional(),
  certificates: z.array(certificateSchema).optional(),
  prepare: z.array(z.string()).optional().describe('shell scripts, once, before the first start; again when the host is moved to another variant'),
  skew: z.string().regex(/^-?\d/).optional().describe("this host's clock against the world's: 10m, -30s"),
});

const userSchema = z.strictObject({ password: z.string(), quota: z.string().optional() });

const accountFileSchema = z.strictObject({
  host: nameSchema,
  path: pathSchema,
  line: z.string(),
  then: z.string().optional(),
  mode: modeSchema.optional(),
  at: z.literal('start').optional().describe('written when the world starts, and left alone when a scenario changes accounts'),
});

const accountsSchema = z.strictObject({
  domain: domainSchema,
  imap: z.strictObject({
    host: nameSchema,
    port: z.int(),
    tls: z.enum(['implicit', 'starttls']),
    replicas: z.array(nameSchema).min(2).optional().describe('stores that replicate each other: a copy is looked for on the one that took it'),
  }),
  submission: z
    .strictObject({
      host: nameSchema,
      name: domainSchema.optional().describe("what people's mail programs call it, and look for in its certificate; the host's own name unless told"),
      starttls: z.int().optional(),
      implicit: z.int().optional(),
    })
    .optional(),
  mailboxes: z
    .strictObject({
      host: nameSchema,
      maildir: pathSchema.refine((text) => text.includes('{user}'), { error: 'does not say where {user} stands in it' }),
    })
    .optional()
    .describe('where the MTA of a host delivers into maildirs itself: a delivery there is a copy in a mailbox'),
  users: z.record(z.string(), userSchema),
  files: z.array(accountFileSchema).describe('one line an account: {user} {password} {quota} {domain}; {quota:+text} only with a quota'),
});

const clientSchema = z.strictObject({
  hosts: z.array(nameSchema).min(1).describe('each is fed the same, in this order'),
  client: z.string().min(1).describe('shell command on each of these hosts that reads statements on its standard input and fails when one fails'),
});

const endSchema = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .describe('hosts, domains of `outside`, `outside` for all of it, `people` with their mail programs');

const flowSchema = z.strictObject({ from: endSchema, to: endSchema, as: z.string().min(1).describe('what goes there: "SMTP 25"') });

const variantSchema = z.looseObject({ like: nameSchema.optional().describe('another variant, which is laid over the world first') });

export const worldSchema = z.strictObject({
  world: nameSchema,
  description: z.string(),
  entrance: nameSchema.describe('host that `send` connects to unless told'),
  default: z.array(nameSchema).min(1).describe('variants that run when none is named'),
  draft: z.string().min(1).optional().describe('why this world runs only when it is named: what it still lacks'),
  inside: z.array(networkSchema).min(1).optional().describe('networks that only their own addresses reach; what is in them reaches the outside through a `gateway`'),
  hosts: z.record(nameSchema, hostSchema),
  dns: z.record(domainSchema, recordsSchema).optional(),
  outside: z.record(domainSchema, outsidePartySchema),
  clients: z.record(ipSchema, domainSchema).describe('where harness clients come from; the first is the default'),
  strangers: z
    .array(networkSchema)
    .min(1)
    .optional()
    .describe('networks that clients come from unless told: each scenario draws an address of its own, so that limits per client do not make scenarios depend on each other'),
  nameservers: z.array(ipSchema).min(1),
  accounts: accountsSchema.optional(),
  databases: z.record(nameSchema, clientSchema).optional().describe('what the verb `database` feeds statements to'),
  directories: z.record(nameSchema, clientSchema).optional().describe('what the verb `directory` feeds LDIF to'),
  flows: z.array(flowSchema).optional().describe('who talks to whom, for `mailproof graph`; nothing else reads it'),
  variants: z.record(nameSchema, variantSchema).describe('each replaces some of the world: maps are merged, everything else is replaced'),
});

export type HostYaml = z.infer<typeof hostSchema>;
export type WorldYaml = z.infer<typeof worldSchema>;
export type AccountsYaml = z.infer<typeof accountsSchema>;
export type UserYaml = z.infer<typeof userSchema>;
export type ClientYaml = z.infer<typeof clientSchema>;

export const manifestSchema = z.strictObject({
  image: nameSchema,
  software: z.string().describe('names the log parser; none for a host without mail logs'),
  releases: z.array(z.string()).min(1),
  version: z.string(),
  logs: z.array(pathSchema),
  prepare: z.array(z.string()),
  services: z.record(
    nameSchema,
    z.strictObject({
      start: z.string(),
      stop: z.string(),
      reload: z.string().optional(),
      nudge: z.string().optional(),
      ready: z.array(readySchema),
    }),
  ),
  check: z.string().optional().describe("the server's own syntax check"),
});
export type Manifest = z.infer<typeof manifestSchema>;
