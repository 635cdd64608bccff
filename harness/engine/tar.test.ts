import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parentsOf, tar } from './tar.ts';

test('GNU tar reads owner, mode and content of every member, long paths included', () => {
  const long = `${'deep/'.repeat(30)}file`;
  const archive = tar([
    { path: 'etc/exim4', mode: 0o750, uid: 0, gid: 101 },
    { path: 'etc/exim4/passwd', content: Buffer.from('secret\n'), mode: 0o640, gid: 101 },
    { path: long, content: Buffer.from('x'.repeat(1000)), mode: 0o755 },
  ]);
  const listing = execFileSync('tar', ['--numeric-owner', '-tvf', '-'], { input: archive, encoding: 'utf8' }).replace(/ +/g, ' ');
  expect(listing.split('\n').filter(Boolean)).toEqual([
    'drwxr-x--- 0/101 0 1970-01-01 00:00 etc/exim4/',
    '-rw-r----- 0/101 7 1970-01-01 00:00 etc/exim4/passwd',
    `-rwxr-xr-x 0/0 1000 1970-01-01 00:00 ${long}`,
  ]);
  expect(execFileSync('tar', ['-xOf', '-', 'etc/exim4/passwd'], { input: archive, encoding: 'utf8' })).toBe('secret\n');
});

test.each([95, 96, 97, 98, 99, 100, 101, 102, 990, 995, 999, 1005])('a path of %i characters comes back whole', (length) => {
  const path = 'p'
    .repeat(length)
    .replace(/.{90}/g, (part) => `${part.slice(1)}/`)
    .replace(/\/$/, 'p');
  const archive = tar([{ path, content: Buffer.from('x'), mode: 0o644 }]);
  expect(execFileSync('tar', ['-tf', '-'], { input: archive, encoding: 'utf8' }).trim()).toBe(path);
});

test('parents come outermost first and once', () => {
  expect(parentsOf(['/etc/exim4/conf.d/a', '/etc/exim4/b', '/srv/x'])).toEqual(['etc', 'etc/exim4', 'etc/exim4/conf.d', 'srv']);
});
