import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Project, REPOSITORY, type Said } from './testing.ts';

// Each step is a command of its own, on real servers.
vi.setConfig({ testTimeout: 180_000 });

/**
 * An engineer's own configuration over a host, edited while the world runs:
 *
 *   client.sender.test -> mx (Exim, or Postfix) with the files of mine/ over it -> store
 */
const LISTS = {
  exim: {
    file: 'etc/exim4/aliases',
    config: 'etc/exim4/exim4.conf',
    line: (to: string) => `info: ${to}\n`,
    said: /the server does not accept its configuration.*option "no" unknown/s,
    fixture: 'mx',
  },
  postfix: {
    file: 'etc/postfix/aliases',
    config: 'etc/postfix/main.cf',
    line: (to: string) => `info@example.test ${to}@example.test\n`,
    said: /of its prepare failed.*mail_owner: unknown user name value: nobody-here/s,
    fixture: 'mx@postfix',
  },
};

describe.each(['exim', 'postfix'] as const)("one's own files over %s", (variant) => {
  const { file, config, line, said, fixture } = LISTS[variant];
  const project = new Project({});
  let instance = '';
  const on = (...args: string[]): Promise<Said> => project.run([...args, '--on', instance]);
  const infoGoesTo = async (): Promise<string[]> => {
    const [{ rows }] = JSON.parse((await on('address', 'info@example.test', '--json')).stdout);
    return rows.flatMap(({ next }: { next: { user?: string } }) => next.user ?? []);
  };
  const reload = async (): Promise<string> => {
    const { status, stdout, stderr } = await on('reload', 'mx');
    expect(status, stderr).toBe(0);
    return stdout;
  };

  beforeAll(async () => {
    project.write(`mine/${file}`, line('bob'));
    project.write('mine/etc/note', 'mine\n');
    const { stdout, stderr, status } = await project.run(['up', 'starter', '--variant', variant, '--files', 'mx=mine', '--json']);
    expect(status, stderr).toBe(0);
    instance = JSON.parse(stdout).instance;
    expect(JSON.parse(stdout).files).toEqual({ mx: [path.join(project.root, 'mine')] });
  }, 120_000);
  afterAll(async () => {
    if (instance !== '') expect((await project.run(['down', instance])).status).toBe(0);
    project.remove();
  }, 60_000);

  test('they come last, over those of the world', async () => {
    expect(await infoGoesTo()).toEqual(['bob']);
  });

  test('an edit counts when the host is reloaded, and not before', async () => {
    project.write(`mine/${file}`, line('carol'));
    expect(await infoGoesTo()).toEqual(['bob']);
    expect(await reload()).toContain(`mx: wrote /${file}, `);
    expect(await infoGoesTo()).toEqual(['carol']);
    expect(await reload()).toMatch(/^mx: no file differs, reloaded /);
    const { outcomes } = JSON.parse((await on('send', '--to', 'info@example.test', '--json')).stdout);
    expect(outcomes).toEqual([expect.objectContaining({ kind: 'delivered', to: 'carol@example.test' })]);
  });

  test('a configuration that the server does not accept is told in its words, and not read', async () => {
    const good = readFileSync(path.join(REPOSITORY, 'fixtures/starter', fixture, config), 'utf8');
    project.write(`mine/${config}`, variant === 'exim' ? `${good}\nno such option\n` : `${good}\nmail_owner = nobody-here\n`);
    const { status, stderr } = await on('reload', 'mx');
    expect(stderr).toContain('COMMAND_FAILED: host mx: ');
    expect(stderr).toMatch(said);
    expect(status).toBe(1);
    rmSync(path.join(project.root, 'mine', config));
    expect(await reload()).toContain('reloaded');
  });

  test('a file that is taken away is away on the host, too, or as the world has it', async () => {
    rmSync(path.join(project.root, 'mine', file));
    rmSync(path.join(project.root, 'mine/etc/note'));
    const told = await reload();
    expect(told).toContain('took away /etc/note');
    expect(told).toContain(`wrote /${file}`);
    expect(await infoGoesTo()).toEqual(['alice']);
    expect((await on('shell', 'mx', 'cat /etc/note')).status).toBe(1);
  });
});

describe('--files', () => {
  const project = new Project({});
  afterAll(() => project.remove());
  test.each([
    ['mx', '--files takes HOST=DIR'],
    ['mxx=mine', 'no host "mxx"'],
    ['mx=nowhere', 'is no folder'],
  ])('that make no sense are said before anything starts: %s', async (files, said) => {
    const { status, stderr } = await project.run(['up', 'starter', '--files', files]);
    expect(stderr).toContain(said);
    expect(status).toBe(3);
  });
});
