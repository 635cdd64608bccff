import { expect, test } from 'vitest';
import { accountFiles } from './accounts.ts';

const accounts = (line: string) => ({
  domain: 'example.test',
  imap: { host: 'store', port: 993, tls: 'implicit' as const },
  users: {},
  files: [{ host: 'store', path: '/etc/dovecot/users', line }],
});

test('an account line keeps braces that are not its own, and writes the quota only where there is one', () => {
  const line = '{user}:{PLAIN}{password}::::::{quota:+userdb_quota_rule=*:storage={quota}}';
  const [file] = accountFiles(accounts(line), { alice: { password: 'a' }, quinn: { password: 'q', quota: '200K' } });
  expect(file?.content).toBe('alice:{PLAIN}a::::::\nquinn:{PLAIN}q::::::userdb_quota_rule=*:storage=200K\n');
});

test('an account file has a mode and an owner even when the world names none', () => {
  expect(accountFiles(accounts('{user}@{domain}'), { bob: { password: 'b' } })).toEqual([
    { host: 'store', path: '/etc/dovecot/users', content: 'bob@example.test\n', then: '', mode: '0644 root:root' },
  ]);
});
