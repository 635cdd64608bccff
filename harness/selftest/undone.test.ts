import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import { type Ledger, ledgerOf } from '../ledger/index.ts';
import { type AttemptRecord, parseScenarios, startScenario } from '../scenario/index.ts';
import { loadWorld, type StartedWorld, startWorld, type WorldModel } from '../world/index.ts';
import { makeProject, type Project } from './project.ts';

const START_MS = 300_000;
const TEST_MS = 60_000;

interface Running {
  model: WorldModel;
  world: StartedWorld;
  ledger: Ledger;
  closeStream: () => void;
}

let project: Project;
/** By name: a variant, or what tells another instance of it apart. */
const running = new Map<string, Running>();

async function start(variant: string, name = variant): Promise<void> {
  const model = loadWorld('starter', variant, project.root);
  const world = await startWorld(model, { engine: await openEngine(() => {}), report: () => {} });
  const ledger = ledgerOf(model);
  const stream = world.hub.events(0, (event) => ledger.apply(event));
  running.set(name, { model, world, ledger, closeStream: () => stream.close() });
}

beforeAll(async () => {
  project = makeProject('undone');
  await Promise.all(['exim', 'postfix'].map((variant) => start(variant)));
}, START_MS);
afterAll(async () => {
  for (const { closeStream } of running.values()) closeStream();
  await Promise.all([...running.values()].map(({ world }) => world.stop()));
  project?.remove();
});

/** All scenarios of the file, one after the other in one instance. */
async function runAll(file: string, instance = 'exim'): Promise<{ record: AttemptRecord; broken?: string }[]> {
  const on = running.get(instance);
  if (on === undefined) throw new Error(`${instance} was not started`);
  const { model, world, ledger } = on;
  const { scenarios, diagnostics } = parseScenarios(file, readFileSync(file, 'utf8'), model);
  expect(diagnostics).toEqual([]);
  const done: { record: AttemptRecord; broken?: string }[] = [];
  for (const scenario of scenarios) {
    for (const example of scenario.examples) {
      const session = await startScenario(world, ledger, scenario, example);
      try {
        for (const index of example.steps.keys()) await session.step(index);
        await session.finish();
      } finally {
        done.push(await session.close());
      }
    }
  }
  return done;
}

test('what databases, directories and commands were told holds for a scenario, and is taken back after it', { timeout: TEST_MS }, async () => {
  const [told, after, failing, ...more] = await runAll(path.join(project.root, 'scenarios/starter/undone.scenario.yaml'));
  expect(more).toEqual([]);
  expect([told?.record.error, told?.broken, after?.record.error, after?.broken]).toEqual([undefined, undefined, undefined, undefined]);
  expect(told?.record.steps[0]?.transcript?.map((line) => `${line.mark} ${line.text}`)).toEqual([
    '-- mx: sed -i -f /dev/stdin /etc/exim4/aliases',
    '-> $a returns: orders',
    '-- mx: sed -i -f /dev/stdin /etc/exim4/aliases (taking back)',
    '-> /^returns:/d',
  ]);
  expect(failing?.broken).toBe('taking back "run on mx" failed: on mx `echo no; false` ended with status 1; it said:\nno');
});

test.each(['exim', 'postfix'])('no host keeps from one scenario to the next what it knows of another host that failed, on %s', { timeout: TEST_MS }, async (variant) => {
  const done = await runAll(path.join(project.root, 'scenarios/starter/trouble.scenario.yaml'), variant);
  expect(done.map(({ record, broken }) => [record.error?.message, broken])).toEqual(done.map(() => [undefined, undefined]));
  expect(done).toHaveLength(4);
});

test('what a scenario moved to another variant is back after it', { timeout: TEST_MS }, async () => {
  const done = await runAll(path.join(project.root, 'scenarios/starter/moved.scenario.yaml'));
  expect(done.map(({ record, broken }) => [record.error?.message, broken])).toEqual(done.map(() => [undefined, undefined]));
  expect(done).toHaveLength(6);
});

test('maps that a script makes of files are made anew when these are moved, and when they are moved back', { timeout: TEST_MS }, async () => {
  const done = await runAll(path.join(project.root, 'scenarios/starter/maps.scenario.yaml'), 'postfix');
  expect(done.map(({ record, broken }) => [record.error?.message, broken])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
});

test('a host is installed anew as another server, and its instance is not used again', { timeout: 2 * TEST_MS }, async () => {
  await start('exim', 'anew');
  const [done] = await runAll(path.join(project.root, 'scenarios/starter/anew.scenario.yaml'), 'anew');
  expect([done?.record.error?.message, done?.broken]).toEqual([undefined, 'host mx was installed anew as postfix']);
});

test('an instance in which a host cannot be moved back is not used again', { timeout: TEST_MS }, async () => {
  const [done] = await runAll(path.join(project.root, 'scenarios/starter/stuck.scenario.yaml'));
  expect(done?.broken).toMatch(/^taking back "migrate mx to moved" failed: host mx: its files could not be written, with status 127: .*mktemp: not found/);
});
