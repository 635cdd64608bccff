import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { messageOf } from '../../../base/index.ts';
import { canonicalAddress } from '../addresses.ts';
import type { CertificateAuthority } from '../certificates.ts';
import type { News } from '../events.ts';
import { type CompletePolicy, policyHostName, policyText } from './policy.ts';

const PATH = '/.well-known/mta-sts.txt';

export interface PolicyHostWorld {
  authority: CertificateAuthority;
  report: (news: News) => void;
}

/** The host `mta-sts.DOMAIN` of one outside party. Its sockets come from the listener that all of them share. */
export class PolicyHost {
  readonly #server: Server;
  readonly #domain: string;
  readonly #report: PolicyHostWorld['report'];

  constructor(domain: string, policy: CompletePolicy, world: PolicyHostWorld) {
    this.#domain = domain;
    this.#report = world.report;
    const { cert, key } = world.authority.certificateFor([policyHostName(domain)], policy.host === 'up' || policy.host === 'down' ? 'good' : policy.host);
    const asked = new WeakSet<Socket>();
    this.#server = createServer({ cert, key }, (request, response) => {
      const found = request.method === 'GET' && request.url === PATH;
      asked.add(request.socket);
      this.#said(request.socket.remoteAddress, request.url ?? '', found ? `200 ${policy.mode}` : '404');
      response.writeHead(found ? 200 : 404, { 'content-type': 'text/plain', connection: 'close' }).end(found ? policyText(policy) : 'no such page\r\n');
    });
    this.#server.on('secureConnection', (socket) => {
      // A socket that is closed does not know its address any more.
      const client = socket.remoteAddress;
      let why = 'connection closed';
      // A client that does not like the certificate says so after the handshake (TLS 1.3).
      socket.on('error', (error) => {
        why = messageOf(error);
      });
      socket.once('close', () => {
        if (!asked.has(socket)) this.#said(client, '', `nothing was asked: ${why}`);
      });
    });
    this.#server.on('tlsClientError', (error, socket) => this.#said(socket.remoteAddress, '', `no TLS: ${messageOf(error)}`));
  }

  accept(socket: Socket): void {
    this.#server.emit('connection', socket);
  }

  #said(client: string | undefined, path: string, answer: string): void {
    this.#report({ type: 'policy', party: this.#domain, client: canonicalAddress(client ?? ''), path, answer });
  }
}
