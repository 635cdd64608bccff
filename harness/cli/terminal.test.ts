import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import { ERASE_LINE, Folder, Project, type Said, screenOf } from './testing.ts';

const LONG = 'A message whose title is longer than the terminal is wide arrives at the person that it was written to';
const project = new Project({
  arrives: `scenario: ${LONG}
steps:
  - send: { from: ann@sender.test, to: alice@example.test }
  - expect:
      - delivered: { to: alice@example.test }
---
scenario: Nobody takes it
steps:
  - send: { from: ann@sender.test, to: alice@example.test }
  - expect:
      - delivered: { to: bob@example.test }
`,
});
afterAll(async () => {
  const engine = await openEngine(() => {});
  expect(await engine.sweep({ 'mailproof.dir': project.world })).toBe(0);
  project.remove();
});

describe('a run at a terminal of 60 columns', () => {
  let said: Said;
  let screen: string[] = [];
  beforeAll(async () => {
    const run = project.atTerminal(['run', 'starter', '--variant', 'exim'], { columns: 60 });
    said = await run.ended;
    screen = screenOf(said.stdout);
  }, 120_000);

  test('shows what is under way on one line that is never wrapped, and takes it away again', () => {
    const status = said.stdout
      .split('\n')
      .flatMap((line) => line.split(ERASE_LINE))
      .filter((part) => /^\d\/2/.test(part));
    expect(status.some((part) => part.includes('A message whose title'))).toBe(true);
    expect(Math.max(...status.map((part) => part.replaceAll('\r', '').length))).toBeLessThan(60);
    expect(screen.filter((line) => /^\d\/2/.test(line))).toEqual([]);
  });

  test('leaves on the screen what failed, why, and how to run it again', () => {
    expect(screen[0]).toBe('2 scenarios on starter/exim');
    const failed = screen.findIndex((line) => /^✗ starter\/exim Nobody takes it/.test(line));
    expect(screen.slice(failed).join('\n')).toMatch(/arrives\.scenario\.yaml:11:9 EXPECTATION\n.*expected, and did not happen:\n.*bob@example\.test/s);
    expect(screen.slice(failed)).toContainEqual(expect.stringMatching(/^1 failed, 1 passed in |^1 passed, 1 failed in /));
    expect(screen).toContain('again:   npx mailproof run scenarios/starter/arrives.scenario.yaml:7 --variant exim');
    expect(said.status).toBe(1);
  });

  test('is in colour, which NO_COLOR takes away and nothing else', async () => {
    expect(said.stdout).toContain('\u001b[31m');
    const plain = await project.atTerminal(['run', 'starter', '--variant', 'exim', '-t', 'Nobody'], { env: { NO_COLOR: '1' } }).ended;
    expect(plain.stdout.replaceAll(ERASE_LINE, '')).not.toContain('\u001b');
    expect(screenOf(plain.stdout)).toContainEqual(expect.stringMatching(/^✗ starter\/exim Nobody takes it/));
  }, 120_000);
});

test('Ctrl-C that is typed ends a run in order, and is told once', async () => {
  const run = project.atTerminal(['run', 'starter', '--variant', 'exim']);
  await run.says(/is ready after/);
  run.type('\u0003');
  const { status, stdout } = await run.ended;
  // Whichever is first: the run that gives up, or the signal.
  expect([130, 5], stdout).toContain(status);
  expect(screenOf(stdout).join('\n')).toMatch(/interrupted: taking everything away/);
  expect(stdout).not.toMatch(/could not be/);
}, 120_000);

test('init asks for what it was not told, and does with it what it does with flags', async () => {
  const user = new Folder();
  user.write('theirs/exim4.conf', 'primary_hostname = mx.example.org\n');
  const run = user.atTerminal(['init', '--config', 'theirs', '--domain', 'example.org']);
  await run.says(/Which mail server\? \(exim, postfix\) /);
  run.type('sendmail\nexim\n');
  const { stdout } = await run.ended;
  expect(screenOf(stdout).filter((line) => line.startsWith('Which mail server?'))).toHaveLength(2);
  expect(user.read('scenarios/mail/world.yaml')).toContain('image: exim');
  user.remove();
}, 60_000);
