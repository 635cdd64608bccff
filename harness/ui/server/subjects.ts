import { headerValue, splitMessage } from '../../scenario/index.ts';
import type { Row } from '../wire.ts';
import type { Copies } from './copies.ts';
import type { Live } from './live.ts';

/** So many messages are waited for at most: of more that come at once only the newest are read. */
const MOST = 200;

/**
 * A subject stands in no log, and a reader of the stream wants it: while somebody looks at the page, one copy of each message is
 * read for it, one after the other, the newest first.
 */
export class Subjects {
  readonly #live: Live;
  readonly #copies: Copies;
  /** By row, the state in which it was read: one that could not be read then is tried again in another one. */
  readonly #tried = new Map<string, string>();
  #waiting: string[] = [];
  #reading = false;
  #lookers = 0;

  constructor(live: Live, copies: Copies) {
    this.#live = live;
    this.#copies = copies;
    live.changes.follow(({ changes }) => {
      for (const change of changes) {
        if (change.type === 'row') this.#want(change.row);
        if (change.type === 'dropped') for (const id of change.ids) this.#tried.delete(id);
      }
    });
  }

  /** Somebody looks from now on. @returns to be called when they do so no more */
  look(): () => void {
    this.#lookers++;
    this.#wantAll();
    return () => {
      this.#lookers--;
    };
  }

  #wantAll(): void {
    for (const row of this.#live.snapshot().rows) this.#want(row);
  }

  #want({ id, kind, state, subject }: Row): void {
    if (this.#lookers === 0 || kind !== 'message' || subject !== undefined || state === 'on its way' || this.#tried.get(id) === state) return;
    this.#tried.set(id, state);
    this.#waiting = [...this.#waiting.slice(1 - MOST), id];
    if (!this.#reading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    for (let id = this.#waiting.pop(); id !== undefined && this.#lookers > 0; id = this.#waiting.pop()) {
      const raw = await this.#copies.first(id);
      const subject = raw === undefined ? undefined : headerValue(splitMessage(raw).headers, 'Subject');
      if (subject !== undefined) this.#live.setSubject(id, subject);
    }
    this.#reading = false;
  }
}
