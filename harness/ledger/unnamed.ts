import type { Book } from './book.ts';

/**
 * A host that was killed after it wrote a message and before it logged that (Exim 4.96) delivers it when it is back, and no
 * line of it says what it is: the next hop's lines do.
 */
export function nameByNextHop(book: Book, host: string): void {
  for (const entry of book.entries.values()) {
    const { custody } = entry;
    if (custody.host !== host || custody.messageId !== undefined || custody.parents.length > 0) continue;
    const ids = custody.recipients.map((recipient) => book.stored(entry, recipient)?.messageId ?? book.next(entry, recipient)?.custody.messageId);
    book.kin.name(
      entry,
      ids.find((id) => id !== undefined),
    );
  }
}
