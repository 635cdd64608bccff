import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { attachWorld } from '../world/index.ts';
import { findInstance } from './instances.ts';
import { Project, REPOSITORY, type Said } from './testing.ts';

// Each step is a command of its own, and each run starts a world.
vi.setConfig({ testTimeout: 300_000 });

/**
 * What is done at the desk becomes a scenario, and that is run:
 *
 *   people -> mx (Exim, or Postfix) -> store (Dovecot)
 *               mx                  -> hosted.test, slow.test (greylists)
 */
const FORGETFUL = {
  exim: { file: 'etc/exim4/aliases', aliases: 'sales: bob\n' },
  postfix: { file: 'etc/postfix/aliases', aliases: 'sales@example.test bob@example.test\n' },
};

/** What is done, in order. */
const DONE = [
  ['send', '--to', 'alice@example.test', '--subject', 'Plain, and delivered'],
  ['send', '--to', 'nobody@example.test', '--to', 'bob@example.test', '--from', 'ann@sender.test'],
  ['send', '--to', 'sales@example.test', '--from', '<>', '--helo', 'client.sender.test', '--tls', 'never'],
  ['outside', 'hosted.test', 'greylist: 5m'],
  ['send', '--user', 'alice', '--to', 'pat@hosted.test'],
  ['clock', 'advance', '20m'],
  ['outside', 'hosted.test', 'reply: "550 5.1.1 nobody, here", at: rcpt, to: "gone@*"', 'no starttls'],
  ['send', '--user', 'alice', '--to', 'gone@hosted.test'],
  ['outside', 'hosted.test', '--restore'],
  ['shell', 'mx', 'echo looked > /dev/null'],
  ['reload', 'mx'],
  ['cut', 'mx', 'store'],
  ['send', '--to', 'carol@example.test', '--to', 'dave@example.test', '--client', '198.51.100.207'],
  ['clock', 'advance', '20m'],
  ['heal', 'mx', 'store'],
  ['clock', 'advance', '1h', '30m'],
  ['stop', 'mx'],
  ['send', '--to', 'erin@example.test'],
  ['start', 'mx'],
  ['reload', 'mx'],
  ['send', '--user', 'alice', '--to', 'pat@slow.test'],
] as const;
/** Before this one a file of the host's was edited. */
const EDITED = DONE.findLastIndex(([name]) => name === 'reload');

const FILE = 'scenarios/starter/recorded.scenario.yaml';

describe.each(['exim', 'postfix'] as const)('what was done at the desk, on %s,', (variant) => {
  const project = new Project({});
  let instance = '';
  const on = (...args: readonly string[]): Promise<Said> => project.run([...args, '--on', instance]);
  const run = (file: string): Promise<Said> => project.run(['run', file, '--variant', variant]);
  interface Step {
    number: number;
    verb?: string;
    value?: unknown;
    command?: string;
  }
  const done = async (): Promise<Step[]> => JSON.parse((await on('record', '--list', '--json')).stdout);

  beforeAll(async () => {
    project.write('mine/etc/note', 'first\n');
    const { stdout, stderr, status } = await project.run(['up', 'starter', '--variant', variant, '--files', 'mx=mine', '--json']);
    expect(status, stderr).toBe(0);
    instance = JSON.parse(stdout).instance;
    expect((await on('record', '--list')).stdout).toBe('nothing was done in this world yet\n');
    expect((await on('record', FILE)).stderr).toMatch(/NOT_FOUND: nothing was done in this world yet\n.*send --to/);
    for (const [index, args] of DONE.entries()) {
      if (index === EDITED) project.write('mine/etc/note', 'second\n');
      const said = await on(...args);
      // A message that is refused, or waits, ends with 1.
      expect(said.status, `${args.join(' ')}: ${said.stdout}${said.stderr}`).toBeLessThanOrEqual(args[0] === 'send' ? 1 : 0);
    }
  }, 300_000);
  afterAll(async () => {
    if (instance !== '') expect((await project.run(['down', instance])).status).toBe(0);
    project.remove();
  }, 60_000);

  test('is listed with the command of each step, which notes the same step when it is done again', async () => {
    const steps = await done();
    const verbOf = (args: (typeof DONE)[number], index: number): string | null => (args[0] === 'shell' || index === EDITED ? null : args[1] === '--user' ? 'submit' : args[0]);
    expect(steps.map(({ verb }) => verb ?? null)).toEqual(DONE.map(verbOf));
    const again = steps.filter(({ verb }) => verb === 'cut' || verb === 'heal' || verb === 'outside');
    expect(again).toHaveLength(5);
    const { stdout } = await on('record', '--list');
    for (const { command } of again) {
      expect(stdout).toContain(command);
      const shell = project.spawn('sh', ['-c', `mailproof() { "$NODE" "$MAIN" "$@" --on ${instance}; }; ${command}`], {
        NODE: process.execPath,
        MAIN: path.join(REPOSITORY, 'harness/cli/main.ts'),
      });
      expect((await shell.ended).status).toBe(0);
    }
    expect((await done()).slice(DONE.length).map(({ verb, value, command }) => ({ verb, value, command }))).toEqual(
      again.map(({ verb, value, command }) => ({ verb, value, command })),
    );
  });

  test('becomes a file that says what came of it, and that goes the same way in a fresh instance', async () => {
    const { status, stdout, stderr } = await on('record', FILE, '--title', 'An afternoon at the desk', '--to-step', String(DONE.length));
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(`mailproof run ${FILE} --variant ${variant}`);
    expect(stderr).toMatch(/left out: .*mailproof shell mx 'echo looked > \/dev\/null'/);
    const text = project.read(FILE);
    expect(text).toMatch(/# no word of the language does this: mailproof shell mx/);
    expect(stderr).toMatch(/left out: .*mailproof reload mx \(mx: wrote \/etc\/note, .*reloaded /);
    expect(stderr).toMatch(/left out: mx had mine laid over it \(up --files\)/);
    expect(text).toMatch(/^# mx had mine laid over it/m);
    const { scenario, steps } = parse(text);
    expect(scenario).toBe('An afternoon at the desk');
    const outcomes = steps.flatMap((step: { expect?: object[] }) => step.expect ?? []);
    for (const outcome of [
      { delivered: { to: 'alice@example.test', mailbox: 'alice', folder: 'INBOX' } },
      { refused: { to: 'nobody@example.test', stage: 'rcpt', code: 550, enhanced: '5.1.1' } },
      { delivered: { to: 'bob@example.test', original: 'sales@example.test', mailbox: 'bob', folder: 'INBOX' } },
      { delivered: { to: 'sales@hosted.test', original: 'sales@example.test' } },
      { queued: { at: 'mx', to: 'pat@hosted.test', reason: '*451*' } },
      { delivered: { to: 'pat@hosted.test' } },
      { returned: expect.objectContaining({ to: 'gone@hosted.test', mailbox: 'alice' }) },
      { delivered: { to: 'dave@example.test', mailbox: 'dave', folder: 'INBOX' } },
      { refused: expect.objectContaining({ to: 'erin@example.test', stage: 'connect' }) },
    ])
      expect(outcomes).toContainEqual(outcome);
    const ran = await run(FILE);
    expect(ran.status, `${text}\n${ran.stdout}${ran.stderr}`).toBe(0);
  });

  test('fails when something else is expected, and when the configuration forgets what it did', async () => {
    const text = project.read(FILE);
    const other = 'scenarios/starter/other.scenario.yaml';
    project.write(other, text.replace('delivered: { to: dave@example.test, mailbox: dave', 'delivered: { to: dave@example.test, mailbox: erin'));
    expect(project.read(other)).not.toBe(text);
    const unexpected = await run(other);
    expect(unexpected.stdout).toMatch(/expected "erin".*"dave"/s);
    expect(unexpected.status).toBe(1);

    const { file, aliases } = FORGETFUL[variant];
    project.write(`forgetful/${file}`, aliases);
    const world = project.readWorld();
    const base = world.hosts.mx;
    world.hosts.mx = { ...base, files: [...Reflect.get(base ?? {}, 'files'), 'forgetful'] };
    const own = world.variants.postfix?.hosts?.mx;
    if (own !== undefined) Object.assign(own, { files: [...Reflect.get(own, 'files'), 'forgetful'] });
    project.writeWorld(world);
    const forgotten = await run(FILE);
    expect(forgotten.stdout).toContain('sales@hosted.test');
    expect(forgotten.status).toBe(1);
  });

  test('is written from any step on, with what still stood before it; no file is written over', async () => {
    const late = 'scenarios/starter/late.scenario.yaml';
    const { status, stderr } = await on('record', late, '--from-step', '14', '--to-step', '14');
    expect(status, stderr).toBe(0);
    const { steps } = parse(project.read(late));
    expect(steps).toEqual([{ outside: { 'hosted.test': {} } }, { cut: ['mx', 'store'] }, { clock: 'advance 20m' }]);
    const again = await on('record', late, '--from-step', '14');
    expect(again.stderr).toContain('is there already');
    expect(again.status).toBe(3);
    expect((await on('record', late, '--from-step', '1', '--to-step', '1', '--force')).status).toBe(0);
    expect(parse(project.read(late)).steps).toHaveLength(2);
  });

  test('says how long it took until waiting mail went, where nobody moved the clock', async () => {
    const first = (await done()).length + 1;
    expect((await on('outside', 'hosted.test', 'reply: "451 4.3.0 not now", at: rcpt')).status).toBe(0);
    expect((await on('send', '--user', 'alice', '--to', 'late@hosted.test')).status).toBe(1);
    expect((await on('outside', 'hosted.test', '--restore')).status).toBe(0);
    // As real time goes by, at which the servers look at their queues: no step of anybody's.
    await using world = await attachWorld(await findInstance(instance));
    await world.hub.clock({ advanceMs: 25 * 60_000 });
    const file = 'scenarios/starter/slow.scenario.yaml';
    const { status, stderr } = await on('record', file, '--from-step', String(first));
    expect(status, stderr).toBe(0);
    const text = project.read(file);
    expect(text).toMatch(/- clock: advance \d+m {2}# so long it took at the desk until it was tried again/);
    const { steps } = parse(text);
    expect(steps.slice(-3)).toEqual([
      { expect: [{ queued: expect.objectContaining({ at: 'mx', to: 'late@hosted.test' }) }] },
      { clock: expect.stringMatching(/^advance 2[5-7]m$/) },
      { expect: [{ delivered: { to: 'late@hosted.test' } }] },
    ]);
    const ran = await run(file);
    expect(ran.status, `${text}\n${ran.stdout}${ran.stderr}`).toBe(0);
  });

  test.each([
    [['record'], 'takes one file to write, or --list'],
    [['record', 'x.yaml'], 'ends in .scenario.yaml'],
    [['record', 'elsewhere.scenario.yaml'], 'does not lie in the folder of its world'],
    [['record', 'scenarios/starter/none.scenario.yaml', '--from-step', '900'], 'no step from 900'],
    [['record', 'scenarios/starter/none.scenario.yaml', '--from-step', 'two'], 'takes a whole number'],
    [['record', 'scenarios/starter/no/such/none.scenario.yaml'], 'cannot write'],
  ])('what makes no sense is said: %s', async (args, said) => {
    const { status, stderr } = await on(...args);
    expect(stderr).toContain(said);
    expect(status).toBe(3);
  });
});
