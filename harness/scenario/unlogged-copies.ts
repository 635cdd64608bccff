import { envelopeAddress } from '../base/index.ts';
import type { Custody } from '../ledger/index.ts';
import { findCopies } from './mailbox.ts';
import { plainUser } from './observe.ts';
import type { Run } from './run.ts';

/**
 * An MTA that was killed between writing a message into a maildir and the line that says so: the copy lies there, and no
 * line ever tells of it. Looks into the mailboxes for what such hosts have closed without an end.
 * @returns true when a copy was found, which the ledger then knows
 */
export async function claimUnloggedCopies(run: Run): Promise<boolean> {
  const { mailboxes, domain } = run.model.accounts ?? {};
  if (mailboxes === undefined || !run.ledger.isUp(mailboxes.host)) return false;
  let found = false;
  for (const { custody } of run.ledger.entries(run.roots)) {
    if (custody.host !== mailboxes.host || !custody.completed || !run.ledger.book.outages.since(custody.host, custody.acceptedAt)) continue;
    for (const recipient of custody.recipients) {
      if (recipient.state.end !== 'pending' && recipient.state.end !== 'waiting') continue;
      const user = plainUser(recipient.original, domain).replace(/\+.*$/, '').toLowerCase();
      const folder = run.users[user] === undefined ? undefined : await untoldFolder(run, user, custody);
      if (folder === undefined) continue;
      const local = `${mailboxes.maildir.replace('{user}', user).replace(/\/+$/, '')}/${folder === 'INBOX' ? '' : `.${folder.replaceAll('/', '.')}/`}`;
      recipient.state = { end: 'stored', host: custody.host, local, at: custody.acceptedAt };
      recipient.address = envelopeAddress(local);
      found = true;
    }
  }
  return found;
}

/** The folder of a copy beyond those that lines tell of. */
async function untoldFolder(run: Run, user: string, { messageId }: Custody): Promise<string | undefined> {
  if (messageId === undefined) return undefined;
  const told = run.ledger.book.mailboxCopies(messageId).filter((copy) => copy.user === user);
  const folders = (await findCopies(run, user, { messageId })).map((copy) => copy.folder);
  for (const { folder } of told) if (folders.includes(folder)) folders.splice(folders.indexOf(folder), 1);
  return folders[0];
}
