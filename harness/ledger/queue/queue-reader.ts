import type { QueueId, WorldTime } from '../../base/index.ts';

/** What a queue says of one message. */
export interface QueuedMessage {
  queueId: QueueId;
  /** `active`: a delivery is under way. */
  state: 'active' | 'waiting' | 'held' | 'frozen';
  from: string;
  recipients: { address: string; reason?: string; nextTry?: WorldTime }[];
  /** When the server looks at it next, where it knows one time for the whole message. */
  nextTry?: WorldTime;
  /** The last line that the server wrote about it, where the log can be read on the host. */
  lastLine?: string;
}

export interface QueueListing {
  /** The host's own clock when it was asked. */
  now: WorldTime;
  messages: QueuedMessage[];
}

/** How one MTA is asked for its queue: a script for the host and what its output means. */
export interface QueueReader {
  software: string;
  /** @param ids only these, and when one of them is being delivered, not before that attempt ended; all at once when empty */
  script(ids: readonly QueueId[]): string;
  parse(output: string): QueueListing;
  /** Prints one message as it lies in the queue, header and body. */
  source(id: QueueId): string;
}
