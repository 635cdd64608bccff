import { quoted } from '../../base/index.ts';
import type { AskedHost, Next, NextHost, RouteReader, Treatment } from './model.ts';

/** What main.cf and master.cf say that decides where mail goes. */
export interface PostfixSettings {
  parameters: ReadonlyMap<string, string>;
  /** Program behind each service of master.cf. */
  programs: ReadonlyMap<string, string>;
}

const PARAMETERS = [
  ...['queue_directory', 'myorigin', 'recipient_delimiter', 'propagate_unmatched_extensions'],
  ...['recipient_canonical_maps', 'canonical_maps', 'virtual_alias_maps', 'alias_maps', 'virtual_mailbox_maps'],
];

/** Tables that are asked for the whole address only (virtual(5), "REGULAR EXPRESSION TABLES", "TCP-BASED TABLES"). */
const WHOLE_ONLY = /^(?:proxy:)?(?:regexp|pcre|tcp|socketmap):/;

/** Address classes of trivial-rewrite (resolve_clnt.h) by their flag, as ADDRESS_CLASS_README names them. */
const CLASSES: readonly { flag: number; name: string }[] = [
  { flag: 1 << 8, name: 'local domain' },
  { flag: 1 << 9, name: 'virtual alias domain' },
  { flag: 1 << 10, name: 'virtual mailbox domain' },
  { flag: 1 << 11, name: 'relay domain' },
  { flag: 1 << 12, name: 'default domain' },
];
const LOCAL_CLASS = 1 << 8;

/** Splits `hash:/a, inline:{ { x = y } }` into its tables. */
export function tablesOf(value: string): string[] {
  const tables: string[] = [];
  let [word, depth] = ['', 0];
  for (const char of `${value} `) {
    if (char === '{') depth++;
    if (char === '}') depth--;
    if (depth === 0 && /[\s,]/.test(char)) {
      if (word !== '') tables.push(word);
      word = '';
    } else word += char;
  }
  return tables;
}

/** A key that a table is asked for, and the extension that it leaves out. */
export interface Key {
  key: string;
  without: string;
}

/** Keys in the order in which virtual(5) and canonical(5) ask for them, "TABLE SEARCH ORDER". @param own the domain is $myorigin or a local one */
export function keysOf(address: string, delimiter: string, own: boolean): Key[] {
  const at = address.lastIndexOf('@');
  const [local, domain] = [address.slice(0, at), address.slice(at)];
  const { name, extension } = splitExtension(local, delimiter);
  const with_ = extension === '' ? [] : [{ local, without: '' }];
  const names = [...with_, { local: name, without: extension }];
  return [
    ...names.map((one) => ({ key: `${one.local}${domain}`, without: one.without })),
    ...(own ? names.map((one) => ({ key: one.local, without: one.without })) : []),
    { key: domain, without: extension },
  ];
}

function splitExtension(local: string, delimiter: string): { name: string; extension: string } {
  // Any of its characters delimits, and not at the very beginning (postconf(5), recipient_delimiter).
  const index = [...local].findIndex((char, at) => at > 0 && delimiter.includes(char));
  return index === -1 || /^(?:owner-|.*-request$)/i.test(local) ? { name: local, extension: '' } : { name: local.slice(0, index), extension: local.slice(index) };
}

export function readSettings(output: string): PostfixSettings {
  const [main = '', master = ''] = output.split('#master\n');
  const parameters = new Map([...main.matchAll(/^(\w+) = ?(.*)$/gm)].map(([, name = '', value = '']) => [name, value.trim()]));
  const programs = new Map([...master.matchAll(/^(\S+)\s+unix\s+(?:\S+\s+){5}(\S+)/gm)].map(([, service = '', program = '']) => [service, program]));
  return { parameters, programs };
}

/** What trivial-rewrite(8) resolves an address to. */
export interface Resolution {
  transport: string;
  nexthop: string;
  recipient: string;
  flags: number;
}

/** Speaks the protocol between Postfix's programs (attr_print0.c), which the queue manager speaks with trivial-rewrite. */
const RESOLVE = `use strict; use IO::Socket::UNIX;
my ($socket, $sender, $address) = @ARGV;
$SIG{ALRM} = sub { print "trivial-rewrite does not answer\\n"; exit 75 };
alarm 20;
my $s = IO::Socket::UNIX->new(Peer => $socket) or do { print "$socket: $!\\n"; exit 69 };
$s->autoflush(1);
print $s join("\\0", request => "resolve", sender => $sender, address => $address, "", "");
my $said = "";
until ($said =~ /\\0flags\\0\\d+\\0\\0/) { sysread($s, $said, 4096, length $said) or last }
$said =~ s/\\0\\0/\\n/g; $said =~ s/\\0/\\t/g;
print $said;
`;

export function readResolution(output: string): Resolution | undefined {
  const said = /transport\t(?<transport>[^\t\n]*)\tnexthop\t(?<nexthop>[^\t\n]*)\trecipient\t(?<recipient>[^\t\n]*)\tflags\t(?<flags>\d+)/.exec(output)?.groups;
  return said === undefined ? undefined : { transport: said.transport ?? '', nexthop: said.nexthop ?? '', recipient: said.recipient ?? '', flags: Number(said.flags) };
}

/** Reads a next hop of transport(5): `[host]:port`, `host:port`, `inet:host:port`, `unix:path`. */
export function readNexthop(nexthop: string): { host: string; port?: number; exchangers: boolean } | { path: string } {
  const path = /^unix:(.+)$/.exec(nexthop)?.[1];
  if (path !== undefined) return { path };
  const plain = nexthop.replace(/^inet:/, '');
  const [, bracketed, named, port] = /^(?:\[(?:ipv6:)?([^\]]+)\]|([^\s:[\]]+))(?::(\S+))?$/i.exec(plain) ?? [];
  const number = port === undefined ? undefined : ({ smtp: 25, lmtp: 24, submission: 587 }[port] ?? Number(port));
  return { host: bracketed ?? named ?? plain, exchangers: bracketed === undefined && plain === nexthop, ...(number === undefined ? {} : { port: number }) };
}

/** As cleanup(8) has it: a list that names the address itself ends there (virtual_alias_recursion_limit guards against more). */
const MOST_ROUNDS = 100;

export const postfixRoutes: RouteReader = {
  software: 'postfix',
  async treat(host, recipient, from) {
    const settings = readSettings(await host.recall(`postconf -x ${PARAMETERS.join(' ')} || exit\necho '#master'\npostconf -M`));
    const rows: Treatment[] = [];
    const waiting = [recipient];
    const seen = new Set<string>();
    for (let address = waiting.shift(); address !== undefined && rows.length < MOST_ROUNDS; address = waiting.shift()) {
      if (seen.has(address.toLowerCase())) continue;
      seen.add(address.toLowerCase());
      if (!address.includes('@')) {
        rows.push({ recipient: address, by: 'aliases(5)', next: { kind: 'local', into: `${address} on ${host.name}` } });
        continue;
      }
      const resolution = await resolve(host, settings, address, from);
      const found = await redirected(host, settings, address, 'flags' in resolution && (resolution.flags & LOCAL_CLASS) !== 0);
      if (found !== undefined) {
        rows.push(found);
        if (found.next.kind === 'recipients') waiting.push(...found.next.recipients);
        // A list that names the address itself lets it through.
        if (found.next.kind !== 'recipients' || !found.next.recipients.some((one) => one.toLowerCase() === address?.toLowerCase())) continue;
      }
      const final = await finalOf(host, settings, address, resolution);
      rows.push(final);
      if (final.next.kind === 'recipients') waiting.push(...final.next.recipients);
    }
    return rows;
  },
};

/** The first table of canonical(5) or virtual(5) that knows the address, and what it says. */
async function redirected(host: AskedHost, settings: PostfixSettings, address: string, local: boolean): Promise<Treatment | undefined> {
  const of = (name: string): string => settings.parameters.get(name) ?? '';
  const own = local || address.slice(address.lastIndexOf('@') + 1).toLowerCase() === of('myorigin').toLowerCase();
  for (const parameter of ['recipient_canonical_maps', 'canonical_maps', 'virtual_alias_maps']) {
    const hit = await lookUp(host, tablesOf(of(parameter)), keysOf(address, of('recipient_delimiter'), own));
    if (hit === undefined) continue;
    const by = `${parameter} ${hit.table}`;
    if ('problem' in hit) return { recipient: address, by, next: { kind: 'deferred', text: hit.problem } };
    const spread = new RegExp(`\\b${parameter === 'virtual_alias_maps' ? 'virtual' : 'canonical'}\\b`).test(of('propagate_unmatched_extensions'));
    const recipients = hit.value
      .split(/\s*,\s*|\s+/)
      .filter((one) => one !== '')
      .map((one) => (one.startsWith('@') ? `${address.slice(0, address.lastIndexOf('@'))}${one}` : one.includes('@') ? one : `${one}@${of('myorigin')}`))
      .map((one) => (spread ? one.replace(/@(?=[^@]*$)/, `${hit.without}@`) : one));
    if (parameter !== 'virtual_alias_maps' && recipients[0]?.toLowerCase() === address.toLowerCase()) continue;
    if (recipients.length === 1 && recipients[0]?.toLowerCase() === address.toLowerCase()) return undefined;
    return { recipient: address, by, next: { kind: 'recipients', recipients } };
  }
  return undefined;
}

type Hit = { table: string; without: string } & ({ value: string } | { problem: string });

/** Asks the tables with postmap(1), or postalias(1)'s form of them, key by key, as Postfix does. */
async function lookUp(host: AskedHost, tables: readonly string[], keys: readonly Key[]): Promise<Hit | undefined> {
  const asked = keys.flatMap((key) => tables.filter((table) => key === keys[0] || !WHOLE_ONLY.test(table)).map((table) => ({ ...key, table })));
  if (asked.length === 0) return undefined;
  const script = asked.map(({ key, table }, index) => `look ${index} ${quoted(key)} ${quoted(table)}`).join('\n');
  const output = await host.run(`look() {
said=$(postmap -q "$2" "$3" 2>&1) && { printf '%s\\tfound\\t%s\\n' "$1" "$(echo "$said" | tr '\\n' ' ')"; exit 0; }
if [ -n "$said" ]; then printf '%s\\tproblem\\t%s\\n' "$1" "$(echo "$said" | tr '\\n' ' ')"; exit 0; fi
}
${script}
exit 0`);
  const [, index, kind, said = ''] = /^(\d+)\t(found|problem)\t(.*)$/m.exec(output) ?? [];
  const hit = asked[Number(index ?? -1)];
  if (hit === undefined) return undefined;
  return { table: hit.table, without: hit.without, ...(kind === 'found' ? { value: said.trim() } : { problem: said.trim() }) };
}

async function resolve(host: AskedHost, { parameters }: PostfixSettings, address: string, from: string): Promise<Resolution | { trouble: string }> {
  const socket = `${parameters.get('queue_directory') ?? '/var/spool/postfix'}/private/rewrite`;
  const output = await host.run(`perl - ${quoted(socket)} ${quoted(from)} ${quoted(address)} <<'MAILPROOF' || true\n${RESOLVE}MAILPROOF`);
  return readResolution(output) ?? { trouble: `trivial-rewrite did not say where ${address} goes: ${output.trim() || 'it said nothing'}` };
}

async function finalOf(host: AskedHost, { parameters, programs }: PostfixSettings, address: string, resolution: Resolution | { trouble: string }): Promise<Treatment> {
  if ('trouble' in resolution) return { recipient: address, by: 'trivial-rewrite', next: { kind: 'deferred', text: resolution.trouble } };
  const { transport, nexthop, recipient, flags } = resolution;
  const program = programs.get(transport) ?? transport;
  const kind = CLASSES.find(({ flag }) => (flags & flag) !== 0)?.name;
  const by = [...(kind === undefined ? [] : [kind]), `transport ${transport}`].join(', ');
  if (program === 'error' || program === 'retry') return { recipient, by, next: { kind: program === 'error' ? 'undeliverable' : 'deferred', text: nexthop } };
  if (program === 'discard') return { recipient, by, next: { kind: 'discarded' } };
  if (program === 'smtp' || program === 'lmtp') return { recipient, by, next: await machines(host, program, nexthop) };
  if (program === 'local' && (flags & LOCAL_CLASS) !== 0) return localDelivery(host, parameters, recipient, by);
  if (program === 'virtual') return virtualDelivery(host, parameters, recipient, by);
  return { recipient, by, next: { kind: 'local', into: `${transport} (${program})${nexthop === '' ? '' : ` for ${nexthop}`} on ${host.name}` } };
}

async function machines(host: AskedHost, protocol: 'smtp' | 'lmtp', nexthop: string): Promise<Next> {
  const hosts: NextHost[] = [];
  for (const one of nexthop.split(/\s*,\s*/)) {
    const read = readNexthop(one);
    if ('path' in read) return { kind: 'local', into: `${read.path} (${protocol}) on ${host.name}` };
    const port = read.port ?? (protocol === 'lmtp' ? 24 : 25);
    if (protocol === 'lmtp' || !read.exchangers) hosts.push({ name: read.host, port, protocol });
    else {
      const next = await host.exchangers(read.host);
      if (next.kind !== 'hosts') return next;
      hosts.push(...next.hosts.map((machine) => ({ ...machine, port })));
    }
  }
  return { kind: 'hosts', hosts };
}

/** aliases(5) of local(8), then the account itself. What a .forward file says is not looked at. */
async function localDelivery(host: AskedHost, parameters: ReadonlyMap<string, string>, recipient: string, by: string): Promise<Treatment> {
  const local = recipient.slice(0, recipient.lastIndexOf('@')).toLowerCase();
  const { name, extension } = splitExtension(local, parameters.get('recipient_delimiter') ?? '');
  const keys = [...(extension === '' ? [] : [{ key: local, without: '' }]), { key: name, without: extension }];
  const hit = await lookUp(host, tablesOf(parameters.get('alias_maps') ?? ''), keys);
  if (hit === undefined) return { recipient, by, next: { kind: 'local', into: `the account ${name} on ${host.name}` } };
  const said = `alias_maps ${hit.table}`;
  if ('problem' in hit) return { recipient, by: said, next: { kind: 'deferred', text: hit.problem } };
  const targets = hit.value
    .split(/\s*,\s*/)
    .map((one) => one.replace(/^"(.*)"$/, '$1'))
    .filter((one) => one !== '');
  const [only] = targets;
  if (only !== undefined && targets.length === 1 && /^[|/]/.test(only)) return { recipient, by: said, next: { kind: 'local', into: `${only} on ${host.name}` } };
  return {
    recipient,
    by: said,
    next: { kind: 'recipients', recipients: targets.map((one) => (one.includes('@') || /^[|/:]/.test(one) ? one : `${one}@${parameters.get('myorigin') ?? host.name}`)) },
  };
}

async function virtualDelivery(host: AskedHost, parameters: ReadonlyMap<string, string>, recipient: string, by: string): Promise<Treatment> {
  const hit = await lookUp(host, tablesOf(parameters.get('virtual_mailbox_maps') ?? ''), keysOf(recipient, parameters.get('recipient_delimiter') ?? '', false));
  if (hit === undefined) return { recipient, by, next: { kind: 'undeliverable', text: 'no virtual_mailbox_maps knows it' } };
  const said = `virtual_mailbox_maps ${hit.table}`;
  if ('problem' in hit) return { recipient, by: said, next: { kind: 'deferred', text: hit.problem } };
  return { recipient, by: said, next: { kind: 'local', into: `${hit.value} on ${host.name}` } };
}
