import { formatDuration, messageOf } from '../../base/index.ts';
import { type CopyPlace, type FoundCopy, type MailboxAccess, placesOf } from '../../scenario/index.ts';
import type { Live } from './live.ts';

/** Copies of one message that are read at most. */
const MOST = 6;
/** Nobody waits longer for a store that does not answer: the way of a message is wanted most when a host is in trouble. Real time. */
const PATIENCE_MS = 2000;
/** Copies that are kept, so that a message that is open is not read anew at each change. */
const CACHED = 60;
/** A larger one, bytes, is read anew each time. */
const CACHED_BYTES = 500_000;

/** Reads the copies of messages from mailboxes, receivers and queues. */
export class Copies {
  readonly #live: Live;
  readonly #access: MailboxAccess;
  readonly #cache = new Map<string, FoundCopy>();

  constructor(live: Live, access: MailboxAccess) {
    this.#live = live;
    this.#access = access;
  }

  /** @returns the copies of the message of a row, and how many more there are */
  async of(row: string): Promise<{ copies: FoundCopy[]; more: number }> {
    const places = placesOf(this.#live.ledger, this.#access, row);
    const copies = await Promise.all(places.slice(0, MOST).map((place) => this.#read(place)));
    return { copies, more: Math.max(0, places.length - MOST) };
  }

  /** One copy of the message of a row, if one can be read. */
  async first(row: string): Promise<Buffer | undefined> {
    const [place] = placesOf(this.#live.ledger, this.#access, row);
    return place && (await this.#read(place)).raw;
  }

  async #read({ name, key, read, final }: CopyPlace): Promise<FoundCopy> {
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
