import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Project, REPOSITORY, type Running } from './testing.ts';

// Each step is a command of its own, on real servers.
vi.setConfig({ testTimeout: 180_000 });

const LISTS = {
  exim: { file: 'etc/exim4/aliases', fixture: 'mx', line: (to: string) => `info: ${to}\n` },
  postfix: { file: 'etc/postfix/aliases', fixture: 'mx@postfix', line: (to: string) => `info@example.test ${to}@example.test\n` },
};

const SCENARIO = `scenario: Mail to info reaches Bob
steps:
  - send: { from: ann@sender.test, to: info@example.test }
  - expect:
      - delivered: { to: bob@example.test, mailbox: bob }
---
scenario: Mail to Carol arrives
steps:
  - send: { from: ann@sender.test, to: carol@example.test }
  - expect:
      - delivered: { to: carol@example.test, mailbox: carol }
`;

describe.each(['exim', 'postfix'] as const)('watch on %s', (variant) => {
  const { file, fixture, line } = LISTS[variant];
  const project = new Project({ mine: SCENARIO });
  let instance = '';
  let watching: Running;

  beforeAll(async () => {
    project.write(`mine/${file}`, line('alice'));
    const { stdout, stderr, status } = await project.run(['up', 'starter', '--variant', variant, '--files', 'mx=mine', '--json']);
    expect(status, stderr).toBe(0);
    instance = JSON.parse(stdout).instance;
    watching = project.start(['watch', 'scenarios/starter/mine.scenario.yaml:1', '--on', instance]);
  }, 120_000);
  afterAll(async () => {
    watching?.child.kill('SIGKILL');
    if (instance !== '') expect((await project.run(['down', instance])).status).toBe(0);
    project.remove();
  }, 60_000);

  test('the chosen scenario is run at once, and again on each save of a file that lies over a host', async () => {
    await watching.says(/0 passed, 1 failed in/);
    await watching.says(/watching:/);
    expect(watching.said()).toMatch(/FAILED Mail to info reaches Bob.*mine\.scenario\.yaml:5:9 EXPECTATION/s);
    project.write(`mine/${file}`, line('bob'));
    await watching.says(/mx: wrote [^\n]*aliases.*passed Mail to info reaches Bob.*1 passed, 0 failed in/s);
    expect(watching.said()).not.toContain('Carol');
  });

  test('what the server does not accept, and a scenario that cannot be read, are told; the next save counts', async () => {
    const config = variant === 'exim' ? 'etc/exim4/exim4.conf' : 'etc/postfix/main.cf';
    const good = readFileSync(path.join(REPOSITORY, 'fixtures/starter', fixture, config), 'utf8');
    project.write(`mine/${config}`, variant === 'exim' ? `${good}\nno such option\n` : `${good}\nmail_owner = nobody-here\n`);
    await watching.says(/COMMAND_FAILED: host mx: .*nothing was run/s);
    project.write(`mine/${config}`, good);
    await watching.says(/nothing was run.*1 passed, 0 failed in/s);
    const scenario = path.join(project.world, 'mine.scenario.yaml');
    writeFileSync(scenario, SCENARIO.replace('mailbox: bob', 'mailbx: bob'));
    await watching.says(/unknown-key.*mailbx.*did you mean "mailbox".*nothing was run/s);
    writeFileSync(scenario, SCENARIO);
    await watching.says(/mailbx.*1 passed, 0 failed in/s);
  });

  test('Ctrl-C ends it with the last verdict', async () => {
    watching.child.kill('SIGINT');
    expect((await watching.ended).status).toBe(0);
  });
});
