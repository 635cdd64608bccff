import type { WorldTime } from '../../base/index.ts';
import type { WorldEvent } from '../protocol.ts';

/** A world event before it has its number and time. */
export type News = WorldEvent extends infer Event ? (Event extends WorldEvent ? Omit<Event, 'seq' | 'at'> : never) : never;

/** Everything that happened, numbered from 1; kept for those who come later. */
export class EventLog {
  readonly #history: WorldEvent[] = [];
  readonly #followers = new Set<(event: WorldEvent) => void>();
  readonly #now: () => WorldTime;

  /** @param now the world's clock */
  constructor(now: () => WorldTime) {
    this.#now = now;
  }

  get length(): number {
    return this.#history.length;
  }

  add(news: News): void {
    const event: WorldEvent = { seq: this.#history.length + 1, at: this.#now(), ...news };
    this.#history.push(event);
    for (const follower of this.#followers) follower(event);
  }

  /** Events with a number above `seq`. */
  since(seq: number): WorldEvent[] {
    return this.#history.slice(seq);
  }

  /** Calls for each new event until the returned function is called. */
  follow(follower: (event: WorldEvent) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** The last log lines of a host, oldest first. */
  lastLines(host: string, count: number): string[] {
    const lines: string[] = [];
    for (let i = this.#history.length - 1; i >= 0 && lines.length < count; i--) {
      const event = this.#history[i];
      if (event?.type === 'log' && event.host === host) lines.push(`${event.source}: ${event.line}`);
    }
    return lines.reverse();
  }
}
