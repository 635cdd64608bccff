import { formatDuration, messageOf } from '../../base/index.ts';
import type { Receipt } from '../../internet/index.ts';
import { type Entry, queuedSource } from '../../ledger/index.ts';
import { type MailboxAccess, mailCopies, plainUser } from '../../scenario/index.ts';
import type { World } from '../../world/index.ts';
import type { Live } from './live.ts';

/** Copies of one message that are read at most. */
const MOST = 6;
/** Nobody waits longer for a store that does not answer: the way of a message is wanted most when a host is in trouble. Real time. */
const PATIENCE_MS = 2000;
/** Copies that are kept, so that a message that is open is not read anew at each change. */
const CACHED = 60;
/** A larger one, bytes, is read anew each time. */
const CACHED_BYTES = 500_000;

/** One copy of a message as it lies somewhere, or why it could not be read. */
export interface FoundCopy {
  /** `store:alice/INBOX`, `hosted.test`, `queue of mx`. */
  place: string;
  raw?: Buffer;
  problem?: string;
  flags?: string[];
  receipt?: Receipt;
}

interface Place {
  name: string;
  key: string;
  read: () => Promise<Omit<FoundCopy, 'place'>>;
  /** It does not change any more. */
  final: boolean;
}

/** Reads the copies of messages from mailboxes, receivers and queues. */
export class Copies {
  readonly #world: World;
  readonly #live: Live;
  readonly #access: MailboxAccess;
  readonly #cache = new Map<string, FoundCopy>();

  constructor(world: World, live: Live, access: MailboxAccess) {
    this.#world = world;
    this.#live = live;
    this.#access = access;
  }

  /** @returns the copies of the message of a row, and how many more there are */
  async of(row: string): Promise<{ copies: FoundCopy[]; more: number }> {
    const places = this.#live.ledger.cameOf(row).flatMap((entry) => this.#placesOf(entry));
    const copies = await Promise.all(places.slice(0, MOST).map((place) => this.#read(place)));
    return { copies, more: Math.max(0, places.length - MOST) };
  }

  /** One copy of the message of a row, if one can be read. */
  async first(row: string): Promise<Buffer | undefined> {
    const [place] = this.#live.ledger.cameOf(row).flatMap((entry) => this.#placesOf(entry));
    return place && (await this.#read(place)).raw;
  }

  async #read({ name, key, read, final }: Place): Promise<FoundCopy> {
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    try {
      const reading = read().then((found) => this.#keep(key, { place: name, ...found }, final));
      // What comes too late is kept for the next look, and what fails then is nobody's.
      reading.catch(() => {});
      return await inTime(reading, () => ({ place: name, problem: `not read within ${formatDuration(PATIENCE_MS)}: does it answer? Open the message again to look again` }));
    } catch (error) {
      return { place: name, problem: messageOf(error) };
    }
  }

  #keep(key: string, copy: FoundCopy, final: boolean): FoundCopy {
    if (final && copy.raw !== undefined && copy.raw.length <= CACHED_BYTES) this.#cache.set(key, copy);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > CACHED && oldest !== undefined) this.#cache.delete(oldest);
    return copy;
  }

  #placesOf(entry: Entry): Place[] {
    const { custody } = entry;
    const { receipt } = custody;
    if (receipt !== undefined)
      return [{ name: receipt.party, key: `receipt ${receipt.id}`, final: true, read: async () => ({ raw: await this.#world.hub.receipt(receipt.id), receipt }) }];
    const ends = custody.recipients.map((recipient) => ({ recipient, end: this.#live.ledger.endOf(entry, recipient) }));
    const stored = ends.flatMap(({ recipient, end }): Place[] => {
      if (end.end !== 'stored' || end.user === undefined) return [];
      const user = plainUser(end.user, this.#world.model.accounts?.domain);
      const folder = end.folder ?? 'INBOX';
      const name = `${end.host}:${user}/${folder}`;
      // Exim writes no Message-ID of its own notifications: the store's line has it.
      const messageId = custody.messageId ?? this.#live.ledger.book.stored(entry, recipient)?.messageId;
      return [{ name, key: `${custody.id} ${name}`, final: true, read: () => this.#onHost(end.host, () => this.#stored(user, folder, messageId)) }];
    });
    const waits = custody.completed ? [] : ends.filter(({ end }) => end.end === 'waiting' || end.end === 'pending');
    const queued: Place[] =
      waits.length === 0
        ? []
        : [
            {
              name: `queue of ${custody.host}`,
              key: `queue ${custody.id}`,
              final: false,
              read: () => this.#onHost(custody.host, async () => ({ raw: Buffer.from(await queuedSource(this.#live.ledger, this.#world.hub, custody.host, custody.queueId)) })),
            },
          ];
    return [...stored, ...queued];
  }

  /** A host that is down is not asked. */
  async #onHost(host: string, read: Place['read']): Promise<Omit<FoundCopy, 'place'>> {
    const { ledger } = this.#live;
    return ledger.isUp(host) ? read() : { problem: `${host} is ${ledger.hostState(host)}, so it cannot be read now` };
  }

  async #stored(user: string, folder: string, messageId: string | undefined): Promise<Omit<FoundCopy, 'place'>> {
    if (messageId === undefined) return { problem: 'no log names its Message-ID: look into the mailbox' };
    const copies = await mailCopies(this.#access, user, messageId);
    const copy = copies.find((one) => one.folder === folder) ?? copies[0];
    if (copy === undefined) return { problem: `no folder of ${user} holds it any more` };
    return { raw: copy.raw, flags: copy.flags, ...(copy.folder === folder ? {} : { problem: `it lies in ${copy.folder} now` }) };
  }
}

/** What is instead, when it takes longer than anybody has patience for. */
async function inTime<T>(work: Promise<T>, instead: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(instead()), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
