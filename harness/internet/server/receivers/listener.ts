import { createServer, type Server, type Socket } from 'node:net';
import { canonicalAddress } from '../addresses.ts';
import type { Receiver } from './receiver.ts';

/** One listener for the mail exchangers of the whole outside: the socket's local address says which one is meant. */
export class ExchangerListener {
  readonly #server: Server;
  readonly #receivers = new Map<string, Receiver>();

  constructor() {
    this.#server = createServer((socket) => this.#accept(socket));
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
    const receiver = this.#receivers.get(canonicalAddress(socket.localAddress ?? ''));
    if (receiver) receiver.accept(socket);
    else socket.destroy();
  }
}
