import { afterEach, expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import { Project, type Running } from './testing.ts';

const DEADLINE_MS = 120_000;
const SCENARIOS = Array.from(
  { length: 12 },
  (_, index) => `scenario: Message ${index + 1} arrives
steps:
  - send: { from: ann@sender.test, to: alice@example.test }
  - expect:
      - delivered: { to: alice@example.test }
`,
);
const ALONE = `scenario: Time goes by
steps:
  - clock: advance 1h
  - send: { from: ann@sender.test, to: bob@example.test }
  - expect:
      - delivered: { to: bob@example.test }
`;

let project: Project;
const left = async (): Promise<number> => (await openEngine(() => {})).sweep({ 'mailproof.dir': project.world });
afterEach(async () => {
  await left();
  project.remove();
});

function begin(): Running {
  project = new Project({ many: SCENARIOS.join('---\n'), alone: ALONE });
  return project.start(['run', 'starter', '--variant', 'exim']);
}

/** The container exists, or is being made: nothing is ready. */
async function firstContainer(): Promise<void> {
  const engine = await openEngine(() => {});
  for (;;) if ((await engine.list({ 'mailproof.dir': project.world })).length > 0) return;
}

test.each<[string, NodeJS.Signals, (run: Running) => Promise<void>]>([
  ['before anything was said', 'SIGINT', async (run) => run.says(/scenarios on|^/)],
  ['while containers are made', 'SIGINT', firstContainer],
  ['while the second instance starts', 'SIGINT', (run) => run.says(/is ready after/)],
  ['while scenarios run', 'SIGINT', (run) => run.says(/✓/)],
  ['while the world is taken away', 'SIGINT', (run) => run.says(/(✓[^✓]*){13}/)],
  ['by the end of its session', 'SIGTERM', (run) => run.says(/✓/)],
])(
  'a run that is interrupted %s leaves nothing',
  async (_when, signal, moment) => {
    const run = begin();
    await moment(run);
    run.child.kill(signal);
    const { status, signal: by } = await run.ended;
    // Before the first line of the program a signal ends it as it ends any.
    expect([130, 143, 5, signal], run.said()).toContain(status ?? by);
    expect(await left()).toBe(0);
    expect(project.leftInTemp()).toEqual([]);
  },
  DEADLINE_MS,
);

test(
  'a second Ctrl-C does not wait, and nothing is left all the same',
  async () => {
    const run = begin();
    await run.says(/is ready after/);
    run.child.kill('SIGINT');
    await run.says(/removing|interrupted/);
    run.child.kill('SIGINT');
    expect([130, 5]).toContain((await run.ended).status);
    // What was left is removed by a process that outlives the command.
    const engine = await openEngine(() => {});
    while ((await engine.list({ 'mailproof.dir': project.world })).length > 0);
  },
  DEADLINE_MS,
);

test(
  'what a killed run leaves is taken away by the next command',
  async () => {
    const run = begin();
    await run.says(/✓/);
    run.child.kill('SIGKILL');
    await run.ended;
    const { stderr } = await project.run(['ps']);
    expect(stderr).toMatch(/removed \d+ containers, networks and volumes of a run that did not end properly/);
    expect(await left()).toBe(0);
  },
  DEADLINE_MS,
);
