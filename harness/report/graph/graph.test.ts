import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadWorld, type WorldModel } from '../../world/index.ts';
import { fillDocument } from './document.ts';
import { graphOf } from './graph-model.ts';
import { layoutOf, type Rectangle } from './layout.ts';
import { mermaid } from './mermaid.ts';
import { svg } from './svg.ts';

/**
 *   outside --> edge, backup --> store, tickets (inside) --> db1, db2, and <quoted> things
 */
const WORLD = `world: large
description: A "large" <world>
entrance: edge
default: [exim]
hosts:
  edge: { image: [exim, swaks], fqdn: edge.example.test, addresses: [203.0.113.10, "2001:db8:a::10"] }
  backup: { image: exim, fqdn: backup.example.test, addresses: [203.0.113.30] }
  store: { image: dovecot, fqdn: store.example.test, addresses: [203.0.113.20] }
  tickets: { image: exim, fqdn: tickets.inside.test, addresses: [10.0.0.40] }
  app: { image: exim, fqdn: app.inside.test, addresses: ["fd00::70"] }
  db1: { image: dovecot, fqdn: db1.inside.test, addresses: [10.0.0.41] }
  db2: { image: dovecot, fqdn: db2.inside.test, addresses: [10.0.0.42] }
# accounts is in a mail server, which is drawn as one.
databases: { tickets: { hosts: [db1, db2], client: cat }, accounts: { hosts: [store], client: cat } }
flows:
  - { from: outside, to: [edge, backup], as: SMTP 25 }
  - { from: edge, to: [outside, store, backup, tickets], as: SMTP 25 }
  - { from: [backup, store, tickets], to: edge, as: SMTP 25 }
  - { from: edge, to: backup, as: 'callout "now"' }
  - { from: edge, to: hosted.test, as: "SMTP 25; <staff> #3306;" }
  - { from: app, to: edge, as: bulk | mail }
  - { from: [edge, tickets], to: [db1, db2], as: "MySQL #3306" }
  - { from: people, to: store, as: IMAPS 993 }
  - { from: people, to: tickets, as: HTTPS 443 }
outside:
  sender.test: {}
  slow.test: { behaves: [{ greylist: 5m }] }
  hosted.test: {}
clients: { 198.51.100.77: client.sender.test, 10.0.0.99: printer.inside.test }
nameservers: [198.51.100.53]
variants: { exim: {} }
`;
const SCENARIO = `scenario: Mail to \${who} | comes
covers: [L-01]
examples: [{ who: ann }, { who: bea }]
steps:
  - send: { from: x@sender.test, to: "\${who}@example.test" }
  - expect:
      - delivered: { to: "\${who}@example.test" }
`;
const REQUIREMENTS = `- { id: L-01, text: Mail comes }
- { id: L-02, text: Nobody is forgotten }
- { id: L-03, text: The load holds mail back, untested: "the load is the machine's" }
`;

const root = mkdtempSync(path.join(tmpdir(), 'mailproof-graph-'));
let model: WorldModel;
beforeAll(() => {
  const dir = path.join(root, 'scenarios', 'large');
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of [
    ['world.yaml', WORLD],
    ['requirements.yaml', REQUIREMENTS],
    ['one.scenario.yaml', SCENARIO],
  ] as const)
    writeFileSync(path.join(dir, name), text);
  model = loadWorld(dir);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const HOSTS = ['edge', 'backup', 'store', 'tickets', 'app', 'db1', 'db2'];

describe('the graph', () => {
  test('has hosts by network and by how far they are from the outside', () => {
    const nodes = new Map(graphOf(model).nodes.map((node) => [node.id, node]));
    const of = (id: string): string => `${nodes.get(id)?.network} ${nodes.get(id)?.column}`;
    expect(HOSTS.map((id) => `${id} ${of(id)}`)).toEqual([
      'edge public 1',
      'backup public 1',
      'store public 2',
      'tickets inside 2',
      'app inside 2',
      'db1 inside 3',
      'db2 inside 3',
    ]);
    expect(nodes.get('edge')?.lines).toEqual(['edge.example.test', 'exim · swaks', '203.0.113.10', '2001:db8:a::10']);
  });

  test('has the outside as one, but for parties that a flow names; clients inside are not of it', () => {
    const nodes = graphOf(model).nodes.filter((node) => node.kind !== 'host');
    expect(nodes.map(({ id, lines }) => ({ id, lines }))).toEqual([
      { id: 'outside', lines: ['sender.test', 'slow.test greylists', 'client.sender.test 198.51.100.77'] },
      { id: 'hosted.test', lines: [] },
      { id: 'people', lines: ['with their mail programs'] },
    ]);
  });

  test('has one edge for what goes there and back, and another for what does not', () => {
    expect(graphOf(model).edges.filter((edge) => [edge.from, edge.to].sort().join() === 'backup,edge')).toEqual([
      { from: 'edge', to: 'backup', labels: ['SMTP 25'], both: true },
      { from: 'edge', to: 'backup', labels: ['callout "now"'], both: false },
    ]);
  });

  test('without flows has what the world file says elsewhere', () => {
    const starter = { ...loadWorld('starter'), flows: [] };
    expect(graphOf(starter).edges).toEqual([
      { from: 'outside', to: 'mx', labels: ['SMTP 25'], both: false },
      { from: 'people', to: 'store', labels: ['IMAP 993'], both: false },
      { from: 'people', to: 'mx', labels: ['submission 587, 465'], both: false },
    ]);
  });
});

describe('the layout', () => {
  const overlap = (a: Rectangle, b: Rectangle): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

  test.each(['large', 'starter'])('of %s lets no box, text or network overlap another, and all of it is on the page', (name) => {
    const layout = layoutOf(graphOf(name === 'large' ? model : loadWorld(name)));
    const places = [...layout.boxes.map(({ node, at }) => ({ what: node.id, at })), ...layout.lines.map(({ edge, label }) => ({ what: `${edge.from}>${edge.to}`, at: label }))];
    const clashes = places.flatMap((one, index) => places.slice(index + 1).flatMap((other) => (overlap(one.at, other.at) ? [`${one.what} and ${other.what}`] : [])));
    expect(clashes).toEqual([]);
    const [upper, lower] = layout.networks;
    if (upper && lower) expect(overlap(upper.at, lower.at)).toBe(false);
    for (const { what, at } of places) expect(at.x >= 0 && at.y >= 0 && at.x + at.width <= layout.width && at.y + at.height <= layout.height, what).toBe(true);
  });

  test('has every host inside of its own network only', () => {
    const { boxes, networks } = layoutOf(graphOf(model));
    for (const { node, at } of boxes)
      for (const { network, at: frame } of networks) expect(`${node.id} in ${network}: ${overlap(at, frame)}`).toBe(`${node.id} in ${network}: ${node.network === network}`);
  });

  test('leads every line from its box to the other one', () => {
    const { boxes, lines } = layoutOf(graphOf(model));
    for (const { edge, way } of lines) {
      for (const [id, point] of [
        [edge.from, way[0]],
        [edge.to, way.at(-1)],
      ] as const) {
        const at = boxes.find(({ node }) => node.id === id)?.at;
        expect(
          at !== undefined && point !== undefined && [at.x, at.x + at.width].includes(point.x) && point.y > at.y && point.y < at.y + at.height,
          `${edge.from}>${edge.to} at ${id}`,
        ).toBe(true);
      }
    }
  });
});

describe('the SVG', () => {
  test('has every host, party and flow, and is well-formed', () => {
    const graph = graphOf(model);
    const text = svg(graph);
    expect([...text.matchAll(/class="node" data-id="([^"]+)"/g)].map(([, id]) => id)).toEqual(graph.nodes.map((node) => node.id));
    expect([...text.matchAll(/class="flow-label" data-from="([^"]+)" data-to="([^"]+)"/g)].map(([, from, to]) => `${from}>${to}`)).toEqual(
      graph.edges.map(({ from, to }) => `${from}>${to}`),
    );
    for (const line of graph.nodes.flatMap((node) => [node.title, ...node.lines])) expect(text).toContain(`>${line}</text>`);
    for (const label of ['callout &quot;now&quot;', 'SMTP 25; &lt;staff&gt; #3306;', 'bulk | mail']) expect(text).toContain(`>${label}</text>`);
    expect(text).toContain('A &quot;large&quot; &lt;world&gt;');
    expect(text).not.toMatch(/NaN|undefined/);
    const open: string[] = [];
    for (const [, slash, name, end] of text.matchAll(/<(\/?)([a-z]+)(?:"[^"]*"|[^">])*?(\/?)>/gi)) {
      if (slash === '/') expect(open.pop()).toBe(name);
      else if (end !== '/' && name !== undefined) open.push(name);
    }
    expect(open).toEqual([]);
  });
});

describe('the Mermaid text', () => {
  test('declares every node once, in its network, and joins only what is declared; every text is quoted', () => {
    const graph = graphOf(model);
    const lines = mermaid(graph).trimEnd().split('\n');
    expect(lines[0]).toBe('flowchart LR');
    const declared = lines.flatMap(
      (line) =>
        line
          .match(/^ +(n\d+)\(?\["<b>([^"<]+)<\/b>[^"]*"\]\)?$/)
          ?.slice(1, 3)
          .join(' ') ?? [],
    );
    expect(declared.map((one) => one.split(' ').slice(1).join(' ')).sort()).toEqual(graph.nodes.map((node) => node.title).sort());
    const ids = declared.map((one) => one.split(' ')[0]);
    expect(new Set(ids).size).toBe(graph.nodes.length);
    const joined = lines.flatMap((line) => line.match(/^ {2}(n\d+) (?:-->|<-->)\|"[^"]+"\| (n\d+)$/)?.slice(1, 3) ?? []);
    expect(joined).toHaveLength(2 * graph.edges.length);
    for (const id of joined) expect(ids).toContain(id);
    const rest = lines.filter((line) => !/^flowchart|^ +n\d+|^ {2}subgraph (?:public|inside)_hosts\["[^"]+"\]$|^ {2}end$/.test(line));
    expect(rest).toEqual([]);
    expect(lines.join('\n')).toContain('|"callout \'now\'"|');
    expect(lines.join('\n')).toContain('|"SMTP 25; &lt;staff&gt; # 3306;"|');
  });
});

describe("a world's page", () => {
  const page = path.join(root, 'docs', 'large.md');
  const text = 'Before.\n<!-- graph -->\nof before\n<!-- /graph -->\nBetween.\n<!-- requirements -->\n<!-- /requirements -->\nAfter.\n';

  test('gets the picture and the table between its markers, and keeps the rest', () => {
    const [written, picture] = fillDocument(model, page, text);
    expect(picture).toEqual({ file: path.join(root, 'docs', 'large.svg'), content: svg(graphOf(model)) });
    expect(written?.content).toContain(`\`\`\`mermaid\n${mermaid(graphOf(model))}\`\`\`\n`);
    expect(written?.content).toContain('](large.svg)');
    expect(written?.content).not.toContain('of before');
    expect(written?.content).toContain(`| L-01 | Mail comes | [Mail to \${who} \\| comes](../scenarios/large/one.scenario.yaml) (2 rows) |  |`);
    expect(written?.content).toContain('| L-02 | Nobody is forgotten | **not covered** |  |');
    expect(written?.content).toContain("| L-03 | The load holds mail back |  | the load is the machine's |");
    expect(written?.content.replaceAll(/(<!-- (\w+) -->)[\s\S]*?(<!-- \/\2 -->)/g, '$1\n$3')).toBe(text.replace('of before\n', ''));
    expect(fillDocument(model, page, written?.content ?? '')[0]?.content).toBe(written?.content);
  });

  test.each([
    ['without a marker', 'Nothing.\n', /has no place/],
    ['with half a marker', '<!-- graph -->\n', /without <!-- \/graph -->/],
  ])('%s is refused', (_what, content, message) => {
    expect(() => fillDocument(model, page, content)).toThrow(message);
  });
});
