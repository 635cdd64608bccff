import type { WorldTime } from '../base/index.ts';

const DOWN: ReadonlySet<string> = new Set(['stopped', 'killed', 'paused', 'failed']);

/** Which hosts are down, and when each went down last. */
export class Outages {
  readonly #down = new Map<string, string>();
  readonly #last = new Map<string, WorldTime>();

  /** @param state as the hub has it */
  note(host: string, state: string, at: WorldTime): void {
    if (!DOWN.has(state)) {
      this.#down.delete(host);
      return;
    }
    this.#down.set(host, state);
    // A host that is frozen goes on where it was: it loses no line and no reply.
    if (state !== 'paused') this.#last.set(host, at);
  }

  /** Why nothing can happen on this host now: `stopped`, `killed`, `paused`, `failed`; undefined when it is up. */
  downBecause(host: string): string | undefined {
    return this.#down.get(host);
  }

  /** true when the host went down at this time or later, so that replies and lines may have been lost. */
  since(host: string, at: WorldTime): boolean {
    const last = this.#last.get(host);
    return last !== undefined && last >= at;
  }
}
