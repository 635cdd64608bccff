import { randomInt } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
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

/** Processes that work in the folder of the project. */
function processes(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(project.root);
    } catch {
      return false; // It has ended.
    }
  });
}

/** How long a run takes here that nobody interrupts; milliseconds. */
async function wholeRun(): Promise<number> {
  const began = performance.now();
  const { status, stderr } = await begin().ended;
  expect(status, stderr).toBe(0);
  project.remove();
  return performance.now() - began;
}

describe('a run that ends', () => {
  let whole: Promise<number> | undefined;
  const moments = Array.from({ length: Number(process.env.MAILPROOF_INTERRUPTS ?? 4) }, (_, index) => ({
    percent: randomInt(100),
    signal: index % 2 === 0 ? ('SIGINT' as const) : ('SIGKILL' as const),
  }));
  test.each(moments)(
    'at any moment by $signal leaves nothing: $percent % of its time',
    async ({ percent, signal }) => {
      whole ??= wholeRun();
      const moment = ((await whole) * percent) / 100;
      const run = begin();
      await Promise.race([after(moment), run.ended]);
      run.child.kill(signal);
      const { status, signal: by } = await run.ended;
      expect([0, 130, 5, signal], run.said()).toContain(status ?? by);
      // Nobody can tidy up after himself who was killed: the next command does.
      if (by === 'SIGKILL') expect((await project.run(['ps'])).status).toBe(0);
      expect(await left(), run.said()).toBe(0);
      if (by !== 'SIGKILL') expect(project.leftInTemp()).toEqual([]);
      expect(processes()).toEqual([]);
    },
    DEADLINE_MS,
  );
});

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
