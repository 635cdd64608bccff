import { constants, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import { Folder, REPOSITORY, type Said } from './testing.ts';

/**
 * The package in a repository that has nothing but a world of its own (testdata/pack):
 *
 *   client.sender.test -> mx (mailproof's image exim, the repository's own image team on top) -> hosted.test
 */
const DEADLINE_MS = 120_000;
const user = new Folder();

const run = (command: string, args: readonly string[]): Promise<Said> => user.spawn(command, args).ended;
const mailproof = (...args: string[]): Promise<Said> => run(path.join(user.root, 'node_modules/.bin/mailproof'), args);

/**
 * What the package depends on, as it is installed here: npm finds it in its place and asks no registry. Packages that are for the development of
 * mailproof only are left out, so that one that runs need them is missed.
 */
function copyDependencies(): void {
  const lock: { packages: Record<string, { dev?: boolean; optional?: boolean }> } = JSON.parse(readFileSync(path.join(REPOSITORY, 'package-lock.json'), 'utf8'));
  for (const [name, { dev, optional }] of Object.entries(lock.packages)) {
    const from = path.join(REPOSITORY, name);
    if (name === '' || dev === true || (optional === true && !existsSync(from))) continue;
    // Packages below this one are entries of their own.
    cpSync(from, path.join(user.root, name), { recursive: true, mode: constants.COPYFILE_FICLONE, filter: (file) => file === from || path.basename(file) !== 'node_modules' });
  }
}

beforeAll(async () => {
  const packed = await run('npm', ['pack', REPOSITORY, '--silent', '--pack-destination', user.temp]);
  expect(packed.status, `npm pack failed; it needs npm and what \`npm ci\` installs:\n${packed.stdout}${packed.stderr}`).toBe(0);
  const [tarball = ''] = readdirSync(user.temp).filter((name) => name.endsWith('.tgz'));
  copyDependencies();
  cpSync(path.join(import.meta.dirname, 'testdata/pack'), user.root, { recursive: true });
  user.write('package.json', '{ "name": "mail-configuration", "private": true, "type": "module" }\n');
  const installed = await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', path.join(user.temp, tarball)]);
  expect(installed.status, `npm install of the package failed:\n${installed.stdout}${installed.stderr}`).toBe(0);
}, DEADLINE_MS);
afterAll(async () => {
  expect(await (await openEngine(() => {})).sweep({ 'mailproof.dir': path.join(user.root, 'scenarios/small') })).toBe(0);
  user.remove();
});

test('it holds what runs, and neither sources, tests, reports nor the worlds of mailproof itself', () => {
  const own = path.join(user.root, 'node_modules/mailproof');
  const files = readdirSync(own, { recursive: true, encoding: 'utf8' });
  expect(readdirSync(own).sort()).toEqual(['LICENSE', 'README.md', 'containers', 'dist', 'docs', 'harness', 'package.json']);
  expect(files.filter((name) => /\.test\.|testdata|selftest|testing|(?<!\.d)\.ts$/.test(name))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining(['containers/exim/Dockerfile', 'docs/schema/world.json', 'dist/hub/hub.mjs', 'dist/api/vitest.d.ts']));
});

test('check knows the images of the repository besides those of mailproof, and asks the server', async () => {
  const { status, stdout, stderr } = await mailproof('check');
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toBe('ok     small/exim,same mx (exim+team, bookworm)\n3 files and 1 configurations are in order\n');
});

describe('run', () => {
  test(
    'is green when the scenario holds',
    async () => {
      const { status, stdout, stderr } = await mailproof('run', 'scenarios/small/green.scenario.yaml');
      expect(status, stdout + stderr).toBe(0);
      expect(stdout).toMatch(/✓ small\/exim Who is in the team has mail forwarded/);
      expect(user.read('reports/latest/results.json')).toContain('"image": "exim+team"');
    },
    DEADLINE_MS,
  );

  test(
    'is red at the line that does not hold, and exits with 1',
    async () => {
      const { status, stdout } = await mailproof('run', 'scenarios/small/red');
      expect(status).toBe(1);
      expect(stdout).toMatch(/scenarios\/small\/red\/red\.scenario\.yaml:5:9 EXPECTATION/);
      expect(stdout).toMatch(/refused for nobody@example\.test at rcpt: 550 relay not permitted/);
    },
    DEADLINE_MS,
  );
});

test(
  'a world is left running by up, has mail from send, and is taken away by down',
  async () => {
    const up = await mailproof('up', 'small', '--json');
    expect(up.status, up.stderr).toBe(0);
    const { instance } = JSON.parse(up.stdout);
    const sent = await mailproof('send', '--to', 'alice@example.test', '--on', instance);
    expect(sent.stdout).toMatch(/alice@hosted\.test/);
    const page = user.spawn(path.join(user.root, 'node_modules/.bin/mailproof'), ['ui', '--on', instance]);
    await page.says(/Ctrl-C ends it/);
    const [url = ''] = /http:\S+/.exec(page.said()) ?? [];
    expect(await (await fetch(url)).text()).toMatch(/<title>small\/exim.*<script>.*new EventSource/s);
    page.child.kill('SIGINT');
    expect((await page.ended).status).toBe(0);
    expect((await mailproof('down', instance)).status).toBe(0);
  },
  DEADLINE_MS,
);

test(
  'two variants are compared',
  async () => {
    const { status, stdout, stderr } = await mailproof('parity', 'scenarios/small/green.scenario.yaml', '--reference', 'exim', '--candidate', 'same');
    expect(status, stdout + stderr).toBe(0);
    expect(user.read('reports/latest/parity.json')).toContain('"identical"');
  },
  DEADLINE_MS,
);

test('init says what it was not told', async () => {
  const { status, stderr } = await mailproof('init', '--mta', 'exim');
  expect(status).toBe(3);
  expect(stderr).toMatch(/^mailproof: USAGE: init was not told --config DIR, --domain DOMAIN$/m);
});

test('graph draws the world', async () => {
  const { status, stdout } = await mailproof('graph', 'small', '--format', 'mermaid');
  expect(status).toBe(0);
  expect(stdout).toMatch(/exim · team/);
});

describe('the doors for programs', () => {
  test(
    'a Vitest of the repository runs the scenarios beside its own tests',
    async () => {
      user.write(
        'vitest.config.ts',
        `import { mailproofVitest } from 'mailproof/vitest';\nimport { defineConfig } from 'vitest/config';\nexport default defineConfig(mailproofVitest());\n`,
      );
      const { status, stdout, stderr } = await run(path.join(user.root, 'node_modules/.bin/vitest'), ['run', 'red', '--project', 'small/exim']);
      expect(status, stdout).toBe(1);
      expect(stderr + stdout).toMatch(/❯ scenarios\/small\/red\/red\.scenario\.yaml:5:9\n/);
      expect(stderr + stdout).not.toMatch(/❯ .*node_modules\/mailproof/);
    },
    DEADLINE_MS,
  );

  test('they have types', async () => {
    user.write(
      'use.ts',
      `import { matches } from 'mailproof/matchers';
import { mailproofVitest, writeReports } from 'mailproof/vitest';
import { loadWorld, openEngine, startWorld } from 'mailproof/world';

export const config = mailproofVitest({ retries: 1, onResults: async (results) => void (await writeReports(results, 'reports')) });
export async function route(address: string): Promise<boolean> {
  await using world = await startWorld(loadWorld('small'), { engine: await openEngine(console.error), report: console.error });
  const { status, output } = await world.hub.exec({ host: 'mx', script: \`exim4 -bt \${address}\` });
  return status === 0 && matches('*hosted.test*', output);
}
// @ts-expect-error the number of tries is no text
mailproofVitest({ retries: 'once' });
`,
    );
    const options = { noEmit: true, strict: true, module: 'nodenext', target: 'es2024', lib: ['es2024', 'esnext.disposable'], skipLibCheck: true, types: [] };
    user.write('tsconfig.json', JSON.stringify({ compilerOptions: options, files: ['use.ts'] }));
    mkdirSync(path.join(user.root, 'node_modules/@types'), { recursive: true });
    const { status, stdout } = await run(process.execPath, [path.join(REPOSITORY, 'node_modules/typescript/bin/tsc'), '-p', user.root]);
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});
