import { waitUntil } from '../base/index.ts';
import type { HubClient, HubStatus, WorldEvent } from '../internet/index.ts';

type Kept = Extract<WorldEvent, { type: 'log' | 'dns' | 'policy' }>;

/** Log lines, DNS questions and requests for policies of one instance, read once for all scenarios that this process runs beside each other in it. */
class SharedStream {
  readonly taps = new Set<EventTap>();
  readonly listeners = new Set<() => void>();
  readonly ready: Promise<void>;
  events: Kept[] = [];
  seen = 0;
  ended: Error | undefined;

  constructor(hub: HubClient) {
    this.ready = this.#open(hub);
    this.ready.catch((error: unknown) => this.#end(hub, error));
  }

  /** Lets go of what happened before the oldest scenario that still listens began. */
  prune(): void {
    const oldest = Math.min(...[...this.taps].map((tap) => tap.since));
    this.events = this.events.filter((event) => event.seq > oldest);
  }

  async #open(hub: HubClient): Promise<void> {
    this.seen = (await hub.status()).events;
    const stream = hub.events(this.seen, (event) => {
      this.seen = event.seq;
      if (this.taps.size > 0 && (event.type === 'log' || event.type === 'dns' || event.type === 'policy')) this.events.push(event);
      for (const listener of this.listeners) listener();
    });
    stream.ended.catch((error: unknown) => this.#end(hub, error));
  }

  #end(hub: HubClient, error: unknown): void {
    this.ended = error instanceof Error ? error : new Error(String(error));
    if (streams.get(hub) === this) streams.delete(hub);
    for (const listener of this.listeners) listener();
  }
}

const streams = new WeakMap<HubClient, SharedStream>();

/** Log lines, DNS questions and requests for policies since a moment, kept for the checks of one scenario. */
export class EventTap {
  /** Number of the last event before the moment; while that is asked for, nothing is let go. */
  since = 0;
  readonly #hub: HubClient;
  readonly #stream: SharedStream;

  private constructor(hub: HubClient) {
    this.#hub = hub;
    this.#stream = streams.get(hub) ?? new SharedStream(hub);
    streams.set(hub, this.#stream);
    this.#stream.taps.add(this);
  }

  /** Listens from now on. @throws MailproofError HUB_UNREACHABLE */
  static async open(hub: HubClient): Promise<{ tap: EventTap; status: HubStatus }> {
    const tap = new EventTap(hub);
    try {
      // The stream began earlier than the moment, so nothing after it is missed.
      await tap.#stream.ready;
      const status = await hub.status();
      tap.since = status.events;
      return { tap, status };
    } catch (error) {
      tap.close();
      throw error;
    }
  }

  get events(): Kept[] {
    return this.#stream.events.filter((event) => event.seq > this.since);
  }

  /** Waits until everything that has happened by now has been seen here. @throws MailproofError HUB_UNREACHABLE, DEADLINE */
  async caughtUp(deadlineMs: number): Promise<void> {
    const { events } = await this.#hub.status();
    const stream = this.#stream;
    await waitUntil({
      what: `the events of the world up to ${events} are seen`,
      deadlineMs,
      look: () => {
        if (stream.seen >= events) return { met: true, value: undefined };
        if (stream.ended) throw stream.ended;
        return { met: false, missing: `event ${stream.seen} was the last` };
      },
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
    this.#stream.taps.delete(this);
    this.#stream.prune();
  }

  #subscribe(again: () => void): () => void {
    this.#stream.listeners.add(again);
    return () => this.#stream.listeners.delete(again);
  }
}
