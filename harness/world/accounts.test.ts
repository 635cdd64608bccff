import { expect, test } from 'vitest';
import { accountFiles } from './accounts.ts';
import type { AccountsYaml } from './world-schema.ts';

const accounts = (line: string): AccountsYaml => ({
  domain: 'example.test',
  imap: { host: 'store', port: 993, tls: 'implicit' },
  users: {},
  files: [{ host: 'store', path: '/etc/dovecot/users', line }],
});

test('an account line keeps braces that are not its own, and writes the quota only where there is one', () => {
  const line = '{user}:{PLAIN}{password}::::::{quota:+userdb_quota_rule=*:storage={quota}}';
  const [file] = accountFiles(accounts(line), { alice: { password: 'a' }, quinn: { password: 'q', quota: '200K' } }, 'start');
  expect(file?.content).toBe('alice:{PLAIN}a::::::\nquinn:{PLAIN}q::::::userdb_quota_rule=*:storage=200K\n');
});

test('an account file has a mode and an owner even when the world names none', () => {
  expect(accountFiles(accounts('{user}@{domain}'), { bob: { password: 'b' } }, 'start')).toEqual([
    { host: 'store', path: '/etc/dovecot/users', content: 'bob@example.test\n', then: '', mode: '0644 root:root' },
  ]);
});

test('a file that is written at the start only is left alone when accounts change', () => {
  const two = accounts('{user}');
  two.files.push({ host: 'mx', path: '/etc/copy', line: '{user}', at: 'start' });
  const paths = (when: 'start' | 'change'): string[] => accountFiles(two, { bob: { password: 'b' } }, when).map((file) => file.path);
  expect([paths('start'), paths('change')]).toEqual([['/etc/dovecot/users', '/etc/copy'], ['/etc/dovecot/users']]);
});
