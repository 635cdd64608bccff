import type { AccountsYaml, UserYaml } from './world-schema.ts';

export interface AccountFile {
  host: string;
  path: string;
  content: string;
  /** Shell command that makes the server see the change; empty when it looks by itself. */
  then: string;
  mode: string;
}

/**
 * The files that hold a world's accounts, for these users.
 * @param when files with `at: start` are left out of a `change`: the system itself must bring them up to date
 */
export function accountFiles(accounts: AccountsYaml, users: Readonly<Record<string, UserYaml>>, when: 'start' | 'change'): AccountFile[] {
  const files = accounts.files.filter((file) => when === 'start' || file.at !== 'start');
  return files.map((file) => ({
    host: file.host,
    path: file.path,
    content: Object.entries(users)
      .map(([user, account]) => `${fill(file.line, { user, password: account.password, quota: account.quota, domain: accounts.domain })}\n`)
      .join(''),
    then: file.then ?? '',
    mode: file.mode ?? '0644 root:root',
  }));
}

/**
 * `{user}` is replaced, `{quota:+text {quota}}` is its text only when there is a quota; other braces, such as
 * Dovecot's `{PLAIN}`, stay.
 */
function fill(line: string, values: Readonly<Record<string, string | undefined>>): string {
  let out = '';
  for (let i = 0; i < line.length; i++) {
    if (line[i] !== '{') {
      out += line[i];
      continue;
    }
    const end = closing(line, i);
    const inside = line.slice(i + 1, end);
    const [name = '', ...rest] = inside.split(':+');
    if (end < 0 || !(name in values)) {
      out += '{';
      continue;
    }
    const value = values[name];
    out += rest.length > 0 ? (value === undefined ? '' : fill(rest.join(':+'), values)) : (value ?? '');
    i = end;
  }
  return out;
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '{') depth++;
    else if (text[i] === '}' && --depth === 0) return i;
  }
  return -1;
}
