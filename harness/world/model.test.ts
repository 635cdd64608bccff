import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderDiagnostics } from '../base/index.ts';
import { joinedManifest } from './manifest.ts';
import { readWorld } from './model.ts';

let root = '';
let dir = '';
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'mailproof-world-'));
  dir = path.join(root, 'scenarios', 'small');
  mkdirSync(dir, { recursive: true });
  mkdirSync(path.join(root, 'fixtures', 'mx'), { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const SMALL = `world: small
description: one relay
entrance: mx
default: [exim]
hosts:
  mx:
    image: exim
    fqdn: mx.example.test
    addresses: [203.0.113.10]
    files: [fixtures/mx]
outside:
  hosted.test: {}
clients: { 198.51.100.77: client.sender.test }
nameservers: [198.51.100.53]
variants:
  exim: {}
  postfix: { hosts: { mx: { image: postfix } } }
`;

/** What a reader would see of a changed world file. */
function problems(change: (text: string) => string): string {
  const text = change(SMALL);
  return renderDiagnostics(readWorld('world.yaml', text, dir).diagnostics, new Map([['world.yaml', text]]));
}

test('a variant is laid over the world: maps merge, the rest is replaced', () => {
  const { models, diagnostics } = readWorld('world.yaml', SMALL, dir);
  expect(diagnostics).toEqual([]);
  expect(models.map((model) => [model.variant, model.hosts[0]?.image, model.hosts[0]?.fqdn])).toEqual([
    ['exim', 'exim', 'mx.example.test'],
    ['postfix', 'postfix', 'mx.example.test'],
  ]);
});

test('all mistakes of a world file are told at once, each at its place with the nearest known word', () => {
  expect(problems((text) => text.replace('entrance: mx', 'entrance: mxx').replace('    image: exim', '    imag: exim\n    image: exim'))).toMatchInlineSnapshot(`
    "world.yaml:7:5 unknown-key unknown key "imag"
      7 |     imag: exim
        |     ^^^^
      received: imag
      expected: one of image, release, fqdn, addresses, gateway, files, modes, tmpfs, services, ready, after, resolvers, certificates, prepare, skew
      did you mean "image"?"
  `);
  expect(problems((text) => text.replace('entrance: mx', 'entrance: mxx').replace('default: [exim]', 'default: [exin]'))).toMatchInlineSnapshot(`
    "world.yaml:3:11 unknown-host no host "mxx" in this world
      3 | entrance: mxx
        |           ^^^
      received: mxx
      expected: one of mx
      did you mean "mx"?

    world.yaml:4:11 unknown-variant no variant "exin" in this world
      4 | default: [exin]
        |           ^^^^
      received: exin
      expected: one of exim, postfix
      did you mean "exim"?"
  `);
});

test('a mistake inside a variant is told at the line of the variant', () => {
  expect(problems((text) => text.replace('image: postfix', 'addresses: [203.0.113.400]'))).toMatch(/^world\.yaml:17:41 invalid-value/m);
});

const PHASES = `${SMALL}  late: { like: second, hosts: { mx: { fqdn: new.example.test, modes: { /etc/one: null } } } }
  second: { like: postfix, hosts: { mx: { modes: { /etc/one: "0600", /etc/two: "0600" }, prepare: ["true"] } }, outside: { hosted.test: null } }
`;

test('a variant may be based on another one, which may be based on a third, in any order', () => {
  const { models, diagnostics } = readWorld('world.yaml', PHASES, dir);
  expect(diagnostics).toEqual([]);
  const shown = models.map(({ variant, hosts: [mx], outside }) => [variant, mx?.image, mx?.fqdn, Object.keys(mx?.modes ?? {}), mx?.prepare, outside.length]);
  expect(shown).toEqual([
    ['exim', 'exim', 'mx.example.test', [], [], 1],
    ['postfix', 'postfix', 'mx.example.test', [], [], 1],
    ['late', 'postfix', 'new.example.test', ['/etc/two'], ['true'], 0],
    ['second', 'postfix', 'mx.example.test', ['/etc/one', '/etc/two'], ['true'], 0],
  ]);
});

test('a mistake that a variant has from its base is told once, at the line of the base', () => {
  const text = PHASES.replace('prepare: ["true"]', 'prepare: [1]').replace('fqdn: new', 'fqdm: new');
  const told = renderDiagnostics(readWorld('world.yaml', text, dir).diagnostics, new Map());
  expect(told.match(/^world\.yaml.*/gm)).toEqual(['world.yaml:18:40 unknown-key unknown key "fqdm"', 'world.yaml:19:100 invalid-type item 1 of "prepare" has the wrong type']);
});

test('a base that does not exist, and variants that are based on one another, are told at their key like', () => {
  const unknown = renderDiagnostics(readWorld('world.yaml', PHASES.replace('like: postfix', 'like: postfux'), dir).diagnostics, new Map());
  expect(unknown).toMatchInlineSnapshot(`
    "world.yaml:19:19 unknown-variant no variant "postfux" in this world
      received: postfux
      expected: one of exim, postfix, late
      did you mean "postfix"?"
  `);
  const circle = renderDiagnostics(readWorld('world.yaml', PHASES.replace('like: postfix', 'like: late'), dir).diagnostics, new Map());
  expect(circle).toBe('world.yaml:18:17 cycle variants are based on one another: late like second like late');
  const itself = renderDiagnostics(readWorld('world.yaml', PHASES.replace('like: postfix', 'like: second'), dir).diagnostics, new Map());
  expect(itself).toBe('world.yaml:19:19 cycle variants are based on one another: second like second');
});

test('an overlay folder that does not exist is an error of the world file', () => {
  expect(problems((text) => text.replace('fixtures/mx', 'fixtures/my'))).toMatch(/^world\.yaml:10:13 no-such-folder mx: there is no folder fixtures\/my/m);
});

test('one address on two machines is an error', () => {
  const twice = problems((text) => text.replace('hosted.test: {}', 'hosted.test: { exchangers: { mx.hosted.test: { addresses: [203.0.113.10] } } }'));
  expect(twice).toMatch(/^world\.yaml:12:62 address-twice 203\.0\.113\.10 belongs to mx and to mx\.hosted\.test/m);
});

test('an address of the networks that the hub itself is connected by is an error', () => {
  expect(problems((text) => text.replace('hosted.test: {}', 'hosted.test: { exchangers: { mx.hosted.test: { addresses: [198.18.7.9] } } }'))).toMatch(
    /^world\.yaml:12:62 reserved-address 198\.18\.7\.9 is not for mx\.hosted\.test: 198\.18\.0\.0\/16 holds/m,
  );
});

test.each([
  ['{ 198.51.100.77:', '{ 198.18.7.9:', /^world\.yaml:13:24 reserved-address 198\.18\.7\.9 is not for the client client\.sender\.test/m],
  ['nameservers: [198.51.100.53]', 'nameservers: [127.0.0.53]', /^world\.yaml:14:15 reserved-address 127\.0\.0\.53 is not for a nameserver: .*loopback/m],
  ['nameservers:', 'strangers: [198.18.0.0/24]\nnameservers:', /^world\.yaml:14:13 reserved-address 198\.18\.0\.0\/24 is not for strangers/m],
])('so it is for clients, strangers and nameservers: %s', (text, instead, told) => {
  expect(problems((whole) => whole.replace(text, instead))).toMatch(told);
});

test('hosts that wait for one another are an error', () => {
  expect(problems((text) => text.replace('    files:', '    after: [mx]\n    files:'))).toMatch(/cycle hosts wait for one another: mx after mx/);
});

test('a behaviour that does not exist is an error that lists what there is', () => {
  expect(problems((text) => text.replace('hosted.test: {}', 'hosted.test: { behaves: [enforce spff] }'))).toMatch(/did you mean "enforce spf"\?/);
});

test('databases, directories and mailboxes are on hosts of the world', () => {
  const more = `databases: { tickets: { hosts: [mx, db], client: mariadb } }
directories: { staff: { hosts: [my], client: ldapmodify } }
accounts:
  domain: example.test
  imap: { host: mx, port: 993, tls: implicit }
  mailboxes: { host: mz, maildir: "/srv/vmail/{user}/Maildir" }
  users: {}
  files: []
variants:`;
  const told = problems((text) => text.replace('variants:', more));
  expect(told.match(/^world\.yaml:\S+ unknown-host no host "\w+"/gm)).toEqual([
    'world.yaml:15:37 unknown-host no host "db"',
    'world.yaml:16:33 unknown-host no host "my"',
    'world.yaml:20:22 unknown-host no host "mz"',
  ]);
  expect(problems((text) => text.replace('variants:', more.replace('{user}', 'user')))).toMatch(
    /^world\.yaml:20:35 invalid-value "maildir": does not say where \{user\} stands in it/m,
  );
});

test('a file system of its own has a size in bytes', () => {
  const { models } = readWorld('world.yaml', SMALL.replace('    files:', '    tmpfs: { /var/spool/exim4: 2M }\n    files:'), dir);
  expect(models[0]?.hosts[0]?.tmpfs).toEqual({ '/var/spool/exim4': 2_097_152 });
});

test('a host made of several images has the services and the software of all, in their order', () => {
  const { models, diagnostics } = readWorld('world.yaml', SMALL.replace('image: exim', 'image: [dovecot, exim, swaks]'), dir);
  expect(diagnostics).toEqual([]);
  const [exim, postfix] = models.map((model) => model.hosts[0]);
  expect([exim?.image, postfix?.image]).toEqual(['dovecot+exim+swaks', 'postfix']);
  const { services, software, checks, logs } = joinedManifest(exim ?? { layers: [], ownImages: '' });
  expect([Object.keys(services), software, checks, logs]).toEqual([['dovecot', 'exim'], ['dovecot', 'exim'], ['doveconf -n > /dev/null', 'exim4 -bV'], ['/var/log/exim4']]);
});

test('an image that is not there or comes twice is told at its place, in a variant as well', () => {
  const told = problems((text) => text.replace('image: exim', 'image: [exim, swaks, exim, exin]').replace('image: postfix', 'image: postfax'));
  expect(told.match(/^world\.yaml:\S+ \S+ .*|did you mean.*/gm)).toEqual([
    'world.yaml:7:26 image-twice mx: image exim is in the list already',
    'world.yaml:7:32 unknown-image no image "exin" in containers/',
    'did you mean "exim"?',
    'world.yaml:17:36 unknown-image no image "postfax" in containers/',
    'did you mean "postfix"?',
  ]);
});

test('an image of the repository itself can be used, and comes before that of mailproof of the same name', () => {
  const own = (image: string, service: string): void => {
    mkdirSync(path.join(root, 'containers', image), { recursive: true });
    writeFileSync(path.join(root, 'containers', image, 'Dockerfile'), 'ARG BASE\nFROM $BASE\n');
    const manifest = `image: ${image}\nsoftware: none\nreleases: [bookworm]\nversion: "true"\nlogs: []\nprepare: []\nservices: { ${service}: { start: "true", stop: "true", ready: [] } }\n`;
    writeFileSync(path.join(root, 'containers', image, 'image.yaml'), manifest);
  };
  own('house', 'intake');
  own('swaks', 'ours');
  own('base', 'nothing');
  try {
    const { models, diagnostics } = readWorld('world.yaml', SMALL.replace('image: exim', 'image: [exim, house, swaks]'), dir);
    expect(diagnostics).toEqual([]);
    expect(Object.keys(joinedManifest(models[0]?.hosts[0] ?? { layers: [], ownImages: '' }).services)).toEqual(['exim', 'intake', 'ours']);
    expect(problems((text) => text.replace('image: exim', 'image: base'))).toMatch(/reserved-image mx: no host is made of base, on which mailproof itself is built/);
  } finally {
    rmSync(path.join(root, 'containers'), { recursive: true });
  }
});

test('a small file system that would hide a file of the overlay or a log is an error', () => {
  mkdirSync(path.join(root, 'fixtures', 'mx', 'etc'), { recursive: true });
  writeFileSync(path.join(root, 'fixtures', 'mx', 'etc', 'aliases'), '');
  const told = problems((text) =>
    text.replace('    files:', '    tmpfs: { /etc: 1M, /var/log/exim4: 1M }\n    files:').replace('  postfix: { hosts: { mx: { image: postfix } } }\n', ''),
  );
  expect(told).toMatch(/^world\.yaml:10:20 file-hidden mx: \/etc is empty at first, so that \/etc\/aliases cannot be laid into it/m);
  expect(told).toMatch(/^world\.yaml:10:40 log-in-tmpfs mx: the logs in \/var\/log\/exim4 are followed/m);
});

test('a flow from or to nobody of this world is an error at its place', () => {
  const flows = (text: string) => `${text}flows:\n  - { from: [outside, hosted.test], to: mx, as: SMTP 25 }\n  - { from: mx, to: [people, peple], as: IMAPS 993 }\n`;
  const told = problems((text) => flows(text));
  expect(told).toMatch(/:30 unknown-end no end "peple" in this world/);
  expect(told).toMatch(/did you mean "people"\?/);
  expect(told.match(/unknown-end/g)).toHaveLength(1);
});

test('a service that no image of the host has is told at its place', () => {
  const told = problems((text) =>
    text.replace('    files:', '    services: [exin]\n    ready: { eximm: [] }\n    files:').replace('  postfix: { hosts: { mx: { image: postfix } } }\n', ''),
  );
  expect(told.match(/^world\.yaml:\S+ \S+ .*|did you mean.*/gm)).toEqual([
    'world.yaml:10:16 unknown-service no service "exin" in exim',
    'did you mean "exim"?',
    'world.yaml:11:21 unknown-service no service "eximm" in exim',
    'did you mean "exim"?',
  ]);
});

test('an address inside needs a gateway that has both sides, and the outside lies outside', () => {
  const inside = (text: string): string =>
    text
      .replace('entrance: mx', 'inside: [10.61.0.0/16, "fd61::/48"]\nentrance: mx')
      .replace('hosts:\n', 'hosts:\n  gw: { image: exim, fqdn: gw.example.test, addresses: [10.61.1.1] }\n');
  const app =
    (more: string) =>
    (text: string): string =>
      inside(text).replace('hosts:\n', `hosts:\n  app: { image: exim, fqdn: app.example.test, ${more} }\n`);
  const codes = (change: (text: string) => string): string =>
    problems(change)
      .match(/^world\.yaml:\d+:\d+ .*$/gm)
      ?.join('\n') ?? '';
  expect(codes(app('addresses: [10.61.1.25], gateway: gx'))).toMatch(/unknown-host no host "gx"/);
  expect(codes(app('addresses: [203.0.113.25], gateway: gw'))).toMatch(/not-inside app: a gateway is for addresses inside, and it has none/);
  expect(codes(app('addresses: [10.61.1.25], gateway: gw'))).toMatch(/bad-gateway app: the gateway gw has no IPv4 address outside/);
  expect(codes(app('addresses: ["fd61::25"], gateway: gw'))).toMatch(/bad-gateway app: the gateway gw has no IPv6 address inside/);
  expect(codes((text) => inside(text).replace('nameservers: [198.51.100.53]', 'nameservers: [10.61.9.53]'))).toMatch(/inside-address 10\.61\.9\.53 is inside/);
  expect(codes((text) => inside(text).replace('addresses: [10.61.1.1]', 'addresses: [10.61.1.1, 203.0.113.11]'))).toBe('');
});
