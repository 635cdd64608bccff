import { quoted } from '../../base/index.ts';
import type { RouteReader } from './model.ts';

/** Reads what `doveadm user NAME` prints: its fields, or nothing for a user that is not there. */
export function readUser(output: string): Map<string, string> | undefined {
  const fields = new Map([...output.matchAll(/^(\w+)\t(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
  fields.delete('field');
  return fields.size === 0 ? undefined : fields;
}

export const dovecotRoutes: RouteReader = {
  software: 'dovecot',
  async treat(host, recipient) {
    const at = recipient.lastIndexOf('@');
    // LMTP takes the detail off before it looks for the user (RFC 5233; recipient_delimiter), doveadm does not.
    const delimiter = (await host.recall('doveconf -h recipient_delimiter')).trim();
    const output = await host.run(`delimiter=${quoted(delimiter)}
local=${quoted(recipient.slice(0, at))}
[ -z "$delimiter" ] || local=\${local%%[$delimiter]*}
doveadm user "$local${at === -1 ? '' : `"${quoted(recipient.slice(at))}"`}" 2>&1 || [ $? -eq 67 ]`);
    const user = readUser(output);
    if (user === undefined) return [{ recipient, by: 'doveadm user', next: { kind: 'undeliverable', text: output.trim().split('\n').at(-1)?.trim() || 'no such user' } }];
    const quota = user.get('quota_rule') ?? user.get('quota_rule2');
    const place = user.get('home') ?? user.get('mail') ?? '';
    return [{ recipient, by: 'doveadm user', next: { kind: 'mailbox', user: user.get('user') ?? recipient, place: quota === undefined ? place : `${place}, ${quota}` } }];
  },
};
