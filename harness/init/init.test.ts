import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answers, answersOf, ask, initialise } from './index.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'mailproof-init-test-'));
  write('server/etc/postfix/main.cf', 'myhostname = mx.example.org\nalias_maps = hash:/etc/aliases\n');
  write('server/etc/postfix/master.cf', '');
  write('server/etc/aliases', 'postmaster: ann\n');
  mkdirSync(path.join(root, 'repository'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  const target = path.join(root, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
}
const answers = (more: Partial<Answers> = {}): Answers => ({ mta: 'postfix', config: path.join(root, 'server'), domains: ['example.org'], ...more });
const init = (more: Partial<Answers> = {}) => initialise(answers(more), path.join(root, 'repository'));
const fixtures = (): string[] =>
  readdirSync(path.join(root, 'repository/fixtures'), { recursive: true, withFileTypes: true })
    .flatMap((one) => (one.isFile() ? [one.name] : []))
    .sort();

describe('the folder of the configuration', () => {
  test.each(['server', 'server/etc/postfix'])('may be %s', (config) => {
    expect(init({ config: path.join(root, config) }).notes).toEqual(['there is no mailname: /etc/mailname of this world says example.org']);
    expect(fixtures()).toEqual(['aliases', 'mailname', 'main.cf', 'master.cf']);
  });

  test('without a configuration of that server it is refused, and nothing is written', () => {
    expect(() => init({ mta: 'exim' })).toThrow(/no configuration of exim is in it: looked for exim4\.conf/);
    expect(readdirSync(path.join(root, 'repository'))).toEqual([]);
  });

  test('what is of the package, an index, or a link to nowhere is left out and told', () => {
    write('server/etc/postfix/post-install', '');
    write('server/etc/aliases.db', '');
    symlinkSync('/nowhere/at/all', path.join(root, 'server/etc/postfix/table'));
    expect(init().leftOut).toEqual([
      { file: '/etc/aliases.db', why: 'since the world makes indices anew of their texts' },
      { file: '/etc/postfix/post-install', why: 'since the image has those of its own package' },
      { file: '/etc/postfix/table', why: 'a link to /nowhere/at/all, which is not here' },
    ]);
  });
});

test('a file that is there is told, stays as it is, and nothing else is written', () => {
  write('repository/ci/mailproof.sh', 'mine\n');
  expect(() => init()).toThrow('nothing was written: this file is there already: ci/mailproof.sh');
  expect(readFileSync(path.join(root, 'repository/ci/mailproof.sh'), 'utf8')).toBe('mine\n');
  expect(readdirSync(path.join(root, 'repository'))).toEqual(['ci']);
});

describe('what was not told', () => {
  test('is a mistake that names the flags', () => {
    expect(() => answersOf({ domains: [] })).toThrow('init was not told --mta exim|postfix, --config DIR, --domain DOMAIN');
    expect(() => answersOf({ mta: 'sendmail', config: root, domains: ['example.org'] })).toThrow('--mta takes exim or postfix, got "sendmail"');
    expect(() => answersOf({ mta: 'exim', config: root, domains: ['example'] })).toThrow('--domain takes a domain such as example.org, got "example"');
    expect(() => init({ domains: ['sender.test'] })).toThrow('--domain sender.test: this is one of the domains that the world has outside');
  });

  test('is asked for, and only that; an answer that makes no sense is asked for again', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const asked = ask({ config: root, domains: [] }, { input, output });
    for (const line of ['sendmail', 'exim', 'example.org, example.net']) input.write(`${line}\n`);
    expect(await asked).toEqual({ mta: 'exim', config: root, domains: ['example.org', 'example.net'] });
    expect(String(output.read()).match(/Which mail server\?|In which folder|For which domains/g)).toEqual(['Which mail server?', 'Which mail server?', 'For which domains']);
  });

  test('fails when nobody answers', async () => {
    const input = new PassThrough();
    const asked = ask({ domains: [] }, { input, output: new PassThrough() });
    input.end();
    await expect(asked).rejects.toThrow('the input ended');
  });
});
