import type { Receipt } from '../../internet/index.ts';
import { type CustodyId, type Entry, type Ledger, queuedSource } from '../../ledger/index.ts';
import { mailCopies } from '../mailbox-view.ts';
import { plainUser } from '../observe.ts';
import type { MailboxAccess } from '../run.ts';

/** One copy of a message as it lies somewhere, or why it could not be read. */
export interface FoundCopy {
  /** `store:alice/INBOX`, `hosted.test`, `queue of mx`. */
  place: string;
  raw?: Buffer;
  problem?: string;
  flags?: string[];
  receipt?: Receipt;
}

/** Where a copy of a message lies, and how it is read there. */
export interface CopyPlace {
  name: string;
  /** No two places have the same. */
  key: string;
  read: () => Promise<Omit<FoundCopy, 'place'>>;
  /** It does not change any more. */
  final: boolean;
}

/** Mailboxes, receivers and queues that hold a copy of the message that began with this custody. */
export function placesOf(ledger: Ledger, access: MailboxAccess, id: CustodyId): CopyPlace[] {
  return ledger.cameOf(id).flatMap((entry) => placesOfOne(ledger, access, entry));
}

function placesOfOne(ledger: Ledger, access: MailboxAccess, entry: Entry): CopyPlace[] {
  const { custody } = entry;
  const { receipt } = custody;
  const { hub } = access.world;
  // A host that is down is not asked.
  const onHost = async (host: string, read: CopyPlace['read']): ReturnType<CopyPlace['read']> =>
    ledger.isUp(host) ? read() : { problem: `${host} is ${ledger.hostState(host)}, so it cannot be read now` };
  if (receipt !== undefined) return [{ name: receipt.party, key: `receipt ${receipt.id}`, final: true, read: async () => ({ raw: await hub.receipt(receipt.id), receipt }) }];
  const ends = custody.recipients.map((recipient) => ({ recipient, end: ledger.endOf(entry, recipient) }));
  const stored = ends.flatMap(({ recipient, end }): CopyPlace[] => {
    if (end.end !== 'stored' || end.user === undefined) return [];
    const user = plainUser(end.user, access.model.accounts?.domain);
    const folder = end.folder ?? 'INBOX';
    const name = `${end.host}:${user}/${folder}`;
    // Exim writes no Message-ID of its own notifications: the store's line has it.
    const messageId = custody.messageId ?? ledger.book.stored(entry, recipient)?.messageId;
    return [{ name, key: `${custody.id} ${name}`, final: true, read: () => onHost(end.host, () => inMailbox(access, user, folder, messageId)) }];
  });
  const waits = !custody.completed && ends.some(({ end }) => end.end === 'waiting' || end.end === 'pending');
  const queued: CopyPlace = {
    name: `queue of ${custody.host}`,
    key: `queue ${custody.id}`,
    final: false,
    read: () => onHost(custody.host, async () => ({ raw: Buffer.from(await queuedSource(ledger, hub, custody.host, custody.queueId)) })),
  };
  return waits ? [...stored, queued] : stored;
}

async function inMailbox(access: MailboxAccess, user: string, folder: string, messageId: string | undefined): Promise<Omit<FoundCopy, 'place'>> {
  if (messageId === undefined) return { problem: 'no log names its Message-ID: look into the mailbox' };
  const copies = await mailCopies(access, user, messageId);
  const copy = copies.find((one) => one.folder === folder) ?? copies[0];
  if (copy === undefined) return { problem: `no folder of ${user} holds it any more` };
  return { raw: copy.raw, flags: copy.flags, ...(copy.folder === folder ? {} : { problem: `it lies in ${copy.folder} now` }) };
}
