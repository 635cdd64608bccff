import { connect, type Socket } from 'node:net';
import { ERROR_CODES, type ErrorCode, MailproofError } from '../../base/index.ts';
import type { InstanceRef } from '../../world/index.ts';
import { onJsonLines, sendJson } from './lines.ts';
import type { LeaseMode, PoolMessage, WorkerMessage } from './messages.ts';

export interface HeldLease {
  lease: string;
  instance: string;
  ref: InstanceRef;
  afterAlone: boolean;
}

interface Waiting {
  resolve: (lease: HeldLease) => void;
  reject: (error: Error) => void;
}

/** A worker's end of the pool's socket. */
export class PoolClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #closed: Error | undefined;

  constructor(path: string) {
    this.#socket = connect(path);
    onJsonLines(this.#socket, (raw) => this.#receive(raw as PoolMessage));
    const end = (why: string): void => {
      this.#closed = new MailproofError('ENGINE_FAILED', `the main process no longer lends world instances: ${why}`, {
        hint: 'the run was ended, or it crashed: see its first error',
      });
      for (const { reject } of this.#waiting.values()) reject(this.#closed);
      this.#waiting.clear();
    };
    this.#socket.on('error', (error) => end(error.message));
    this.#socket.on('close', () => end('the connection was closed'));
  }

  /** Waits until an instance is free. @throws MailproofError as the start of the instance ended */
  lease(project: string, mode: LeaseMode): Promise<HeldLease> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#closed);
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.send({ type: 'lease', id, project, mode });
    });
  }

  send(message: WorkerMessage): void {
    sendJson(this.#socket, message);
  }

  #receive(message: PoolMessage): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'leased') waiting?.resolve({ lease: message.lease, instance: message.instance, ref: message.ref, afterAlone: message.afterAlone });
    else waiting?.reject(new MailproofError(isErrorCode(message.code) ? message.code : 'ENGINE_FAILED', message.message, message.hint === undefined ? {} : { hint: message.hint }));
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return code in ERROR_CODES;
}
