import type { ImapFlow } from 'imapflow';
import type { Copy } from './actual.ts';
import { withMailbox } from './imap-pool.ts';
import { bareId, headerValue, messageIdOf, splitMessage } from './mail-text.ts';
import type { Run } from './run.ts';

export interface StoredCopy extends Copy {
  folder: string;
  uid: number;
}

/**
 * Every copy of a message in all folders of a user, read back whole.
 * A message without a Message-ID is known by having none and the same Subject.
 */
export function findCopies(run: Run, user: string, wanted: { messageId: string } | { subject: string | undefined }): Promise<StoredCopy[]> {
  return withMailbox(run, user, async (client) => {
    const folders = await client.list({ statusQuery: { messages: true } });
    const copies: StoredCopy[] = [];
    for (const { path, status, flags } of folders) {
      if (flags.has('\\Noselect') || status?.messages === 0) continue;
      copies.push(...(await copiesIn(client, path, wanted)));
    }
    return copies;
  });
}

async function copiesIn(client: ImapFlow, folder: string, wanted: { messageId: string } | { subject: string | undefined }): Promise<StoredCopy[]> {
  const lock = await client.getMailboxLock(folder, { readOnly: true });
  try {
    // A mailbox that is open already shows new messages only after a command that lets the server say so (RFC 9051 section 5.2).
    await client.noop();
    const found = 'messageId' in wanted ? await client.search({ header: { 'message-id': wanted.messageId } }, { uid: true }) : await client.search({ all: true }, { uid: true });
    if (!Array.isArray(found) || found.length === 0) return [];
    const messages = await client.fetchAll(found, { uid: true, flags: true, source: true }, { uid: true });
    return messages
      .map((message) => ({
        folder,
        uid: message.uid,
        flags: [...(message.flags ?? [])],
        raw: message.source ?? Buffer.alloc(0),
        ...splitMessage(message.source ?? Buffer.alloc(0)),
      }))
      .filter((copy) =>
        'messageId' in wanted
          ? bareId(messageIdOf(copy.headers)) === bareId(wanted.messageId)
          : messageIdOf(copy.headers) === undefined && headerValue(copy.headers, 'Subject') === wanted.subject,
      );
  } finally {
    lock.release();
  }
}
