import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MailproofError, messageOf } from '../../base/index.ts';
import type { InstanceRef } from '../../world/index.ts';
import type { InstancePool, Lease } from './instance-pool.ts';
import { onJsonLines, sendJson } from './lines.ts';
import type { PoolMessage, WorkerMessage } from './messages.ts';

/** Lends instances to the workers over a socket that only this user can open. A worker that dies gives back what it held. */
export class Broker {
  readonly socket: string;
  readonly #pools: (project: string) => InstancePool<InstanceRef>;
  readonly #directory: string;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  #leases = 0;

  /** @param pools the pool of a project (`starter/exim`); throws for one that does not exist */
  constructor(pools: (project: string) => InstancePool<InstanceRef>) {
    this.#pools = pools;
    this.#directory = mkdtempSync(path.join(tmpdir(), 'mailproof-'));
    this.socket = process.platform === 'win32' ? `\\\\.\\pipe\\${path.basename(this.#directory)}` : path.join(this.#directory, 'pool');
    this.#server = createServer((socket) => this.#serve(socket));
    // The run's end is decided by Vitest, not by this server.
    this.#server.unref();
    process.once('exit', this.#forget);
  }

  /** The socket's folder must not outlive the process, however it ends. */
  readonly #forget = (): void => rmSync(this.#directory, { recursive: true, force: true });

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.socket, () => resolve());
    });
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    process.off('exit', this.#forget);
    this.#forget();
  }

  #serve(socket: Socket): void {
    const held = new Map<string, Lease<InstanceRef>>();
    const gone = new AbortController();
    this.#connections.add(socket);
    socket.unref();
    const answer = (message: PoolMessage): void => sendJson(socket, message);
    const lend = async (request: WorkerMessage & { type: 'lease' }): Promise<void> => {
      try {
        const lease = await this.#pools(request.project).lease(request.mode, gone.signal);
        const name = `lease-${++this.#leases}`;
        if (gone.signal.aborted) return lease.release();
        held.set(name, lease);
        answer({ type: 'leased', id: request.id, lease: name, instance: lease.instance, ref: lease.ref, afterAlone: lease.afterAlone });
      } catch (error) {
        const known = error instanceof MailproofError ? { code: error.code, ...(error.hint === undefined ? {} : { hint: error.hint }) } : { code: 'ENGINE_FAILED' };
        answer({ type: 'refused', id: request.id, message: messageOf(error), ...known });
      }
    };
    onJsonLines(socket, (raw) => {
      const message = raw as WorkerMessage;
      switch (message.type) {
        case 'lease':
          void lend(message);
          break;
        case 'release': {
          const lease = held.get(message.lease);
          held.delete(message.lease);
          lease?.release(message);
          break;
        }
        default:
          message satisfies never;
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#connections.delete(socket);
      gone.abort(new MailproofError('ENGINE_FAILED', 'the worker that waited for an instance ended'));
      for (const lease of held.values()) lease.release({ broken: 'the worker that used it ended in the middle of a scenario' });
    });
  }
}
