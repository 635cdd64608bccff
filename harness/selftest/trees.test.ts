import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Parity } from '../parity/index.ts';
import { ALIASES, CONFIGURATION, daveForCarol, edit, noSuchVerb, SCENARIOS, WORLD, writeProject } from './trees-project.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const DEADLINE_MS = 180_000;

const MORE = `---
scenario: A message to Frank arrives
steps:
  - send: { from: ann@sender.test, to: frank@example.test }
  - expect:
      - delivered: { to: frank@example.test }
`;

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

/** Base and head of a small project, the world `starter` on Exim, in a folder of their own. */
class Trees {
  readonly root = mkdtempSync(path.join(tmpdir(), 'mailproof-trees-test-'));

  constructor() {
    roots.push(this.root);
    for (const side of ['base', 'head']) {
      writeProject(path.join(this.root, side));
    }
  }

  edit(side: 'base' | 'head', file: string, change: (text: string) => string): this {
    edit(path.join(this.root, side), file, change);
    return this;
  }

  /** @param hears all that was said so far, whenever there is more */
  parity(
    args: string[] = [],
    env: Record<string, string> = {},
    hears?: (said: string, child: ChildProcess) => void,
  ): Promise<{ status: number | null; stdout: string; stderr: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [path.join(REPOSITORY, 'harness/cli/main.ts'), 'parity', '--base', 'base', '--head', 'head', ...args], {
        cwd: this.root,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, NO_COLOR: '1', CI: 'true', ...env },
      });
      const said = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr'] as const)
        child[stream].on('data', (chunk: Buffer) => {
          said[stream] += chunk.toString();
          hears?.(said.stdout + said.stderr, child);
        });
      child.on('error', reject);
      child.on('close', (status) => resolve({ status, ...said }));
    });
  }

  report(ending: string): string {
    return readFileSync(path.join(this.root, `reports/latest/parity.${ending}`), 'utf8');
  }

  write(file: string, text: string): void {
    writeFileSync(path.join(this.root, file), text);
  }
}

test.concurrent(
  'one line of the aliases: its address and its scenario are named, nothing else is, and the exit code is 2',
  async () => {
    const trees = new Trees()
      .edit('head', ALIASES, daveForCarol)
      .edit('head', SCENARIOS, (text) => text + MORE)
      .edit('base', SCENARIOS, (text) => text + MORE.replace('to Frank', 'to Grace').replaceAll('frank@', 'grace@'));
    trees.write('addresses', 'team@example.test client=198.51.100.77\nfrank@example.test\nnobody@example.test from=<>\n');
    const { status, stdout, stderr } = await trees.parity(['--addresses', 'addresses']);
    expect(status, stdout + stderr).toBe(2);
    const parity: Parity = JSON.parse(trees.report('json'));
    expect(parity.verdict).toBe('different');
    expect(parity.trees?.changes).toMatchObject([{ host: 'mx', file: '/etc/exim4/aliases', change: 'changed', added: 1, removed: 1, worlds: ['starter'] }]);
    expect(parity.trees?.changes[0]?.diff).toContain('-team:           alice, bob, carol\n+team:           alice, bob, dave');
    const stays = ['alice', 'bob'].map((user) => `delivered to store:${user}/INBOX (as ${user}@example.test)`);
    expect(parity.trees?.addresses).toEqual({
      compared: 4,
      different: [
        {
          address: 'team@example.test',
          class: 'different',
          base: [...stays, 'delivered to store:carol/INBOX (as carol@example.test)'],
          head: [...stays, 'delivered to store:dave/INBOX (as dave@example.test)'],
          shownBy: expect.arrayContaining(['An alias reaches each of its targets', 'Mail to team@example.test by 198.51.100.77']),
        },
      ],
    });
    expect(parity.trees?.turned).toEqual([{ world: 'starter', scenario: 'An alias reaches each of its targets', file: SCENARIOS, line: 1, base: 'passed', head: 'failed' }]);
    expect(parity.trees?.uncompared.map(({ scenario, state }) => `${state}: ${scenario}`)).toEqual(['added: A message to Frank arrives', 'removed: A message to Grace arrives']);
    expect(parity.scenarios.filter((scenario) => scenario.class !== 'identical' && scenario.class !== 'equivalent').map(({ scenario }) => scenario)).toHaveLength(2);
    for (const line of [
      'head does not behave as base',
      '1 address is treated differently: team@example.test',
      '    head: delivered to store:dave/INBOX (as dave@example.test)',
      'passed -> failed',
    ])
      expect(stdout).toContain(line);
    for (const text of [trees.report('md'), trees.report('html'), trees.report('comment.md')])
      for (const part of ['team@example.test', 'Scenarios that change', 'added, it is only in head', '+team:           alice, bob, dave']) expect(text).toContain(part);
    expect(trees.report('comment.md')).toMatch(/^<!-- mailproof parity -->\n# head does not behave as base\n/);
  },
  DEADLINE_MS,
);

test.concurrent(
  'a change without an effect is shown, and is no difference',
  async () => {
    const trees = new Trees().edit('head', ALIASES, (text) => `${text}# Nobody reads this.\nnew-alias: erin\n`);
    const { status, stdout, stderr } = await trees.parity();
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toContain(
      'head behaves as base\n  3 scenarios and the mail to 3 addresses were compared\nconfiguration that differs:\n  mx:/etc/exim4/aliases changed: +2 -0 (starter)\n',
    );
    expect(trees.report('html')).toContain('None of the 3 addresses that were looked at.');
  },
  DEADLINE_MS,
);

test.concurrent(
  'trees with the same configuration are the same, and nothing is started',
  async () => {
    const trees = new Trees().edit('head', SCENARIOS, (text) => text + MORE).edit('head', WORLD, (text) => `# around the hosts\n${text}`);
    // Without an engine nothing can be started.
    const { status, stdout, stderr } = await trees.parity([], { DOCKER_HOST: 'tcp://127.0.0.1:1', TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1' });
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toContain('head behaves as base\n  no configuration file differs\n  starter was not run: no configuration file of it differs');
    expect(stdout).toContain('added: A message to Frank arrives');
    expect(stdout + stderr).not.toMatch(/instance|engine/);
    expect(trees.report('md')).toContain('no configuration file differs');
  },
  DEADLINE_MS,
);

test.concurrent(
  'a configuration that its server refuses is told in the words of the server, before anything is run, with exit code 3',
  async () => {
    const trees = new Trees().edit('head', CONFIGURATION, noSuchVerb);
    const { status, stdout, stderr } = await trees.parity();
    expect(status, stdout + stderr).toBe(3);
    expect(stderr).toMatch(/head: mx \(exim\) of starter\/exim refuses its configuration:\n.*frobnicate/s);
    expect(stdout).not.toContain('is ready after');
  },
  DEADLINE_MS,
);

test.concurrent(
  'a scenario of head that does not fit the hosts of base is listed with the reason, and what is left open is no sameness',
  async () => {
    const trees = new Trees()
      .edit('head', WORLD, (text) => {
        const world: { hosts: Record<string, unknown>; dns: Record<string, unknown> } = parse(text);
        world.hosts.mx2 = { image: 'exim', fqdn: 'mx2.example.test', addresses: ['203.0.113.11'], files: ['fixtures/starter/mx2'] };
        return stringify(world);
      })
      .edit('head', SCENARIOS, (text) => text.replace('to: erin@example.test }\n  - expect', 'to: erin@example.test, server: mx2 }\n  - expect'));
    cpSync(path.join(trees.root, 'head/fixtures/starter/mx'), path.join(trees.root, 'head/fixtures/starter/mx2'), { recursive: true });
    const { status, stdout, stderr } = await trees.parity();
    expect(status, stdout + stderr).toBe(5);
    const parity: Parity = JSON.parse(trees.report('json'));
    expect(parity.trees?.uncompared).toHaveLength(3);
    expect(parity.trees?.uncompared[0]).toMatchObject({ state: 'cannot run on base', why: expect.stringContaining('mx2') });
    expect(parity.trees?.changes.map(({ host, change }) => `${host} ${change}`)).toContain('mx2 added');
  },
  DEADLINE_MS,
);

test('trees without a world in common are not the same', async () => {
  const trees = new Trees().edit('head', WORLD, (text) => text.replace('world: starter', 'world: other'));
  renameSync(path.join(trees.root, 'head/scenarios/starter'), path.join(trees.root, 'head/scenarios/other'));
  const { status, stdout, stderr } = await trees.parity();
  expect(status, stdout + stderr).toBe(5);
  expect(stdout).toContain('  nothing was compared\n  other was not run: base has no such world\n  starter was not run: head has no such world\n');
});

test(
  'an interrupted comparison leaves nothing behind',
  async () => {
    const trees = new Trees().edit('head', ALIASES, daveForCarol);
    const temp = path.join(trees.root, 'tmp');
    mkdirSync(temp);
    let interrupted = false;
    const { status, stdout, stderr } = await trees.parity([], { TMPDIR: temp }, (said, child) => {
      if (interrupted || !/is ready after/.test(said)) return;
      interrupted = true;
      expect(readdirSync(temp).filter((name) => name.startsWith('mailproof-base-'))).toHaveLength(1);
      child.kill('SIGINT');
    });
    expect(status, stdout + stderr).not.toBe(0);
    expect(readdirSync(temp).filter((name) => name.startsWith('mailproof'))).toEqual([]);
  },
  DEADLINE_MS,
);

test.each<[string[], RegExp]>([
  [['--head', '.'], /takes both trees/],
  [['--base', '.', '--head', 'nonesuch'], /--head nonesuch: there is no folder scenarios\/ in it/],
  [['--base', '.', '--head', '.', '--reference', 'exim'], /--reference does not go with the other options|--base does not go with the other options/],
  [['--base', '.', '--head', '.', '--addresses', 'nonesuch'], /cannot read the addresses in nonesuch/],
])('mailproof parity %j is refused', async (args, says) => {
  const { status, stderr } = await new Promise<{ status: number | null; stderr: string }>((resolve, reject) => {
    const child = spawn(process.execPath, ['harness/cli/main.ts', 'parity', ...args], { cwd: REPOSITORY, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stderr }));
  });
  expect(stderr).toMatch(says);
  expect(status).toBe(3);
});
