import { custodyId, type Entry } from './entry.ts';
import type { Places } from './links.ts';
import type { CustodyId } from './types.ts';

/** Which custody came of which: by what logs say, by Message-ID where a reply was lost. */
export class Kinship {
  readonly #places: Places;
  readonly #entries: ReadonlyMap<CustodyId, Entry>;
  readonly #byMessageId = new Map<string, Set<Entry>>();
  readonly #children = new Map<CustodyId, Set<CustodyId>>();

  constructor(places: Places, entries: ReadonlyMap<CustodyId, Entry>) {
    this.#places = places;
    this.#entries = entries;
  }

  withMessageId(messageId: string | undefined): Entry[] {
    return messageId === undefined ? [] : [...(this.#byMessageId.get(messageId) ?? [])];
  }

  childrenOf(id: CustodyId): Entry[] {
    return [...(this.#children.get(id) ?? [])].flatMap((child) => this.#entries.get(child) ?? []);
  }

  adopt(parent: Entry, child: Entry): void {
    if (parent === child) return;
    if (!child.custody.parents.includes(parent.custody.id)) child.custody.parents.push(parent.custody.id);
    this.announce(parent, child.custody.id);
  }

  /** A child that is named by its parent and not seen yet. */
  announce(parent: Entry, child: CustodyId): void {
    const children = this.#children.get(parent.custody.id) ?? new Set();
    children.add(child);
    this.#children.set(parent.custody.id, children);
  }

  name(entry: Entry, messageId: string | undefined): void {
    if (messageId === undefined || messageId === '') return;
    const bare = messageId.replace(/^<(.*)>$/, '$1');
    entry.custody.messageId = bare;
    const same = this.#byMessageId.get(bare) ?? new Set();
    same.add(entry);
    this.#byMessageId.set(bare, same);
    if (entry.custody.receipt) return;
    // A receipt whose reply was lost may have come before the line that names the message.
    for (const other of same)
      if (other.custody.receipt?.replySent === false && this.#places.isFrom(other.custody.client?.address, '', entry.custody.host)) this.adopt(entry, other);
  }

  forget(entry: Entry): void {
    this.#children.delete(entry.custody.id);
    const same = this.#byMessageId.get(entry.custody.messageId ?? '');
    same?.delete(entry);
    if (same?.size === 0) this.#byMessageId.delete(entry.custody.messageId ?? '');
  }

  /**
   * Exim logs the Message-ID of what it writes itself only with +msg_id_created, Sendmail never; both make it of the queue id:
   * `E<queue id>@<primary_hostname>`, `<time>.<queue id>@<$j>`.
   */
  nameNotice(messageId: string | undefined): void {
    const queueId = /^<?(?:E(?<exim>[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4})|\d{12}\.(?<sendmail>[0-9A-Za-z]{8}\d{6,}))@/.exec(messageId ?? '')?.groups;
    const id = queueId?.exim ?? queueId?.sendmail;
    if (id === undefined) return;
    for (const { name } of this.#places.hosts) {
      const entry = this.#entries.get(custodyId(name, id));
      if (entry && entry.custody.messageId === undefined) this.name(entry, messageId);
    }
  }

  /** Custodies that may have sent a message to this one: same Message-ID, at the host it came from. */
  sendersOf(entry: Entry): Entry[] {
    const { client, host, messageId } = entry.custody;
    return this.withMessageId(messageId).filter((other) => other !== entry && this.#places.isFrom(client?.address, host, other.custody.host));
  }

  /**
   * Custodies that took this message over from this one, which never heard so: their final reply was lost.
   * Until this host's log has said that it handed the message over, one that did answer looks the same.
   */
  unheard(entry: Entry): Entry[] {
    return this.withMessageId(entry.custody.messageId).filter(
      (other) =>
        other.accepted &&
        other.custody.host !== entry.custody.host &&
        other.custody.cause === 'received' &&
        other.custody.parents.length === 0 &&
        this.#places.isFrom(other.custody.client?.address, other.custody.host, entry.custody.host),
    );
  }
}
