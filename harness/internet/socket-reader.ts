import type { Socket } from 'node:net';

/** Reads exact numbers of octets from a socket; what was not read stays in it for whoever comes next. */
export class SocketReader {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @throws when the other side ends before that many octets came */
  take(count: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#socket.off('readable', attempt);
        this.#socket.off('end', gone);
        this.#socket.off('close', gone);
      };
      const gone = (): void => {
        done();
        reject(new Error('the other side went away'));
      };
      const attempt = (): void => {
        const got: unknown = this.#socket.read(count);
        if (!Buffer.isBuffer(got)) return;
        done();
        if (got.length < count) reject(new Error('the other side went away'));
        else resolve(got);
      };
      this.#socket.on('readable', attempt);
      this.#socket.on('end', gone);
      this.#socket.on('close', gone);
      attempt();
    });
  }
}
