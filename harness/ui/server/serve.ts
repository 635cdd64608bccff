import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EXIT, MailproofError, messageOf } from '../../base/index.ts';
import type { HubEvents } from '../../internet/index.ts';
import type { World } from '../../world/index.ts';
import { pageToken, refusalOf } from './guard.ts';
import { Live } from './live.ts';
import { document } from './page.ts';
import { readProgram } from './program.ts';
import { type Answer, Routes } from './routes.ts';
import { streamEvents } from './sse.ts';

/** What a request may send at most, bytes: a message with everything. */
const MOST_BYTES = 20_000_000;

export interface UiOptions {
  world: World;
  /** Listened on; 0: any that is free. */
  port: number;
  /** Any other port will do where this one is taken. */
  elsewhere?: boolean;
}

export interface RunningUi extends AsyncDisposable {
  /** With the token. */
  readonly url: string;
  readonly live: Live;
  /** Rejected when the hub ends the connection; resolved after closing. */
  readonly ended: Promise<void>;
}

/**
 * Serves the live page of a running world on 127.0.0.1, until it is disposed of.
 * @throws MailproofError USAGE when the port is taken
 */
export async function serveUi({ world, port, elsewhere = false }: UiOptions): Promise<RunningUi> {
  const live = new Live({ model: world.model, instance: world.ref.instance });
  const token = pageToken(world.ref.token);
  const program = await readProgram();
  const html = document(world.model, world.ref.instance, program);
  const events = await follow(world, live);
  const routes = new Routes(world, live);
  const server = createServer((request, response) => void answer(request, response, { live, routes, token, html, policy: program.policy }));
  try {
    await listen(server, port).catch((error: unknown) => (elsewhere ? listen(server, 0) : Promise.reject(error)));
  } catch (error) {
    events.close();
    throw error;
  }
  const { port: taken } = addressOf(server);
  const ended = events.ended.catch((error: unknown) => {
    live.lost(error);
    throw error;
  });
  ended.catch(() => {});
  return {
    url: `http://127.0.0.1:${taken}/?token=${token}`,
    live,
    ended,
    [Symbol.asyncDispose]: async () => {
      events.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Reads the whole history, then goes on with what happens. */
async function follow(world: World, live: Live): Promise<HubEvents> {
  const lookAtClock = async (): Promise<void> => live.setClock((await world.hub.status()).clock);
  let caughtUp = false;
  const events = world.hub.events(0, (event) => {
    live.take(event);
    // The event has no word on clocks that are set apart.
    if (event.type === 'clock' && caughtUp) lookAtClock().catch(() => {});
  });
  await events.caughtUp;
  await lookAtClock();
  caughtUp = true;
  live.following();
  return events;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new MailproofError('USAGE', `port ${port} of 127.0.0.1 is taken`, { cause, hint: 'say another one, or none: --port N' })
          : new MailproofError('USAGE', `cannot listen on port ${port} of 127.0.0.1: ${cause.message}`, { cause }),
      ),
    );
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address;
}

interface Serving {
  live: Live;
  routes: Routes;
  token: string;
  html: string;
  policy: string;
}

async function answer(request: IncomingMessage, response: ServerResponse, { live, routes, token, html, policy }: Serving): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  for (const [name, value] of Object.entries({ 'content-security-policy': policy, ...HEADERS })) response.setHeader(name, value);
  try {
    const refused = refusalOf(request, url, request.socket.localPort ?? 0, token);
    if (refused !== undefined) return say(response, refused.status, { type: 'text/plain; charset=utf-8', content: `${refused.message}\n` });
    if (request.method === 'GET' && url.pathname === '/') return say(response, 200, { type: 'text/html; charset=utf-8', content: html });
    if (request.method === 'GET' && url.pathname === '/events') {
      response.on('close', routes.subjects.look());
      return streamEvents(live, request, response);
    }
    const made = await routes.answer(request.method ?? 'GET', url, () => bodyOf(request));
    return made === undefined ? say(response, 404, NOWHERE) : say(response, 200, made);
  } catch (error) {
    const known = error instanceof MailproofError;
    const status = !known ? 500 : error.exitCode === EXIT.invalidInput ? 400 : 502;
    const hint = known && error.hint !== undefined ? `\n${error.hint}` : '';
    say(response, status, { type: 'text/plain; charset=utf-8', content: `${messageOf(error)}${hint}\n` });
  }
}

const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};
const NOWHERE: Answer = { type: 'text/plain; charset=utf-8', content: 'there is nothing here\n' };

function say(response: ServerResponse, status: number, { type, content, download }: Answer): void {
  if (response.headersSent) return void response.end();
  response.writeHead(status, { 'content-type': type, ...(download === undefined ? {} : { 'content-disposition': `attachment; filename="${download}"` }) });
  response.end(content);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new MailproofError('USAGE', `a request of more than ${MOST_BYTES} bytes is not taken`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
