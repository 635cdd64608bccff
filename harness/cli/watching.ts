import { type FSWatcher, watch } from 'node:fs';
import path from 'node:path';
import { MailproofError, messageOf } from '../base/index.ts';

/** A folder whose files matter, and a name for what they are of. */
export interface Watched {
  folder: string;
  name: string;
}

/** Notes which of the watched folders something was written in; each is told once until it is written in again. */
export class Watch implements AsyncIterable<Set<string>> {
  readonly #watchers: FSWatcher[];
  #written = new Set<string>();
  #wake: (() => void) | undefined;
  #closed = false;

  /** @throws MailproofError NOT_FOUND for a folder that cannot be watched */
  constructor(watched: readonly Watched[]) {
    this.#watchers = watched.map(({ folder, name }) => {
      try {
        const watcher = watch(folder, { recursive: true }, () => this.#note(name));
        watcher.on('error', () => this.#note(name));
        return watcher;
      } catch (cause) {
        throw new MailproofError('NOT_FOUND', `${path.relative(process.cwd(), folder) || folder} cannot be watched: ${messageOf(cause)}`, { cause });
      }
    });
  }

  close(): void {
    this.#closed = true;
    for (const watcher of this.#watchers) watcher.close();
    this.#wake?.();
  }

  /** Each time the names that were written in since the last time, as soon as there are any. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Set<string>> {
    for (;;) {
      if (this.#written.size === 0 && !this.#closed) {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
      if (this.#closed) return;
      const written = this.#written;
      this.#written = new Set();
      yield written;
    }
  }

  #note(name: string): void {
    this.#written.add(name);
    this.#wake?.();
  }
}
