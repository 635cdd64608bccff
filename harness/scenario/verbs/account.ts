import { z } from 'zod';
import { MailproofError } from '../../base/index.ts';
import { accountFiles, ownership, type UserYaml } from '../../world/index.ts';
import { forgetMailboxes } from '../imap-pool.ts';
import type { Run } from '../run.ts';
import { writeFileScript } from '../shell.ts';
import { verb } from './verb.ts';

const userName = z.string().regex(/^[A-Za-z0-9._@+-]+$/, { error: 'not an account name' });
const quota = z.string().describe('as the store writes it, e.g. 1M');
const schema = z.union([
  z.strictObject({ add: z.strictObject({ user: userName, password: z.string(), quota: quota.optional() }) }),
  z.strictObject({ remove: userName }),
  z.strictObject({ change: z.strictObject({ user: userName, password: z.string().optional(), quota: z.union([quota, z.literal(false)]).optional() }) }),
]);

export const account = verb({
  name: 'account',
  description: 'adds, removes or changes an account in the files that the world writes',
  schema,
  examples: [{ add: { user: 'dora', password: 'secret', quota: '1M' } }, { remove: 'dora' }, { change: { user: 'quinn', quota: '10M' } }],
  given: true,
  // All accounts stand in the same files.
  changes: () => true,
  summary: (value) => ('add' in value ? `add account ${value.add.user}` : 'remove' in value ? `remove account ${value.remove}` : `change account ${value.change.user}`),
  check: (value, context) => {
    if (context.model.accounts === undefined) return context.problem([], 'no-accounts', 'world.yaml declares no accounts');
    if ('add' in value) {
      if (context.users.has(value.add.user)) context.problem(['add', 'user'], 'account-exists', `there is an account "${value.add.user}" already`, { hint: '`change` changes it' });
      context.users.add(value.add.user);
    } else if ('remove' in value) {
      if (context.user(['remove'], value.remove)) context.users.delete(value.remove);
    } else context.user(['change', 'user'], value.change.user);
  },
  run: async (value, context) => {
    const { run } = context;
    const before = run.users;
    const users = { ...before };
    if ('add' in value) users[value.add.user] = { password: value.add.password, ...(value.add.quota === undefined ? {} : { quota: value.add.quota }) };
    else if ('remove' in value) delete users[value.remove];
    else {
      const known = users[value.change.user];
      if (known === undefined) return context.fail(['change', 'user'], `there is no account "${value.change.user}"`);
      users[value.change.user] = changed(known, value.change);
    }
    context.undo('accounts', () => writeAccounts(run, before));
    await writeAccounts(run, users);
  },
});

function changed(known: UserYaml, change: { password?: string; quota?: string | false }): UserYaml {
  const quota = change.quota === undefined ? known.quota : change.quota === false ? undefined : change.quota;
  return { password: change.password ?? known.password, ...(quota === undefined ? {} : { quota }) };
}

async function writeAccounts(run: Run, users: Record<string, UserYaml>): Promise<void> {
  run.users = users;
  forgetMailboxes(run.world);
  const { accounts } = run.model;
  if (accounts === undefined) return;
  await Promise.all(
    accountFiles(accounts, users, 'change').map(async (file) => {
      // Never a moment without the file, or with half of it: servers read it at any time.
      const script = [
        writeFileScript(`${file.path}.new`, Buffer.from(file.content)),
        ownership(`${file.path}.new`, file.mode),
        `mv '${file.path}.new' '${file.path}'`,
        ...(file.then === '' ? [] : [file.then]),
      ].join(' && ');
      const { status, output } = await run.hub.exec({ host: file.host, script });
      if (status !== 0) throw new MailproofError('COMMAND_FAILED', `host ${file.host}: writing the accounts to ${file.path} ended with status ${status}: ${output.trim()}`);
    }),
  );
}
