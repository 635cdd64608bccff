import { BlockList, isIPv6 } from 'node:net';
import type { WorldModel } from '../../world/index.ts';

export interface GraphNode {
  id: string;
  kind: 'host' | 'outside' | 'people';
  title: string;
  /** What stands below the title. */
  lines: string[];
  /** Of a host: `public` when anybody outside could reach one of its addresses. */
  network?: 'public' | 'inside';
  /** From left to right: 0 outside, 1 hosts that talk to it, 2 other hosts, 3 databases and directories. */
  column: number;
}

export interface GraphEdge {
  from: string;
  to: string;
  labels: string[];
  /** The same goes in the other direction. */
  both: boolean;
}

/** The topology of one variant of a world: what both the picture and the Mermaid text show. */
export interface Graph {
  world: string;
  variant: string;
  description: string;
  nodes: GraphNode[];
  edges: GraphEdge[];
}

const OUTSIDE = 'outside';
const PEOPLE = 'people';

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(network, prefix);
for (const [network, prefix] of [
  ['fc00::', 7],
  ['fe80::', 10],
  ['::1', 128],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv6');

const isPublic = (address: string): boolean => !PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

export function graphOf(model: WorldModel): Graph {
  const flows = model.flows.length > 0 ? model.flows : impliedFlows(model);
  const ends = new Set(flows.flatMap(({ from, to }) => [from, to]));
  const apart = model.outside.filter(({ domain }) => ends.has(domain));
  const together = model.outside.filter(({ domain }) => !ends.has(domain));
  const nodes: GraphNode[] = [];
  if (together.length > 0 || ends.has(OUTSIDE)) {
    nodes.push({
      id: OUTSIDE,
      kind: 'outside',
      title: 'the rest of the internet',
      lines: [...together.map(partyText), ...model.clients.filter(({ address }) => isPublic(address)).map(({ address, name }) => `${name} ${address}`)],
      column: 0,
    });
  }
  for (const party of apart)
    nodes.push({ id: party.domain, kind: 'outside', title: party.domain, lines: [partyText(party).slice(party.domain.length).trim()].filter(Boolean), column: 0 });
  if (ends.has(PEOPLE)) nodes.push({ id: PEOPLE, kind: 'people', title: 'people', lines: ['with their mail programs'], column: 0 });
  const stores = new Set([...Object.values(model.databases), ...Object.values(model.directories)].flatMap(({ hosts }) => hosts));
  const away = new Set(nodes.filter((node) => node.kind === 'outside').map((node) => node.id));
  for (const host of model.hosts) {
    const edge = flows.some(({ from, to }) => (from === host.name && away.has(to)) || (to === host.name && away.has(from)));
    nodes.push({
      id: host.name,
      kind: 'host',
      title: host.name,
      lines: [host.fqdn, ...wrapped(host.layers, 30), ...host.addresses],
      network: host.addresses.some(isPublic) ? 'public' : 'inside',
      column: edge ? 1 : stores.has(host.name) && !flows.some(({ from }) => from === host.name) ? 3 : 2,
    });
  }
  return { world: model.name, variant: model.variant, description: model.description, nodes, edges: edgesOf(flows) };
}

/** What the world file says without `flows`. */
function impliedFlows({ entrance, accounts }: WorldModel): WorldModel['flows'] {
  return [
    { from: OUTSIDE, to: entrance, as: 'SMTP 25' },
    ...(accounts === undefined ? [] : [{ from: PEOPLE, to: accounts.imap.host, as: `IMAP ${accounts.imap.port}` }]),
    ...(accounts?.submission === undefined
      ? []
      : [{ from: PEOPLE, to: accounts.submission.host, as: ['submission', [accounts.submission.starttls, accounts.submission.implicit].filter(Boolean).join(', ')].join(' ') }]),
  ];
}

/** One edge for each pair of ends and direction; what goes there and back is one edge of its own. */
function edgesOf(flows: WorldModel['flows']): GraphEdge[] {
  const edges: GraphEdge[] = [];
  const add = (from: string, to: string, as: string, both: boolean): void => {
    const known = edges.find((edge) => edge.from === from && edge.to === to && edge.both === both);
    if (known === undefined) edges.push({ from, to, labels: [as], both });
    else if (!known.labels.includes(as)) known.labels.push(as);
  };
  for (const [index, { from, to, as }] of flows.entries()) {
    const back = flows.findIndex((flow) => flow.from === to && flow.to === from && flow.as === as);
    if (back === -1) add(from, to, as, false);
    else if (index <= back) add(from, to, as, true);
  }
  return edges;
}

/** `slow.test greylists`: what a reader should know of it. */
function partyText({ domain, behaviours, exchangers = [], mx }: WorldModel['outside'][number]): string {
  const kinds: Readonly<Record<string, string>> = { 'enforce-spf': 'enforces SPF', greylist: 'greylists', silent: 'is silent', slow: 'is slow', 'no-starttls': 'has no TLS' };
  const what = [
    ...behaviours.flatMap(({ kind }) => kinds[kind] ?? []),
    ...(exchangers.length > 0 && exchangers.every(({ answers }) => answers !== 'smtp') ? ['never answers'] : []),
    ...(mx === 'null' ? ['takes no mail'] : []),
  ];
  return [domain, ...new Set(what)].join(' ');
}

/** Words on lines of at most so many characters. */
function wrapped(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 3 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} · ${word}`;
  }
  return lines;
}
