import { afterEach, expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import type { FaultsResult } from '../faults/index.ts';
import { Project } from './testing.ts';

const DEADLINE_MS = 240_000;
const SCENARIOS = `scenario: An alias reaches each of its targets
covers: [S-03]
steps:
  - send: { from: ann@sender.test, to: team@example.test }
  - expect:
      - delivered: { mailbox: alice }
      - delivered: { mailbox: bob }
      - delivered: { mailbox: carol }
---
scenario: A stranger cannot relay
covers: [S-08]
steps:
  - send: { from: ann@sender.test, to: x@hosted.test }
  - expect:
      - refused: { code: 554 }
`;
const NARROW = 'team:           alice, bob, carol';
const fault = (id: string, breaks: string, rest: object): object => ({ id, what: 'Something is wrong', breaks: [breaks], ...rest });
const exim = (replace: string, text: string) => ({ host: 'mx', file: '/etc/exim4/exim4.conf', replace, with: text });

let project: Project;
const left = async (): Promise<number> => (await openEngine(() => {})).sweep({ 'mailproof.dir': project.world });
afterEach(async () => {
  await left();
  project.remove();
});

function begin(scenarios: string, faults: readonly object[]): void {
  project = new Project({ some: scenarios });
  project.write('scenarios/starter/faults.yaml', JSON.stringify(faults));
}

test(
  'each fault is noticed by a scenario, survives, or does not start, and says so',
  async () => {
    begin(SCENARIOS, [
      fault(
        'open-relay',
        'S-08',
        exim(
          '  deny    domains        = ! +local_domains\n          message        = 554 5.7.1 Relay access denied\n\n  # A',
          '  accept  domains        = ! +local_domains\n\n  # A',
        ),
      ),
      fault('other-words', 'S-08', exim('# The world beyond.\n', '# The world outside.\n')),
      fault('no-such-option', 'S-08', exim('strip_trailing_dot = yes', 'strip_trailing_dots = yes')),
      fault('no-aliases', 'S-03', { host: 'mx', file: '/etc/exim4/aliases', delete: true, then: 'nothing' }),
      fault('another-world', 'S-03', { host: 'mx', file: '/etc/exim4/aliases', replace: NARROW, with: `${NARROW}, dave`, then: 'new instance' }),
      fault('nobody-looks', 'S-29', exim('!verify        = sender', '!verify        = helo')),
    ]);
    const { status, stdout, stderr } = await project.run(['faults', 'starter', '--json']);
    const [result]: FaultsResult[] = JSON.parse(stdout);
    expect(
      result?.faults.map(({ id, verdict }) => `${id}: ${verdict.class}${verdict.class === 'noticed' ? ` by ${verdict.by.scenario}` : ''}`),
      stderr,
    ).toEqual([
      'open-relay: noticed by A stranger cannot relay',
      'other-words: survived',
      'no-such-option: does not start',
      'no-aliases: noticed by An alias reaches each of its targets',
      'another-world: noticed by An alias reaches each of its targets',
      'nobody-looks: survived',
    ]);
    expect(result?.faults[0]).toMatchObject({ verdict: { by: { code: 'EXPECTATION', line: 15 }, proof: 'green again' }, candidates: 1, ran: 1 });
    expect(status).toBe(1);
    const report = project.read('reports/latest/faults.md');
    expect(report).toMatch(/6 faults in .*: 2 survived, 1 does not start, 3 noticed/);
    expect(report.indexOf('SURVIVED')).toBeLessThan(report.indexOf('Noticed'));
    expect(await left()).toBe(0);
  },
  DEADLINE_MS,
);

test(
  'a scenario that is red without any fault is named, and no fault is tried',
  async () => {
    begin(SCENARIOS.replace('code: 554', 'code: 553'), [fault('other-words', 'S-08', exim('# The world beyond.\n', '# The world outside.\n'))]);
    const { status, stdout } = await project.run(['faults', 'other-words']);
    expect(stdout).toMatch(/cannot say: 1 of 1 scenarios are red without any fault/);
    expect(stdout).toMatch(/some\.scenario\.yaml:15 A stranger cannot relay/);
    expect(status).toBe(5);
    expect(await left()).toBe(0);
  },
  DEADLINE_MS,
);

test(
  'a run that is interrupted leaves nothing',
  async () => {
    const change = exim('# The world beyond.\n', '# The world outside.\n');
    begin(
      SCENARIOS,
      Array.from({ length: 20 }, (_, index) => fault(`other-words-${index}`, 'S-08', change)),
    );
    const run = project.start(['faults', 'starter', '--lanes', '1']);
    await run.says(/^1\/20/m);
    run.child.kill('SIGINT');
    expect([130, 5], run.said()).toContain((await run.ended).status);
    expect(await left()).toBe(0);
    expect(project.leftInTemp()).toEqual([]);
  },
  DEADLINE_MS,
);

test('a fault that is not there is told with the nearest one', async () => {
  begin(SCENARIOS, [fault('other-words', 'S-08', exim('# The world beyond.\n', '# The world outside.\n'))]);
  const { status, stderr } = await project.run(['faults', 'starter', 'other-word']);
  expect(stderr).toMatch(/has no fault "other-word" of variant exim\n {2}did you mean "other-words"\?/);
  expect(status).toBe(3);
});
