import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { MailproofError, messageOf } from '../base/index.ts';
import type { HubAddress } from './hub-client.ts';
import { LAST_EVENT_HEADER, type WorldEvent } from './protocol.ts';

export interface HubEvents {
  close(): void;
  /** Fulfilled when everything that had happened when the stream was opened was handed over; rejected when it ends before. */
  readonly caughtUp: Promise<void>;
  /** Fulfilled when the event with this number was handed over, or none will be. */
  reached(seq: number): Promise<void>;
  /** Fulfilled when the stream is closed by `close`, rejected with HUB_UNREACHABLE when the hub ends it. */
  readonly ended: Promise<void>;
}

/** Hands over the events after number `since`, in order, until closed. */
export function followEvents(hub: HubAddress, since: number, onEvent: (event: WorldEvent) => void): HubEvents {
  const caughtUp = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  // Who does not ask how it ended must not be ended by it.
  caughtUp.promise.catch(() => {});
  ended.promise.catch(() => {});
  let closed = false;
  let over = false;
  let handedOver = since;
  let waiting: { seq: number; go: () => void }[] = [];
  const letGo = (): void => {
    const [free, others] = [waiting.filter(({ seq }) => over || seq <= handedOver), waiting.filter(({ seq }) => !over && seq > handedOver)];
    waiting = others;
    for (const { go } of free) go();
  };
  const fail = (error: unknown): void => {
    const problem = new MailproofError('HUB_UNREACHABLE', `the event stream of the hub at ${hub.host}:${hub.port} ended: ${messageOf(error)}`, {
      cause: error,
      hint: 'has the world been stopped?',
    });
    over = true;
    letGo();
    caughtUp.reject(problem);
    if (closed) ended.resolve();
    else ended.reject(problem);
  };
  const asking = request(
    { host: hub.host, port: hub.port, path: `/events?since=${since}`, headers: { authorization: `Bearer ${hub.token}` }, agent: false },
    (answer: IncomingMessage) => {
      if (answer.statusCode !== 200) return fail(`it answered ${answer.statusCode}`);
      const last = Number(answer.headers[LAST_EVENT_HEADER] ?? 0);
      if (last <= since) caughtUp.resolve();
      const lines = createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY });
      lines.on('line', (line) => {
        const event: WorldEvent = JSON.parse(line);
        onEvent(event);
        handedOver = event.seq;
        if (event.seq >= last) caughtUp.resolve();
        letGo();
      });
      lines.on('error', fail);
      lines.on('close', () => fail('the connection was closed'));
      answer.on('error', fail);
    },
  );
  asking.on('error', fail);
  asking.on('socket', (socket) => socket.setNoDelay(true));
  asking.end();
  return {
    close: () => {
      closed = true;
      asking.destroy();
    },
    caughtUp: caughtUp.promise,
    reached: (seq) =>
      new Promise((resolve) => {
        waiting.push({ seq, go: resolve });
        letGo();
      }),
    ended: ended.promise,
  };
}
