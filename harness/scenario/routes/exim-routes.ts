import { quoted } from '../../base/index.ts';
import type { AskedHost, Next, NextHost, RouteReader, Treatment } from './model.ts';

/** One final address of `exim4 -bt`, and the addresses that it came from, nearest first. */
export interface EximRoute {
  recipient: string;
  parents: string[];
  router?: string;
  transport?: string;
  hosts: { name: string; address?: string; port?: number }[];
  end?: Next;
}

/** What the ends look like that are no delivery (verify.c of Exim 4.96, address test mode). */
const ENDS: readonly { pattern: RegExp; end: (text: string) => Next; example: string }[] = [
  {
    pattern: /^(?<recipient>.+) is undeliverable(?:: ?(?<text>.*))?$/,
    end: (text) => ({ kind: 'undeliverable', text: text || 'no reason given' }),
    example: 'nobody@example.test is undeliverable: No such user here',
  },
  {
    pattern: /^(?<recipient>.+) cannot be resolved at this time(?:: ?(?<text>.*))?$/,
    end: (text) => ({ kind: 'deferred', text: text || 'no reason given' }),
    example: 'x@lame.test cannot be resolved at this time: host lookup did not complete',
  },
  { pattern: /^mail to (?<recipient>.+) is discarded$/, end: () => ({ kind: 'discarded' }), example: 'mail to trash@example.test is discarded' },
  {
    pattern: /^syntax error: (?<text>.*)$/,
    end: (text) => ({ kind: 'undeliverable', text: `syntax error: ${text}` }),
    example: 'syntax error: missing or malformed local part (expected word or "<")',
  },
];
export const eximEnds = ENDS;

/** Reads what `exim4 -bt ADDRESS` prints. */
export function readEximRoutes(address: string, output: string): EximRoute[] {
  const routes: EximRoute[] = [];
  for (const line of output.split('\n').filter((one) => one.trim() !== '')) {
    const last = routes.at(-1);
    if (!line.startsWith(' ')) {
      const end = ENDS.flatMap((one) => {
        const groups = one.pattern.exec(line)?.groups;
        return groups === undefined ? [] : [{ recipient: groups.recipient ?? address, end: one.end(groups.text ?? '') }];
      })[0];
      // Asked for one address, Exim has each final one once; a second time it would not be delivered.
      routes.push({ recipient: line.replace(/ {3}\[duplicate, would not be delivered\]$/, ''), parents: [], hosts: [], ...end });
      continue;
    }
    const parent = /^ {4}<-- (.+)$/.exec(line)?.[1];
    const way = /^ {2}(?:router = (?<router>[^,]+), )?transport = (?<transport>\S+)$/.exec(line)?.groups;
    const host = /^ {2}host (?<name>\S+)\s+(?:\[(?<address>[^\]]+)\])?(?:.*?\bport=(?<port>\d+))?/.exec(line)?.groups;
    if (last === undefined) continue;
    if (parent !== undefined) last.parents.push(parent);
    else if (way !== undefined) Object.assign(last, { router: way.router, transport: way.transport });
    else if (host?.name !== undefined)
      last.hosts.push({ name: host.name, ...(host.address === undefined ? {} : { address: host.address }), ...(host.port === undefined ? {} : { port: Number(host.port) }) });
  }
  return routes;
}

/** `X router generated Y` of Exim's routing debug: by recipient, the router that put it there. */
export function readGenerated(output: string): Map<string, string> {
  return new Map([...output.matchAll(/(\S+) router generated (.+)/g)].map(([, router = '', child = '']) => [child.trim(), router]));
}

const SERVICES: Readonly<Record<string, number>> = { smtp: 25, lmtp: 24, smtps: 465, submission: 587 };

/** Reads what `exim4 -bP transport NAME` prints: whether it hands over to a machine, and how. */
export function readTransport(output: string): { driver: string; remote?: { protocol: 'smtp' | 'lmtp'; port: number } } {
  const option = (name: string): string => new RegExp(`^${name} = (.*)$`, 'm').exec(output)?.[1] ?? '';
  const [driver, protocol, port] = [option('driver'), option('protocol'), option('port')];
  if (driver !== 'smtp') return { driver };
  return { driver, remote: { protocol: protocol === 'lmtp' ? 'lmtp' : 'smtp', port: SERVICES[port] ?? (Number(port) || (protocol === 'lmtp' ? 24 : 25)) } };
}

export const eximRoutes: RouteReader = {
  software: 'exim',
  async treat(host, recipient, from) {
    // An address of one message, so that no duplicates of other addresses are marked (exim4(8), -bt).
    const ask = `exim4 -f ${quoted(from === '' ? '<>' : from)}`;
    const test = `-bt -- ${quoted(recipient)}`;
    const output = await host.run(`${ask} ${test} 2>&1\n[ $? -le 2 ] || exit\necho '#generated'\n${ask} -d-all+route ${test} 2>&1 > /dev/null | grep ' router generated ' || true`);
    const [routed = '', debug = ''] = output.split('#generated\n');
    // It tells the last one first.
    const routes = readEximRoutes(recipient, routed).reverse();
    const transports = new Map<string, ReturnType<typeof readTransport>>();
    for (const name of new Set(routes.flatMap(({ transport }) => transport ?? []))) transports.set(name, readTransport(await host.recall(`exim4 -bP transport ${quoted(name)}`)));
    const generated = readGenerated(debug);
    return [...redirections(routes, generated), ...finals(routes, transports, host)];
  },
};

/** Each address that others stand in for, in the order in which they come about. */
function redirections(routes: readonly EximRoute[], generated: ReadonlyMap<string, string>): Treatment[] {
  const children = new Map<string, string[]>();
  for (const { recipient, parents } of routes) {
    const chain = [...parents].reverse().concat(recipient);
    for (const [index, child] of chain.entries()) {
      const parent = chain[index - 1];
      if (parent === undefined) continue;
      const known = children.get(parent) ?? [];
      if (!known.includes(child)) children.set(parent, [...known, child]);
    }
  }
  return [...children].map(([recipient, recipients]) => {
    const routers = [...new Set(recipients.flatMap((child) => generated.get(child) ?? []))];
    return { recipient, by: `router ${routers.join(', ') || 'not told'}`, next: { kind: 'recipients', recipients } };
  });
}

function finals(routes: readonly EximRoute[], transports: ReadonlyMap<string, ReturnType<typeof readTransport>>, host: AskedHost): Treatment[] {
  const once = new Map<string, Treatment>();
  for (const { recipient, router, transport, hosts, end } of routes) {
    const { driver, remote } = transports.get(transport ?? '') ?? { driver: '' };
    const by = [...(router === undefined ? [] : [`router ${router}`]), ...(transport === undefined ? [] : [`transport ${transport}`])].join(', ');
    const machines = hosts.map(({ port, ...one }): NextHost => ({ ...one, protocol: remote?.protocol ?? 'smtp', port: port ?? remote?.port ?? 25 }));
    const next: Next =
      end ??
      (machines.length > 0
        ? { kind: 'hosts', hosts: machines }
        : { kind: 'local', into: /^[/|]/.test(recipient) ? recipient : `${transport ?? 'nothing'} (${driver}) on ${host.name}` });
    if (!once.has(recipient)) once.set(recipient, { recipient, by: by || 'exim4 -bt', next });
  }
  return [...once.values()];
}
