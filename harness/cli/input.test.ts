import { afterAll, describe, expect, test } from 'vitest';
import { Project } from './testing.ts';

const MISTAKEN = `scenario: A message arrives
steps:
  - sned: { from: ann@sender.test, to: alice@example.test }
  - expect:
      - delivered: { too: alice@example.test }
`;
const GOOD = `scenario: A message arrives
covers: [S-01]
tags: [quick]
steps:
  - send: { from: ann@sender.test, to: alice@example.test }
  - expect:
      - delivered: { to: alice@example.test }
`;

const project = new Project({ good: GOOD });
const mistaken = new Project({ mistaken: MISTAKEN });
afterAll(() => {
  project.remove();
  mistaken.remove();
});

describe('what cannot be understood is refused with the nearest word, and exit code 3', () => {
  test.concurrent.each<[string[], RegExp]>([
    [['rnu'], /no command "rnu"\n {2}did you mean "run"\?/],
    [['run', '--vriant', 'exim'], /no option --vriant\n {2}did you mean --variant\?/],
    [['run', 'strter'], /did you mean "starter"\?/],
    [['run', 'starter', '--variant', 'exmi'], /did you mean "exim"\?/],
    [['run', 'starter', '--shard', '3/2'], /"3\/2" is not a part of the suite/],
    [['run', 'starter', '--retries', 'many'], /--retries takes a whole number from 0, got "many"/],
    [['run', 'starter', '--name', '('], /not a regular expression/],
    [['run', 'starter', '--tag', 'nonesuch'], /no scenario was selected/],
    [['run', '--tag', '--json'], /option --tag of mailproof run needs a value/],
    [['check', '--files-only=yes'], /takes no value/],
    [['up'], /takes one world/],
    [['parity', 'starter'], /takes a world and both sides/],
    [['parity', 'starter', '--reference', 'exim', '--candidate', 'exim'], /both "exim"/],
    [['queue', '--on', 'nonesuch'], /no running world "nonesuch"/],
    [['send', '--on', 'nonesuch', '--to', 'alice@example.test'], /no running world "nonesuch"/],
    [['report', 'nonesuch.json'], /cannot read nonesuch\.json/],
  ])('mailproof %j', async (args, says) => {
    const { status, stdout, stderr } = await project.run(args);
    expect(stderr).toMatch(says);
    expect(stdout).toBe('');
    expect(status).toBe(3);
  });
});

test('every command explains itself', async () => {
  const { stdout, status } = await project.run(['help']);
  expect(status).toBe(0);
  const commands = [...stdout.matchAll(/^ {2}(\w+) /gm)].map((match) => match[1] ?? '');
  expect(commands).toEqual(expect.arrayContaining(['doctor', 'check', 'run', 'parity', 'report', 'graph', 'up', 'down', 'ps', 'send', 'trace', 'queue', 'logs', 'shell', 'clock']));
  for (const command of commands) expect((await project.run([command, '--help'])).stdout).toContain(`usage: mailproof ${command}`);
});

describe('mistakes in files', () => {
  const places = [
    'scenarios/starter/mistaken.scenario.yaml:3:5 unknown-key',
    'did you mean "send"?',
    'scenarios/starter/mistaken.scenario.yaml:5:22 unknown-key',
    'did you mean "to"?',
  ];

  test('are all told at once by `check`, at their places', async () => {
    const { status, stdout } = await mistaken.run(['check', '--files-only']);
    for (const place of places) expect(stdout).toContain(place);
    expect(status).toBe(3);
  });

  test('are data with --json, and nothing else is written there', async () => {
    const { stdout } = await mistaken.run(['check', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      diagnostics: [
        { file: 'scenarios/starter/mistaken.scenario.yaml', line: 3, col: 5 },
        { line: 5, col: 22 },
      ],
      servers: [],
    });
  });

  test('stop `run` before anything is started', async () => {
    const { status, stderr } = await mistaken.run(['run', 'starter']);
    for (const place of places) expect(stderr).toContain(place);
    expect(status).toBe(3);
  });
});

test('without a container engine the exit code is 4, and the message says what to do', async () => {
  const env = { DOCKER_HOST: 'tcp://127.0.0.1:1', TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1' };
  const { status, stderr } = await project.run(['ps'], env);
  expect(stderr).toMatch(/mailproof: ENGINE_\w+: /);
  expect(stderr.trimEnd().split('\n').length).toBeGreaterThan(1);
  expect(status).toBe(4);
  expect((await project.run(['run', 'starter', '--variant', 'exim'], env)).status).toBe(4);
});
