import { randomBytes } from 'node:crypto';
import type { Change } from '../wire.ts';

/** Changes that are kept for a page that was away; who was away for longer gets everything anew. */
const KEPT = 20_000;

export interface Batch {
  id: string;
  changes: readonly Change[];
}

/**
 * What changed, in numbered batches. The number alone would mean something else after a restart of the server, so each run has
 * a name of its own before it.
 */
export class Changes {
  readonly #run = randomBytes(4).toString('hex');
  readonly #batches: Batch[] = [];
  readonly #followers = new Set<(batch: Batch) => void>();
  #count = 0;
  #kept = 0;

  /** Names the state as it is now. */
  get last(): string {
    return this.#id(this.#count);
  }

  add(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    this.#count++;
    const batch = { id: this.last, changes };
    this.#batches.push(batch);
    this.#kept += changes.length;
    while (this.#kept > KEPT) this.#kept -= this.#batches.shift()?.changes.length ?? this.#kept;
    for (const follower of this.#followers) follower(batch);
  }

  /** Batches after the one that a page saw last; undefined when they are not all kept, or were another server's. */
  since(id: string): Batch[] | undefined {
    if (id === this.last) return [];
    const index = this.#batches.findIndex((batch) => batch.id === id);
    const before = this.#id(this.#count - this.#batches.length);
    if (index === -1 && id !== before) return undefined;
    return this.#batches.slice(index + 1);
  }

  /** @returns stops it */
  follow(follower: (batch: Batch) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  #id(count: number): string {
    return `${this.#run}-${count}`;
  }
}

/** Of changes that say the same thing anew only the last ones are sent. */
export function newest(changes: readonly Change[]): Change[] {
  const seen = new Set<string>();
  return changes
    .toReversed()
    .filter((change) => {
      if (change.type === 'move' || change.type === 'deed') return true;
      const key = change.type === 'row' ? `row ${change.row.id}` : change.type === 'host' ? `host ${change.host.name}` : change.type === 'gone' ? `row ${change.id}` : change.type;
      if (change.type === 'dropped') return true;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .toReversed();
}
