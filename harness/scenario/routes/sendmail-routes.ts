import { quoted } from '../../base/index.ts';
import type { AskedHost, Next, RouteReader, Treatment } from './model.ts';

/** One line of `sendmail -v -bv`: what an alias leads to, which mailer takes it, or why none does. */
export type SendmailRow =
  | { recipient: string; aliases: string[] }
  | { recipient: string; mailer: string; host?: string; user: string }
  | { recipient: string; problem: string; deferred: boolean };

const unquoted = (text: string): string => /^"(.*)"$/s.exec(text)?.[1] ?? text;

/** Addresses of an alias: commas divide them, save within quotes. */
const listed = (text: string): string[] => [...text.matchAll(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g)].map(([one]) => unquoted(one.trim())).filter((one) => one !== '');

/** Reads what `sendmail -v -bv ADDRESS` prints (sendmail(8), -bv). Lines of other shapes are passed over. */
export function readSendmailRows(output: string): SendmailRow[] {
  return output.split('\n').flatMap((line): SendmailRow[] => {
    const [, name = '', said = ''] = /^(.+?)\.\.\. (.*)$/.exec(line.trim()) ?? [];
    if (name === '') return [];
    const recipient = unquoted(name).replace(/^<(.*)>$/, '$1');
    const aliases = /^(?:aliased|forwarding) to (.*)$/.exec(said)?.[1];
    if (aliases !== undefined) return [{ recipient, aliases: listed(aliases) }];
    const [, mailer, host, user = ''] = /^deliverable: mailer ([^,]+)(?:, host ([^,]+))?(?:, user (.*))?$/.exec(said) ?? [];
    if (mailer !== undefined) return [{ recipient, mailer, ...(host === undefined ? {} : { host }), user: unquoted(user) }];
    return [{ recipient, problem: said, deferred: /\b(?:deferred|unavailable|try again|temporar)/i.test(said) }];
  });
}

/** What a mailer hands on to: a machine in brackets, or the exchangers of a domain; several are tried in turn. */
async function machines(asked: AskedHost, hosts: string): Promise<Next> {
  const found = [];
  for (const host of hosts.split(':')) {
    const literal = /^\[(?:IPv6:)?(.+)\]$/i.exec(host)?.[1];
    if (literal !== undefined) {
      found.push({ name: literal, port: 25, protocol: 'smtp' as const });
      continue;
    }
    const next = await asked.exchangers(host.replace(/\.$/, ''));
    if (next.kind !== 'hosts') return next;
    found.push(...next.hosts);
  }
  return { kind: 'hosts', hosts: found };
}

export const sendmailRoutes: RouteReader = {
  software: 'sendmail',
  async treat(asked, recipient, from) {
    const output = await asked.run(`sendmail -f ${quoted(from === '' ? '<>' : from)} -v -bv -- ${quoted(recipient)} 2>&1 || true`);
    const rows = readSendmailRows(output);
    if (rows.length === 0) return [{ recipient, by: 'sendmail -bv', next: { kind: 'undeliverable', text: output.trim().split('\n').at(-1) || 'sendmail -bv says nothing' } }];
    const treatments: Treatment[] = [];
    for (const row of rows) treatments.push(...(await treated(asked, row)));
    return treatments;
  },
};

async function treated(asked: AskedHost, row: SendmailRow): Promise<Treatment[]> {
  const { recipient } = row;
  if ('aliases' in row) return [{ recipient, by: 'aliases', next: { kind: 'recipients', recipients: row.aliases } }];
  if ('problem' in row) return [{ recipient, by: 'sendmail -bv', next: { kind: row.deferred ? 'deferred' : 'undeliverable', text: row.problem } }];
  const by = `mailer ${row.mailer}`;
  if (row.host === undefined) {
    const into = /^[|/]/.test(recipient) ? recipient : `mailer ${row.mailer} for ${row.user} on ${asked.name}`;
    return [{ recipient, by, next: recipient === '/dev/null' ? { kind: 'discarded' } : { kind: 'local', into } }];
  }
  const next = await machines(asked, row.host);
  // virtusertable and the like rewrite an address without a line of their own.
  if (!row.user.includes('@') || row.user.toLowerCase() === recipient.toLowerCase() || !recipient.includes('@'))
    return [{ recipient: row.user.includes('@') ? row.user : recipient, by, next }];
  return [
    { recipient, by: 'virtual and other tables', next: { kind: 'recipients', recipients: [row.user] } },
    { recipient: row.user, by, next },
  ];
}
