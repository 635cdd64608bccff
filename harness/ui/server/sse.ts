import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Batch } from './changes.ts';
import type { Live } from './live.ts';

/** A browser comes back after so many milliseconds. */
const COME_BACK_MS = 500;
/** What a page that does not read may be behind, bytes; then it is sent away, and comes back for a snapshot. */
const MOST_BEHIND = 32_000_000;

/** Server-sent events: what a page missed since its last event where that is kept, else a snapshot; then every change. */
export function streamEvents(live: Live, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  request.socket.setNoDelay(true);
  const seen = request.headers['last-event-id'];
  // Before anything is looked up, so that nothing falls between.
  const snapshot = live.snapshot();
  const missed = typeof seen === 'string' ? live.changes.since(seen) : undefined;
  response.write(`retry: ${COME_BACK_MS}\n`);
  if (missed === undefined) response.write(eventText('snapshot', live.changes.last, snapshot));
  else for (const batch of missed) sendBatch(response, batch);
  const stop = live.changes.follow((batch) => {
    if (response.writableLength > MOST_BEHIND) response.destroy();
    else sendBatch(response, batch);
  });
  response.on('close', stop);
}

const sendBatch = (response: ServerResponse, { id, changes }: Batch): void => void response.write(eventText('changes', id, changes));
const eventText = (event: string, id: string, data: unknown): string => `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
