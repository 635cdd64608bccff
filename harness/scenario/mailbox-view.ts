import type { FetchMessageObject } from 'imapflow';
import type { WorldModel } from '../world/index.ts';
import { withMailbox } from './imap-pool.ts';
import { findCopies, inFolder, type StoredCopy } from './mailbox.ts';
import type { MailboxAccess } from './run.ts';

export interface MailFolder {
  path: string;
  messages: number;
  unseen: number;
}

/** One message of a folder as a mail program lists it. */
export interface MailListed {
  uid: number;
  /** From the header. */
  from: string;
  subject: string;
  /** When the store took it, milliseconds since the epoch. */
  at: number;
  bytes: number;
  flags: string[];
}

const LOOKING = { readOnly: true };

/** Users whose mailboxes can be read: those with a password in the world file. */
export function mailboxUsers(model: WorldModel): string[] {
  return Object.entries(model.accounts?.users ?? {}).flatMap(([user, { password }]) => (password === undefined ? [] : [user]));
}

/** @throws MailproofError NOT_FOUND, COMMAND_FAILED */
export function mailFolders(access: MailboxAccess, user: string): Promise<MailFolder[]> {
  return withMailbox(access, user, async (client) => {
    const all = await client.list({ statusQuery: { messages: true, unseen: true } });
    return all.filter(({ flags }) => !flags.has('\\Noselect')).map(({ path, status }) => ({ path, messages: status?.messages ?? 0, unseen: status?.unseen ?? 0 }));
  });
}

/**
 * The newest messages of a folder, newest first; it is opened read-only, so that nothing is marked as seen.
 * @throws MailproofError NOT_FOUND, COMMAND_FAILED
 */
export function mailList(access: MailboxAccess, user: string, folder: string, most: number): Promise<MailListed[]> {
  return withMailbox(access, user, (client) =>
    inFolder(client, folder, LOOKING, async () => {
      const exists = client.mailbox === false ? 0 : client.mailbox.exists;
      if (exists === 0) return [];
      const messages = await client.fetchAll(`${Math.max(1, exists - most + 1)}:*`, { uid: true, flags: true, envelope: true, internalDate: true, size: true });
      return messages.map(listed).reverse();
    }),
  );
}

function listed(message: FetchMessageObject): MailListed {
  const { envelope } = message;
  return {
    uid: message.uid,
    from: (envelope?.from ?? []).map(({ name, address }) => (name ? `${name} <${address ?? ''}>` : (address ?? ''))).join(', '),
    subject: envelope?.subject ?? '',
    at: message.internalDate === undefined ? 0 : new Date(message.internalDate).getTime(),
    bytes: message.size ?? 0,
    flags: [...(message.flags ?? [])],
  };
}

/** One message, whole; undefined when it is not there any more. @throws MailproofError NOT_FOUND, COMMAND_FAILED */
export function mailSource(access: MailboxAccess, user: string, folder: string, uid: number): Promise<Buffer | undefined> {
  return withMailbox(access, user, (client) =>
    inFolder(client, folder, LOOKING, async () => {
      const message = await client.fetchOne(String(uid), { source: true }, { uid: true });
      return message ? message.source : undefined;
    }),
  );
}

/** Every copy of a message in the folders of a user. @throws MailproofError NOT_FOUND, COMMAND_FAILED */
export function mailCopies(access: MailboxAccess, user: string, messageId: string): Promise<StoredCopy[]> {
  return findCopies(access, user, { messageId });
}
