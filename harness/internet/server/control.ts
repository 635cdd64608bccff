import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { Api } from './api.ts';
import { serveSocks } from './socks.ts';

const SOCKS_VERSION = 5;

/** The hub's one published port: SOCKS5 when the first octet is 5, else HTTP; both need the token. */
export class ControlPort {
  readonly #server: Server;

  constructor(token: string, api: Api = new Api()) {
    // Digests have one length, so that the comparison tells nothing about the token's.
    const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
    const expected = digest(token);
    const isToken = (text: string): boolean => timingSafeEqual(digest(text), expected);
    const http = createHttpServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
      const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
      if (given === undefined || !isToken(given))
        response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ code: 'token', message: 'the hub was asked without its token' }));
      else void api.handle(request, response);
    });
    this.#server = createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('readable', () => {
        const first: unknown = socket.read(1);
        if (!Buffer.isBuffer(first)) return void socket.destroy();
        socket.unshift(first);
        if (first[0] === SOCKS_VERSION) void serveSocks(socket, api.hub, isToken);
        else http.emit('connection', socket);
      });
    });
  }

  /** @param address the bridge's address alone: hosts of the world must not reach the port */
  listen(port: number, address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, address, resolve);
    });
  }

  get port(): number {
    const bound = this.#server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : 0;
  }

  close(): void {
    this.#server.close();
  }
}
