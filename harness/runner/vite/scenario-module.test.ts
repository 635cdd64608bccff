import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startVitest } from 'vitest/node';
import { scenarioModule } from './scenario-module.ts';

const YAML = `# two scenarios and a mistake
scenario: It works
steps:
  - send: { to: alice@example.test }
  - expect: nothing
---
scenario: 'It "fails" at \${once}'
tags: [slow]
steps:
  - send: { to: bob@example.test }
  - expect:
      - delivered: { to: bob@example.test }
bogus: true
`;

/** Stands where the worker's runtime stands: runs the steps it is given, and throws at one. */
const RUNTIME = `
import { pointAt, placeOf, scenarioFrame } from ${JSON.stringify(path.join(import.meta.dirname, '..', 'worker', 'stack.ts'))};
export async function scenario(context, file, index, example, body) {
  let place;
  await body(async (step) => {
    place = placeOf(scenarioFrame(new Error().stack));
    if (index === 1 && step === 1) {
      const error = new Error('no copy came to bob');
      pointAt(error, file.path, place, false);
      throw error;
    }
  }, async () => {});
}
export function invalid(text) {
  throw new Error(text);
}
`;

describe('a scenario file as a test module', () => {
  let root = '';
  let junit = '';
  const empty: { state: string; tests: string[] } = { state: '', tests: [] };
  let tests: { name: string; state: string; line?: number; stacks?: unknown; meta: unknown }[] = [];

  beforeAll(async () => {
    root = mkdtempSync(path.join(tmpdir(), 'mailproof-module-'));
    const file = path.join(root, 'two.scenario.yaml');
    writeFileSync(file, YAML);
    writeFileSync(path.join(root, 'empty.scenario.yaml'), '');
    writeFileSync(path.join(root, 'runtime.ts'), RUNTIME);
    symlinkSync(path.join(import.meta.dirname, '..', '..', '..', 'node_modules'), path.join(root, 'node_modules'));
    const vitest = await startVitest(
      [],
      {
        config: false,
        root,
        watch: false,
        include: ['*.scenario.yaml'],
        exclude: [],
        pool: 'threads',
        isolate: false,
        includeTaskLocation: true,
        fsModuleCache: false,
        reporters: [['junit', { outputFile: path.join(root, 'junit.xml') }]],
      },
      {
        plugins: [
          {
            name: 'test',
            enforce: 'pre',
            load: (id) =>
              id.endsWith('empty.scenario.yaml')
                ? scenarioModule({ file: id, source: '', world: 'w', variant: 'v', runtime: path.join(root, 'runtime.ts'), tests: [], problems: [] })
                : id.endsWith('.scenario.yaml')
                  ? scenarioModule({
                      file,
                      source: YAML,
                      world: 'w',
                      variant: 'v',
                      runtime: path.join(root, 'runtime.ts'),
                      tests: [
                        {
                          title: 'It works',
                          tags: [],
                          covers: ['S-01'],
                          mode: 'side-by-side',
                          effort: 2,
                          scenario: 0,
                          example: 0,
                          line: 2,
                          col: 1,
                          steps: [
                            { line: 4, col: 5 },
                            { line: 5, col: 5 },
                          ],
                        },
                        {
                          title: 'It "fails" at `once`',
                          tags: ['slow'],
                          covers: [],
                          mode: 'alone',
                          effort: 2,
                          scenario: 1,
                          example: 0,
                          line: 7,
                          col: 1,
                          steps: [
                            { line: 10, col: 5 },
                            { line: 11, col: 5 },
                          ],
                        },
                      ],
                      problems: [{ line: 13, col: 1, title: 'unknown-key: unknown key "bogus"', text: 'two.scenario.yaml:13:1 unknown-key' }],
                    })
                  : undefined,
          },
        ],
      },
    );
    const modules = vitest.state.getTestModules();
    for (const module of modules.filter(({ moduleId }) => moduleId.endsWith('empty.scenario.yaml'))) {
      empty.state = module.state();
      empty.tests = [...module.children.allTests()].map((test) => `${test.name}: ${test.result().state}`);
    }
    tests = modules
      .filter(({ moduleId }) => moduleId === file)
      .flatMap((module) =>
        [...module.children.allTests()].map((test) => ({
          name: test.name,
          state: test.result().state,
          line: test.location?.line,
          stacks: test.result().errors?.[0]?.stacks,
          meta: test.meta().mailproof,
        })),
      );
    await vitest.close();
    junit = readFileSync(path.join(root, 'junit.xml'), 'utf8');
    process.exitCode = undefined;
  });

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('is one test for each scenario, at its line', () => {
    expect(tests.map(({ name, state, line }) => ({ name, state, line }))).toEqual([
      { name: 'It works', state: 'passed', line: 2 },
      { name: 'It "fails" at `once`', state: 'failed', line: 7 },
      { name: 'unknown-key: unknown key "bogus"', state: 'failed', line: 13 },
    ]);
  });

  it('fails at the line and column of the step, and nowhere in the engine', () => {
    expect(tests[1]?.stacks).toEqual([expect.objectContaining({ file: path.join(root, 'two.scenario.yaml'), line: 11, column: 5 })]);
  });

  it('shows that place in a JUnit report', () => {
    expect(junit).toContain('two.scenario.yaml:11:5');
  });

  it('says so where no scenario of a file is for its variant, which Vitest would take for a mistake', () => {
    expect(empty).toEqual({ state: 'skipped', tests: ['no scenario of this file is for v: skipped'] });
  });

  it('carries what reporters need of each scenario', () => {
    expect(tests[0]?.meta).toMatchObject({ world: 'w', variant: 'v', scenario: 'It works', line: 2, covers: ['S-01'], mode: 'side-by-side' });
  });
});
