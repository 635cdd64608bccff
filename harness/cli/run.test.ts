import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import type { Results } from '../scenario/index.ts';
import { Project, REPOSITORY, type Said } from './testing.ts';

const DEADLINE_MS = 120_000;

const arrives = (title: string, more = ''): string => `scenario: ${title}
${more}steps:
  - send: { from: ann@sender.test, to: alice@example.test }
  - expect:
      - delivered: { to: alice@example.test, mailbox: alice }
`;
const WRONG = `${arrives('A message arrives where it does not').replace('mailbox: alice', 'folder: Elsewhere')}`;
const FICKLE = `scenario: A receiver that changes its mind
steps:
  - submit: { user: alice, from: alice@example.test, to: x@fickle.test }
  - expect:
      - delivered: { to: x@fickle.test }
`;

const project = new Project(
  {
    one: [arrives('First'), arrives('Second', 'tags: [quick]\n'), arrives('Third', 'covers: [S-01]\n')].join('---\n'),
    two: [arrives('Fourth'), arrives('Fifth')].join('---\n'),
    'wrong/wrong': WRONG,
    'fickle/fickle': FICKLE,
  },
  (world) => {
    world.default = ['exim'];
    world.outside = { ...(typeof world.outside === 'object' ? world.outside : {}), 'fickle.test': { behaves: [{ reply: '550 5.7.1 not today', at: 'rcpt', times: 1 }] } };
  },
);
const left = async (): Promise<number> => (await openEngine(() => {})).sweep({ 'mailproof.dir': project.world });
afterAll(async () => {
  expect(await left()).toBe(0);
  expect(project.leftInTemp()).toEqual([]);
  project.remove();
});

async function results(args: readonly string[]): Promise<{ said: Said; results: Results; ran: string[] }> {
  const said = await project.run(['run', ...args, '--json']);
  expect(said.stdout, said.stderr).not.toBe('');
  const parsed: Results = JSON.parse(said.stdout);
  return { said, results: parsed, ran: parsed.runs.map((run) => run.scenario) };
}

describe('what is run', () => {
  test(
    'is what a line, a name, a tag or a requirement selects',
    async () => {
      expect((await results(['scenarios/starter/one.scenario.yaml:9'])).ran).toEqual(['Second']);
      const named = await results(['starter', '-t', '^fif']);
      expect(named.ran).toEqual(['Fifth']);
      expect(named.results.whole).toEqual([]);
      expect((await results(['starter', '--tag', 'quick'])).ran).toEqual(['Second']);
      expect((await results(['starter', '--covers', 'S-01'])).ran).toEqual(['Third']);
    },
    DEADLINE_MS,
  );

  test(
    'is all of it over all shards, and nothing twice',
    async () => {
      const files = ['scenarios/starter/one.scenario.yaml', 'scenarios/starter/two.scenario.yaml'];
      const [first, second] = await Promise.all([results([...files, '--shard', '1/2']), results([...files, '--shard', '2/2'])]);
      expect([...first.ran, ...second.ran].sort()).toEqual(['Fifth', 'First', 'Fourth', 'Second', 'Third']);
      expect(first.ran.length * second.ran.length).toBeGreaterThan(0);
    },
    DEADLINE_MS,
  );
});

test(
  'a failing run ends with where to look and the command to run it again, and exits with 1',
  async () => {
    const said = await project.run(['run', 'scenarios/starter/wrong', 'scenarios/starter/two.scenario.yaml'], { GITHUB_ACTIONS: 'true' });
    expect(said.status).toBe(1);
    expect(said.stdout).toContain('look at: reports/latest/index.html\nagain:   npx mailproof run scenarios/starter/wrong/wrong.scenario.yaml:1 --variant exim\n');
    expect(said.stdout).toMatch(/^::error file=scenarios\/starter\/wrong\/wrong\.scenario\.yaml,line=5,col=9/m);
    expect(project.read('reports/latest/junit.xml')).toContain('wrong.scenario.yaml:5:9');
    expect(project.read('reports/latest/summary.md')).toContain('`scenarios/starter/wrong/wrong.scenario.yaml:5`');
    const before = project.read('reports/latest/index.html');
    project.write('reports/latest/index.html', 'lost');
    expect((await project.run(['report'])).status).toBe(0);
    expect(project.read('reports/latest/index.html')).toBe(before);
  },
  DEADLINE_MS,
);

test(
  'what passes at the second attempt is flaky, keeps both attempts, and fails only with --fail-on-flaky',
  async () => {
    const fickle = 'scenarios/starter/fickle';
    const [once, again, strict] = await Promise.all([results([fickle]), results([fickle, '--retries', '1']), results([fickle, '--retries', '1', '--fail-on-flaky'])]);
    expect(once).toMatchObject({ said: { status: 1 }, results: { outcome: 'failed' } });
    expect(again).toMatchObject({ said: { status: 0 }, results: { outcome: 'flaky', runs: [{ outcome: 'flaky', attempts: [{ outcome: 'failed' }, { outcome: 'passed' }] }] } });
    expect(strict).toMatchObject({ said: { status: 1 }, results: { outcome: 'flaky' } });
  },
  DEADLINE_MS,
);

test(
  'with --keep the instance stays, `ps` shows it and `down` takes it away',
  async () => {
    const { stdout, status } = await project.run(['run', 'scenarios/starter/two.scenario.yaml', '--keep']);
    expect(status, stdout).toBe(0);
    const kept = stdout.match(/npx mailproof down ([0-9a-f]{8})/)?.[1] ?? 'none';
    expect(JSON.parse((await project.run(['ps', '--json'])).stdout)).toContainEqual(expect.objectContaining({ instance: kept, kept: true }));
    expect((await project.run(['down', kept])).status).toBe(0);
    expect((await project.run(['ps'])).stdout).not.toContain(kept);
  },
  DEADLINE_MS,
);

test(
  'plain Vitest runs the scenarios too, and shows the line of the YAML file first',
  async () => {
    // A configuration of the project's own, as docs/scenarios.md describes.
    project.write(
      'vitest.config.ts',
      `import { defineConfig } from 'vitest/config';\nimport { mailproofVitest } from '${path.join(REPOSITORY, 'harness/runner/index.ts')}';\nexport default defineConfig(mailproofVitest({ root: import.meta.dirname }));\n`,
    );
    const vitest = path.join(REPOSITORY, 'node_modules/vitest/vitest.mjs');
    const { stdout, stderr, status } = await project.spawn(process.execPath, [vitest, 'run', '--project', 'starter/exim', 'wrong']).ended;
    expect(status, stdout).toBe(1);
    expect(stderr + stdout).toMatch(/❯ scenarios\/starter\/wrong\/wrong\.scenario\.yaml:5:9\n/);
    expect(stderr + stdout).toMatch(/5\| {7}- delivered: \{ to: alice@example\.test, folder: Elsewhere \}/);
    expect(stderr + stdout).not.toMatch(/❯ .*harness\//);
  },
  DEADLINE_MS,
);

test('the schema of the results that other programs read is version 1', () => {
  expect(JSON.parse(readFileSync(path.join(project.root, 'reports/latest/results.json'), 'utf8'))).toMatchObject({ version: 1 });
});
