import { createServer, type Server, type Socket } from 'node:net';
import { canonicalAddress } from '../addresses.ts';
import type { Receiver } from './receiver.ts';

/** One listener for the mail exchangers of the whole outside: the socket's local address says which one is meant. */
export class ExchangerListener {
  readonly #server: Server;
  readonly #receivers = new Map<string, Receiver>();

  constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
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

  set(address: string, receiver: Receiver): void {
    this.#receivers.set(canonicalAddress(address), receiver);
  }

  remove(address: string): void {
    this.#receivers.delete(canonicalAddress(address));
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    // smtp-server 3.21 answers only where this says `open`; a client that closed its side still waits for what it asked.
    Object.defineProperty(socket, 'readyState', { get: () => (socket.writable ? 'open' : 'closed') });
    const receiver = this.#receivers.get(canonicalAddress(socket.localAddress ?? ''));
    if (receiver) receiver.accept(socket);
    else socket.destroy();
  }
}
