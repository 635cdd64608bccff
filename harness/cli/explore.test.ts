import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Exploration } from '../parity/index.ts';
import { Project, REPOSITORY } from './testing.ts';

const DEADLINE_MS = 240_000;
const EXIM = 'fixtures/starter/mx/etc/exim4';
/** Nobody has written a scenario for this address, and nothing but the alias file knows of it. */
const PLANTED = 'treasurer';

let project: Project;
beforeAll(() => {
  const changed = (name: string) => ({ hosts: { mx: { files: ['fixtures/starter/mx', `changed/${name}`] } } });
  project = new Project({}, (world) => {
    for (const name of ['before', 'after', 'again']) world.variants[name] = changed(name);
  });
  const aliases = readFileSync(path.join(REPOSITORY, EXIM, 'aliases'), 'utf8');
  for (const [name, target] of [
    ['before', 'bob'],
    ['after', 'carol'],
    ['again', 'bob'],
  ] as const)
    project.write(`changed/${name}/etc/exim4/aliases`, `${aliases}\n${PLANTED}: ${target}\n`);
});
afterAll(() => project.remove());

const explore = (candidate: string, ...more: string[]) => project.run(['parity', 'starter', '--reference', 'before', '--candidate', candidate, ...more]);

test('a difference that no scenario looks for is found, made small, and written as a scenario that passes on one side and fails on the other', {
  timeout: DEADLINE_MS,
}, async () => {
  const { status, stdout, stderr } = await explore('after', '--explore', '150', '--seed', '4', '--json');
  expect(status, stderr).toBe(2);
  const explored: Exploration = JSON.parse(stdout);
  expect(explored.cases).toMatchObject({ asked: 150, compared: 150 });
  expect(explored.unconfirmed).toEqual([]);
  const plain = explored.findings.find(({ smallest }) => smallest === `mail from ann@sender.test to ${PLANTED}@example.test`);
  expect(plain, JSON.stringify(explored.findings.map(({ smallest }) => smallest))).toMatchObject({
    differences: expect.arrayContaining([{ subject: `step 2: mail to ${PLANTED}@example.test`, field: 'place', reference: 'store:bob/INBOX', candidate: 'store:carol/INBOX' }]),
    proof: { ok: true },
  });
  // Nothing else differs, so that every finding has that address in it, in one form or another.
  for (const { smallest } of explored.findings) expect(smallest.toLowerCase()).toContain(PLANTED);
  const files = readdirSync(path.join(project.root, 'reports/latest/explored')).filter((name) => name.endsWith('.scenario.yaml'));
  expect(files.map((name) => name.replace('.scenario.yaml', '')).sort()).toEqual(explored.findings.map(({ name }) => name).sort());
  for (const { name, yaml } of explored.findings) project.write(`scenarios/starter/found-${name}.scenario.yaml`, yaml);
  expect(await project.run(['run', 'starter', '--variant', 'before'])).toMatchObject({ status: 0 });
  expect(await project.run(['run', 'starter', '--variant', 'after'])).toMatchObject({ status: 1, stdout: expect.stringContaining(`${explored.findings.length} failed`) });
});

test('what accepted.yaml accepts is told as that, and does not fail', { timeout: DEADLINE_MS }, async () => {
  const fields = '[place, recipient, header delivered-to, "header delivered-to (*)", header x-original-to, header received]';
  project.write(
    'scenarios/starter/accepted.yaml',
    `- { id: A-7, matches: { subject: "*: mail to *", field: ${fields} }, reason: the office has moved, owner: postmaster, ticket: MAIL-7, created: 2020-01-01, expires: 2999-12-31 }\n`,
  );
  const { status, stdout, stderr } = await explore('after', '--explore', '150', '--seed', '4');
  expect(stdout + stderr).toMatch(/A-7 \(\d+ messages?\): the office has moved/);
  expect(status, stdout).toBe(0);
});

test('two sides that are the same have no difference', { timeout: DEADLINE_MS }, async () => {
  expect(await explore('again', '--explore', '60', '--seed', '9')).toMatchObject({ status: 0, stdout: expect.stringContaining('again behaves as before') });
});

test('what is asked in a wrong way is told before anything starts', async () => {
  expect(await explore('after', '--explore', 'many')).toMatchObject({ status: 3, stderr: expect.stringContaining('--explore takes a whole number from 1') });
  expect(await explore('after', '--seed', '1')).toMatchObject({ status: 3, stderr: expect.stringContaining('a number of messages') });
  expect(await explore('before', '--explore', '5')).toMatchObject({ status: 3, stderr: expect.stringContaining('are both "before"') });
  expect(await explore('after', '--explore', '5', '--retries', '1')).toMatchObject({ status: 3, stderr: expect.stringContaining('--retries does not go with the other options') });
});
