import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import { Project, REPOSITORY } from './testing.ts';

/** One mistake of each server's own language, which its own check must find. */
const BROKEN = [
  { variant: 'exim', host: 'mx', from: 'mx', file: 'etc/exim4/exim4.conf', mistake: 'no_such_option = true\n', at: 'start' },
  { variant: 'postfix', host: 'mx', from: 'mx@postfix', file: 'etc/postfix/main.cf', mistake: '\nthis line has no equals sign\n', at: 'end' },
  { variant: 'exim', host: 'store', from: 'store', file: 'etc/dovecot/dovecot.conf', mistake: '\nno_such_setting = yes\n', at: 'end' },
] as const;

const project = new Project({}, (world) => {
  world.default = ['exim', 'postfix'];
  // Each configuration is checked once for each release: one of them will do.
  for (const variant of Object.keys(world.variants)) if (!world.default.includes(variant)) delete world.variants[variant];
});
afterAll(() => project.remove());

test("the servers' own syntax checks are asked, without a world; a broken configuration is refused with what its server said", async () => {
  const sound = await project.run(['check', 'starter', '--json']);
  expect(sound.status, sound.stderr).toBe(0);
  const { servers } = JSON.parse(sound.stdout);
  expect(servers.map((one: { host: string; image: string; ok: boolean }) => `${one.host} ${one.image} ${one.ok}`).sort()).toEqual([
    'mx exim true',
    'mx postfix true',
    'store dovecot true',
  ]);

  const world = JSON.parse(JSON.stringify(project.readWorld()));
  for (const { host, from, file, mistake, at } of BROKEN) {
    const text = readFileSync(path.join(REPOSITORY, 'fixtures/starter', from, file), 'utf8');
    const target = path.join(project.root, 'broken', from, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, at === 'start' ? mistake + text : text + mistake);
    const owner = from === 'mx@postfix' ? world.variants.postfix.hosts[host] : world.hosts[host];
    owner.files = [`fixtures/starter/${from}`, `broken/${from}`];
  }
  project.writeWorld(world);
  const { status, stdout } = await project.run(['check', 'starter']);
  expect(stdout).toContain('3 configurations refused by their servers');
  expect(stdout).toMatch(/FAILED starter\/exim mx \(exim, bookworm\)[\s\S]*no_such_option/);
  expect(stdout).toMatch(/FAILED starter\/postfix mx \(postfix, bookworm\)[\s\S]*(?:this line has no equals sign|missing '=')/);
  expect(stdout).toMatch(/FAILED starter\/exim,postfix store \(dovecot, bookworm\)[\s\S]*no_such_setting/);
  expect(status).toBe(3);
  expect(await (await openEngine(() => {})).list({ 'mailproof.dir': project.world })).toEqual([]);
}, 60_000);

test('what a configuration names and its world lacks is said with its line, before a server is asked', async () => {
  const needy = new Project({}, (world) => {
    world.default = ['exim'];
    world.variants = { exim: {} };
    world.hosts.mx = { ...world.hosts.mx, certificates: [] };
  });
  const plain = await needy.run(['check', 'starter', '--files-only']);
  const json = await needy.run(['check', 'starter', '--files-only', '--json']);
  needy.remove();
  expect(plain.stdout).toMatch(
    /^NEEDS {2}starter\/exim mx \/etc\/exim4\/exim4\.conf:\d+ names a certificate or its key, \/etc\/exim4\/tls\/mx\.pem, which this world does not seem to have\n {9}tls_certificate = \/etc\/exim4\/tls\/mx\.pem\n {9}world\.yaml: hosts\.mx\.certificates: /,
  );
  expect(JSON.parse(json.stdout).needs).toMatchObject([{ place: '/etc/exim4/tls/mx.pem' }, { place: '/etc/exim4/tls/mx.key' }]);
  expect([plain.status, json.status]).toEqual([0, 0]);
});
