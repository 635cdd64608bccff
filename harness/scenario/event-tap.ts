import { waitUntil } from '../base/index.ts';
import type { HubClient, WorldEvent } from '../internet/index.ts';

type Kept = Extract<WorldEvent, { type: 'log' | 'dns' }>;

/** Log lines and DNS questions since a moment, kept for the checks of one scenario. */
export class EventTap {
  readonly events: Kept[] = [];
  readonly #hub: HubClient;
  readonly #listeners = new Set<() => void>();
  readonly #stream: { close(): void };
  #seen: number;

  /** @param since number of the last event before the moment */
  constructor(hub: HubClient, since: number) {
    this.#hub = hub;
    this.#seen = since;
    this.#stream = hub.events(since, (event) => this.#take(event));
  }

  /** Waits until everything that has happened by now has been seen here. */
  async caughtUp(deadlineMs: number): Promise<void> {
    const { events } = await this.#hub.status();
    await waitUntil({
      what: `the events of the world up to ${events} are seen`,
      deadlineMs,
      look: () => (this.#seen >= events ? { met: true, value: undefined } : { met: false, missing: `event ${this.#seen} was the last` }),
      subscribe: (again) => this.#subscribe(again),
    });
  }

  /** Waits until an event fits; undefined when none has by the deadline. */
  async find(fits: (event: Kept) => boolean, deadlineMs: number): Promise<Kept | undefined> {
    try {
      return await waitUntil({
        what: 'an event fits',
        deadlineMs,
        look: () => {
          const event = this.events.find(fits);
          return event === undefined ? { met: false, missing: 'none does' } : { met: true, value: event };
        },
        subscribe: (again) => this.#subscribe(again),
      });
    } catch {
      return undefined;
    }
  }

  close(): void {
    this.#stream.close();
  }

  #take(event: WorldEvent): void {
    this.#seen = event.seq;
    if (event.type === 'log' || event.type === 'dns') this.events.push(event);
    for (const listener of this.#listeners) listener();
  }

  #subscribe(again: () => void): () => void {
    this.#listeners.add(again);
    return () => this.#listeners.delete(again);
  }
}
