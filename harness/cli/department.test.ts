import { cpSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Project, REPOSITORY, type Said } from './testing.ts';

// Each step is a command of its own, on real servers.
vi.setConfig({ testTimeout: 180_000 });

/**
 * The table of addresses of a department on Sendmail, before and after a change of its aliases (D-08):
 *
 *   lab.uni.test -> relay1, relay2 (Exim) -> crunchie, beeknow (Sendmail) -> staff (Exim, Dovecot), hosted.test
 */
describe('the table of addresses of a world on Sendmail', () => {
  const project = new Project({});
  let instance = '';
  const on = (...args: string[]): Promise<Said> => project.run([...args, '--on', instance]);
  const table = path.join(REPOSITORY, 'fixtures/department/addresses.yaml');

  beforeAll(async () => {
    cpSync(path.join(REPOSITORY, 'scenarios/department/world.yaml'), path.join(project.root, 'scenarios/department/world.yaml'));
    project.write('mine/etc/mark', 'mine\n');
    const { stdout, stderr, status } = await project.run(['up', 'department', '--files', 'crunchie=mine', '--json']);
    expect(status, stderr).toBe(0);
    instance = JSON.parse(stdout).instance;
  }, 180_000);
  afterAll(async () => {
    if (instance !== '') expect((await project.run(['down', instance])).status).toBe(0);
    project.remove();
  }, 60_000);

  test('is met as the world is', async () => {
    const { status, stdout, stderr } = await on('address', '--expect', table);
    expect(stderr).toContain('all as expected');
    expect(status, stdout).toBe(0);
  });

  test('tells, after a change, the address that it was meant for and no other one', async () => {
    const { stdout: aliases } = await on('shell', 'crunchie', 'cat /etc/mail/aliases');
    project.write('mine/etc/mail/aliases', aliases.replace('bob@staff.uni.test', 'bob@hosted.test'));
    const { status: reloaded, stderr } = await on('reload', 'crunchie');
    expect(reloaded, stderr).toBe(0);
    const { status, stdout } = await on('address', '--expect', table, '--json');
    expect(status).toBe(1);
    const differing = JSON.parse(stdout).filter(({ differences }: { differences: string[] }) => differences.length > 0);
    expect(differing.map(({ address }: { address: string }) => address)).toEqual(['bob@dept.test']);
  });
});
