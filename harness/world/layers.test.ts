//   mx (203.0.113.10): the images exim and swaks in one host, its spool a file system of 20 MB
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import { loadWorld } from './model.ts';
import { type StartedWorld, startWorld } from './start.ts';

const DEADLINE_MS = 300_000;
const WORLD = `world: layers
description: one host made of two images
entrance: mx
default: [exim]
hosts:
  mx:
    image: [exim, swaks]
    fqdn: mx.example.test
    addresses: [203.0.113.10]
    files: [fixtures/mx]
    tmpfs: { /var/spool/exim4: 20M, /srv/small: 64K }
    modes: { /var/spool/exim4: "0750 Debian-exim:Debian-exim" }
outside: {}
clients: { 198.51.100.77: client.sender.test }
nameservers: [198.51.100.53]
accounts:
  domain: example.test
  imap: { host: mx, port: 993, tls: implicit }
  users: { alice: { password: a } }
  files: [{ host: mx, path: /etc/accounts, line: "{user}", at: start }]
variants: { exim: {} }
`;
const root = mkdtempSync(path.join(tmpdir(), 'mailproof-layers-'));
let world: StartedWorld;

beforeAll(async () => {
  const dir = path.join(root, 'scenarios', 'layers');
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'world.yaml'), WORLD);
  const configuration = path.join(root, 'fixtures', 'mx', 'etc', 'exim4');
  mkdirSync(configuration, { recursive: true });
  // Debian's own listens on the loopback address only.
  writeFileSync(path.join(configuration, 'exim4.conf'), 'tls_advertise_hosts =\n');
  world = await startWorld(loadWorld(dir), { engine: await openEngine(() => {}), report: () => {} });
}, DEADLINE_MS);
afterAll(async () => {
  await world?.stop();
  rmSync(root, { recursive: true, force: true });
}, DEADLINE_MS);

const inside = async (script: string): Promise<string> => (await world.hub.exec({ host: 'mx', script })).output.trim();

test('what one image brings and the service of the other are in one host', async () => {
  expect(await inside('swaks --server 127.0.0.1 --quit-after banner')).toMatch(/<- {2}220 .* ESMTP Exim/);
});

test('a file system of its own has its size and the owner that the world names', async () => {
  expect(await inside('df --output=fstype,size /var/spool/exim4 /srv/small | tail -n 2 | tr -s " "; stat -c "%a %U:%G" /var/spool/exim4 /srv/small')).toBe(
    'tmpfs 20480\ntmpfs 64\n750 Debian-exim:Debian-exim\n1777 root:root',
  );
});

// Exim 4.96 wants 10 MB free (check_spool_space) before it takes a message.
test('a service that has no room left in it says so, until there is room again', async () => {
  const answer = "swaks --server 127.0.0.1 --from ann@sender.test --to alice@example.test --quit-after mail | grep -A1 'MAIL FROM' | tail -n 1";
  const full = '/var/spool/exim4/fill';
  expect(await inside(`${answer}; head -c 12M /dev/zero > ${full}; ${answer}; rm ${full}; ${answer}`)).toBe('<-  250 OK\n<** 452 Space shortage, please try later\n<-  250 OK');
});

test('a file of the start is there, and stays what it was through a stop and a start', async () => {
  await inside('echo bob >> /etc/accounts; touch /srv/small/kept');
  await world.hub.host({ host: 'mx', action: 'restart' });
  expect(await inside('cat /etc/accounts; ls /srv/small')).toBe('alice\nbob\nkept');
});
