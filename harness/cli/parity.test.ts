import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Project, REPOSITORY } from './testing.ts';

const DEADLINE_MS = 120_000;
const SCENARIO = `scenario: Nobody is written to
steps:
  - send: { from: ann@sender.test, to: nobody@example.test }
  - expect:
      - refused: { to: nobody@example.test }
`;
const acceptance = (expires: string): string =>
  `- { id: A-1, matches: { field: enhanced, reference: 5.1.1, candidate: 5.7.1 }, reason: both say no, owner: postmaster, ticket: MAIL-1, created: 2020-01-01, expires: ${expires} }\n`;

let project: Project;
beforeAll(() => {
  const changed = (name: string) => ({ hosts: { mx: { files: ['fixtures/starter/mx', `changed/${name}`] } } });
  project = new Project({ nobody: SCENARIO }, (world) => {
    world.variants.other = changed('other');
    world.variants.broken = changed('broken');
  });
  const text = readFileSync(path.join(REPOSITORY, 'fixtures/starter/mx/etc/exim4/exim4.conf'), 'utf8');
  project.write('changed/other/etc/exim4/exim4.conf', text.replace('message        = 550 5.1.1', 'message        = 550 5.7.1'));
  project.write('changed/broken/etc/exim4/exim4.conf', `no such option\n${text}`);
});
afterAll(() => project.remove());

const compare = (candidate: string) => project.run(['parity', 'starter', '--reference', 'exim', '--candidate', candidate]);

test('a difference fails with 2, is forgiven while its acceptance is valid, and fails again when that has expired', { timeout: DEADLINE_MS }, async () => {
  expect(await compare('other')).toMatchObject({ status: 2, stdout: expect.stringContaining('other does not behave as exim') });
  project.write('scenarios/starter/accepted.yaml', acceptance('2999-12-31'));
  expect(await compare('other')).toMatchObject({ status: 0, stdout: expect.stringContaining('other behaves, but for accepted differences, as exim') });
  expect(project.read('reports/latest/parity.md')).toMatch(/A-1 \| used \| both say no \| postmaster \| MAIL-1/);
  project.write('scenarios/starter/accepted.yaml', acceptance('2020-12-31'));
  expect(await compare('other')).toMatchObject({ status: 2 });
  expect(project.read('reports/latest/parity.md')).toContain('acceptances have expired: A-1');
});

test('a candidate whose servers refuse their configuration is another, and the report says why', { timeout: DEADLINE_MS }, async () => {
  project.write('scenarios/starter/accepted.yaml', '[]\n');
  expect(await compare('broken')).toMatchObject({ status: 2, stdout: expect.stringContaining('broken does not behave as exim') });
  const report = project.read('reports/latest/parity.md');
  expect(report).toMatch(/different \| scenario, result \| passed \| did not begin \| host mx did not come up/);
  expect(report).toContain('steps after 0 of 2, which one side did not reach');
});
