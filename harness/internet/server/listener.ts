import { createServer, type Server, type Socket } from 'node:net';
import { canonicalAddress } from './addresses.ts';

/** Who takes the connections to an address. */
export interface Accepting {
  accept(socket: Socket): void;
}

/** One listener for the servers of the whole outside on a port: the socket's local address says which one is meant. */
export class OutsideListener {
  readonly #server: Server;
  readonly #halfOpen: boolean;
  readonly #servers = new Map<string, Accepting>();

  /** @param halfOpen whether a client that has closed its side is still answered */
  constructor(halfOpen: boolean) {
    this.#halfOpen = halfOpen;
    this.#server = createServer({ allowHalfOpen: halfOpen, noDelay: true }, (socket) => this.#accept(socket));
  }

  /** @param address `::` takes both families */
  listen(port: number, address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, host: address, backlog: 511 }, resolve);
    });
  }

  get port(): number {
    const bound = this.#server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : 0;
  }

  set(address: string, server: Accepting): void {
    this.#servers.set(canonicalAddress(address), server);
  }

  remove(address: string): void {
    this.#servers.delete(canonicalAddress(address));
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    // smtp-server 3.21 answers only where this says `open`; a client that closed its side still waits for what it asked.
    if (this.#halfOpen) Object.defineProperty(socket, 'readyState', { get: () => (socket.writable ? 'open' : 'closed') });
    const server = this.#servers.get(canonicalAddress(socket.localAddress ?? ''));
    if (server) server.accept(socket);
    else socket.destroy();
  }
}
