import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../base/index.ts';
import { type HubWorld, LAST_EVENT_HEADER } from '../protocol.ts';
import { mailRoute } from './dns/exchangers.ts';
import { Hub } from './hub.ts';
import { Problem } from './problem.ts';

type Answer = object | Buffer | null;
/** What a route needs: the body is JSON of the request type that the protocol names for it. */
interface Asked {
  hub: Hub;
  url: URL;
  body: () => Promise<string>;
}

const MAX_BODY = 64 * 1024 * 1024;

const ROUTES: Readonly<Record<string, (asked: Asked) => Promise<Answer>>> = {
  'POST /exec': async ({ hub, body }) => {
    const { host, script, deadlineMs } = JSON.parse(await body());
    return hub.machine(String(host)).agent.run(String(script), typeof deadlineMs === 'number' ? deadlineMs : undefined);
  },
  'POST /host': async ({ hub, body }) => {
    await hub.host(JSON.parse(await body()));
    return {};
  },
  'POST /services': async ({ hub, body }) => {
    const { host, services, then } = JSON.parse(await body());
    await hub.machine(String(host)).configure(services, then);
    return {};
  },
  'POST /reinstall': async ({ hub, body }) => {
    const { host } = JSON.parse(await body());
    await hub.machine(String(host.name)).reinstall(host);
    return {};
  },
  'POST /link': async ({ hub, body }) => {
    await hub.link(JSON.parse(await body()));
    return {};
  },
  'POST /clock': async ({ hub, body }) => hub.clock(JSON.parse(await body())),
  'POST /outside': async ({ hub, body }) => hub.setOutside(JSON.parse(await body())),
  'POST /dns': async ({ hub, body }) => hub.zone.override(JSON.parse(await body())),
  'POST /names': async ({ hub, body }) => hub.setNames(JSON.parse(await body())),
  'GET /exchangers': async ({ hub, url }) => mailRoute(hub.zone, url.searchParams.get('domain') ?? ''),
  'POST /steps': async ({ hub, body }) => {
    hub.events.add({ type: 'step', step: JSON.parse(await body()) });
    return {};
  },
  'GET /strays': async ({ hub }) => hub.strays(),
  'POST /certificate': async ({ hub, body }) => {
    const { names, kind } = JSON.parse(await body());
    return hub.authority.certificateFor(names, kind);
  },
  'POST /capture': async ({ hub }) => {
    await hub.capture.start();
    return {};
  },
  'DELETE /capture': async ({ hub }) => hub.capture.stop(),
};

/** The hub's HTTP API; what each route takes and answers is in protocol.ts. */
export class Api {
  #hub: Hub | undefined;

  get hub(): Hub | undefined {
    return this.#hub;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'http://hub');
      const answer = await this.#route(request, response, url);
      if (answer === undefined) return;
      // The client holds the answer back until its event streams have come so far: an answer never overtakes what led to it.
      const last = { [LAST_EVENT_HEADER]: this.#hub?.readLogs() ?? 0 };
      if (Buffer.isBuffer(answer)) response.writeHead(200, { ...last, 'content-type': 'application/octet-stream' }).end(answer);
      else response.writeHead(200, { ...last, 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(500, 'hub', `the hub failed: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`);
      if (!response.headersSent) response.writeHead(problem.status, { 'content-type': 'application/json' }).end(JSON.stringify(problem.body()));
      else response.destroy();
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse, url: URL): Promise<Answer | undefined> {
    const name = `${request.method} ${url.pathname}`;
    const body = (): Promise<string> => read(request);
    if (name === 'PUT /world') return this.#put(JSON.parse(await body()));
    const hub = this.#hub;
    if (name === 'GET /status')
      return (
        hub?.status() ?? {
          world: '',
          variant: '',
          instance: '',
          events: 0,
          clock: { now: Date.now(), offsetMs: 0, skews: {} },
          hosts: [],
          ca: '',
          memoryBytes: process.memoryUsage.rss(),
        }
      );
    if (hub === undefined) throw new Problem(409, 'no-world', `${name}: no world was put into this hub yet`);
    if (name === 'GET /events') {
      stream(hub, Number(url.searchParams.get('since') ?? 0), response);
      return undefined;
    }
    const receipt = /^GET \/receipts\/([^/]+)\/raw$/.exec(name)?.[1];
    if (receipt !== undefined) return hub.receipt(decodeURIComponent(receipt));
    const domain = /^DELETE \/outside\/([^/]+)$/.exec(name)?.[1];
    if (domain !== undefined) {
      await hub.removeOutside(decodeURIComponent(domain), url.searchParams.get('owner') ?? '');
      return {};
    }
    const route = ROUTES[name];
    if (route === undefined)
      throw new Problem(404, 'unknown-request', `the hub knows no ${name}`, `it knows ${['PUT /world', 'GET /status', 'GET /events', ...Object.keys(ROUTES)].join(', ')}`);
    return route({ hub, url, body });
  }

  async #put(world: HubWorld): Promise<Answer> {
    if (this.#hub) throw new Problem(409, 'world-exists', 'this hub already has a world', 'start a new instance');
    const hub = new Hub(world);
    this.#hub = hub;
    await hub.up();
    return hub.status();
  }
}

/** One line of JSON per event, the history first. */
function stream(hub: Hub, since: number, response: ServerResponse): void {
  const { events } = hub;
  response.writeHead(200, { 'content-type': 'application/x-ndjson', [LAST_EVENT_HEADER]: events.length });
  response.flushHeaders();
  const history = events.since(since);
  if (history.length > 0) response.write(`${history.map((event) => JSON.stringify(event)).join('\n')}\n`);
  const stop = events.follow((event) => response.write(`${JSON.stringify(event)}\n`));
  response.on('close', stop);
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Problem(413, 'too-large', `a request of more than ${MAX_BODY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
