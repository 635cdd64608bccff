import type { ImapFlow, SearchObject } from 'imapflow';
import type { Copy } from './actual.ts';
import { withMailbox } from './imap-pool.ts';
import { bareId, headerValue, messageIdOf, splitMessage } from './mail-text.ts';
import type { MailboxAccess, Run } from './run.ts';

export interface StoredCopy extends Copy {
  folder: string;
  uid: number;
}

/** A folder that holds a copy; `sent`: the server has it for what its owner sent (RFC 6154). */
export interface Holding {
  folder: string;
  sent: boolean;
}

const LOOKING = { readOnly: true };

/**
 * Every copy of a message in all folders of a user, read back whole.
 * A message without a Message-ID is known by having none and the same Subject.
 */
export function findCopies(run: MailboxAccess, user: string, wanted: { messageId: string } | { subject: string | undefined }, server?: string): Promise<StoredCopy[]> {
  const look = async (client: ImapFlow): Promise<StoredCopy[]> => {
    const folders = (await client.list({ statusQuery: { messages: true } })).filter(({ flags }) => !flags.has('\\Noselect'));
    // A folder that STATUS calls empty may have been looked at just before a message came: it is opened where nothing is found elsewhere.
    const [empty, others] = [folders.filter(({ status }) => status?.messages === 0), folders.filter(({ status }) => status?.messages !== 0)];
    for (const some of [others, empty]) {
      const copies: StoredCopy[] = [];
      for (const { path } of some) copies.push(...(await copiesIn(client, path, wanted)));
      if (copies.length > 0) return copies;
    }
    return [];
  };
  return withMailbox(run, user, look, server);
}

/** Every copy of messages with Message-IDs of this run in all folders of a user, read back whole in one go, by Message-ID. */
export function findRunsCopies(run: Run, user: string, server?: string): Promise<Map<string, StoredCopy[]>> {
  const look = async (client: ImapFlow): Promise<Map<string, StoredCopy[]>> => {
    const copies: StoredCopy[] = [];
    for (const { path, status, flags } of await client.list({ statusQuery: { messages: true } })) {
      if (flags.has('\\Noselect') || status?.messages === 0) continue;
      copies.push(...(await inFolder(client, path, LOOKING, () => fetchCopies(client, path, { header: { 'message-id': run.token } }))));
    }
    return Map.groupBy(copies, (copy) => bareId(messageIdOf(copy.headers)) ?? '');
  };
  return withMailbox(run, user, look, server);
}

/**
 * Folders that hold each message, one entry for each copy. The quick way first: as many as are expected is no reason to look closer.
 * @param token part of every Message-ID that this run made
 * @returns nothing when there are as many as expected in all
 */
export async function countCopies(client: ImapFlow, token: string, ids: readonly string[], expected: () => number): Promise<Map<string, Holding[]>> {
  const terms: SearchObject[] = [
    ...(ids.some((id) => id.includes(token)) ? [{ header: { 'message-id': token } }] : []),
    ...ids.filter((id) => !id.includes(token)).map((id) => ({ header: { 'message-id': id } })),
  ];
  const hits: (Holding & { uids: number[] })[] = [];
  for (const { path, status, flags, specialUse } of await client.list({ statusQuery: { messages: true } })) {
    if (flags.has('\\Noselect') || status?.messages === 0) continue;
    await inFolder(client, path, LOOKING, async () => {
      const uids = new Set<number>();
      for (const term of terms) for (const uid of (await client.search(term, { uid: true })) || []) uids.add(uid);
      hits.push({ folder: path, sent: specialUse === '\\Sent', uids: [...uids] });
    });
  }
  const copies = new Map<string, Holding[]>();
  if (hits.reduce((sum, { uids }) => sum + uids.length, 0) === expected()) return copies;
  for (const { folder, sent, uids } of hits) {
    if (uids.length === 0) continue;
    await inFolder(client, folder, LOOKING, async () => {
      for (const message of await client.fetchAll(uids, { uid: true, headers: ['message-id'] }, { uid: true })) {
        const id = bareId(messageIdOf(splitMessage(message.headers ?? Buffer.alloc(0)).headers));
        if (id !== undefined && ids.includes(id)) copies.set(id, [...(copies.get(id) ?? []), { folder, sent }]);
      }
    });
  }
  return copies;
}

/**
 * Does something in a folder as it is now. A folder that is open already is opened anew: to NOOP Dovecot answers out of what it
 * knows of a Maildir, and it may not know for a second what another program put there while it was reading; SELECT has it read again.
 */
export async function inFolder<T>(client: ImapFlow, folder: string, options: { readOnly: boolean }, use: () => Promise<T>): Promise<T> {
  const wasOpen = client.mailbox !== false && client.mailbox.path === folder;
  const lock = await client.getMailboxLock(folder, options);
  try {
    if (wasOpen) await client.mailboxOpen(folder, options);
    return await use();
  } finally {
    lock.release();
  }
}

function copiesIn(client: ImapFlow, folder: string, wanted: { messageId: string } | { subject: string | undefined }): Promise<StoredCopy[]> {
  return inFolder(client, folder, LOOKING, async () => {
    const copies = await fetchCopies(client, folder, 'messageId' in wanted ? { header: { 'message-id': wanted.messageId } } : { all: true });
    return copies.filter((copy) =>
      'messageId' in wanted
        ? bareId(messageIdOf(copy.headers)) === bareId(wanted.messageId)
        : messageIdOf(copy.headers) === undefined && headerValue(copy.headers, 'Subject') === wanted.subject,
    );
  });
}

async function fetchCopies(client: ImapFlow, folder: string, term: SearchObject): Promise<StoredCopy[]> {
  const found = await client.search(term, { uid: true });
  if (!Array.isArray(found) || found.length === 0) return [];
  const messages = await client.fetchAll(found, { uid: true, flags: true, source: true }, { uid: true });
  return messages.map((message) => {
    const raw = message.source ?? Buffer.alloc(0);
    return { folder, uid: message.uid, flags: [...(message.flags ?? [])], raw, ...splitMessage(raw) };
  });
}
