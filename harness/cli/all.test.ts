import { cpSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { openEngine } from '../engine/index.ts';
import type { Results } from '../scenario/index.ts';
import { Project, REPOSITORY } from './testing.ts';

const ARRIVES = `scenario: A message arrives
covers: [S-01]
steps:
  - send: { from: ann@sender.test, to: alice@example.test }
  - expect:
      - delivered: { to: alice@example.test, mailbox: alice }
`;

// Three worlds: two with two variants each, which are compared, and one with a single variant.
const project = new Project({ one: ARRIVES });
for (const [world, variants] of [
  ['other', ['exim']],
  ['third', ['exim', 'postfix']],
] as const) {
  project.write(`scenarios/${world}/world.yaml`, stringify({ ...parse(project.read('scenarios/starter/world.yaml')), world, default: variants }));
  project.write(`scenarios/${world}/two.scenario.yaml`, ARRIVES);
  cpSync(path.join(REPOSITORY, 'scenarios/starter/requirements.yaml'), path.join(project.root, 'scenarios', world, 'requirements.yaml'));
}
project.write(
  'scenarios/third/own.scenario.yaml',
  ARRIVES.replace('covers: [S-01]', 'covers: [S-01]\nvariants: { only: [postfix], why: a scenario of its own }').replace('arrives', 'arrives by Postfix'),
);
afterAll(async () => {
  const engine = await openEngine(() => {});
  for (const world of ['starter', 'other', 'third']) expect(await engine.sweep({ 'mailproof.dir': path.join(project.root, 'scenarios', world) })).toBe(0);
  project.remove();
});

test('every world is run and stands in one report; each that has two variants has its comparison', async () => {
  const { status, stdout, stderr } = await project.run(['all']);
  expect(status, stdout + stderr).toBe(0);
  const results: Results = JSON.parse(project.read('reports/latest/results.json'));
  expect(results.runs.map((run) => `${run.world}/${run.variant} ${run.outcome}`)).toEqual([
    'other/exim passed',
    'starter/exim passed',
    'starter/postfix passed',
    'third/exim passed',
    'third/postfix passed',
    'third/postfix passed',
  ]);
  expect(results).toMatchObject({ outcome: 'passed', whole: ['other', 'starter', 'third'] });
  expect(new Set(results.requirements.map((requirement) => requirement.world))).toEqual(new Set(['other', 'starter', 'third']));
  const index = project.read('reports/latest/index.html');
  for (const world of ['other', 'starter', 'third']) expect(index).toContain(`data-project="${world}/exim"`);
  for (const world of ['starter', 'third'])
    expect(JSON.parse(project.read(`reports/latest/parity-${world}.json`))).toMatchObject({ worlds: [world], verdict: expect.stringMatching(/^same/) });
  // What one side only has is run on it, and not compared.
  expect(JSON.parse(project.read('reports/latest/parity-third.json'))).toMatchObject({ because: ['1 scenarios are for one of the sides only'] });
  for (const file of ['index.html', 'parity-starter.html', 'parity-third.html']) expect(stdout).toContain(`  reports/latest/${file}\n`);
  expect(stdout).toContain('other: passed\n');
}, 240_000);

test('a single comparison is parity.html', async () => {
  const { status, stdout, stderr } = await project.run(['all', 'starter', 'other']);
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toContain('  reports/latest/parity.html\n');
}, 120_000);
