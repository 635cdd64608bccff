import type { Socket } from 'node:net';
import tls from 'node:tls';
import { formatDuration, MailproofError } from '../../base/index.ts';
import { Transcript } from './transcript.ts';

const WHOLE_REPLY = /^(?:\d{3}-[^\n]*\n)*\d{3}(?:[ \r][^\n]*)?\n/;

export interface TlsTrust {
  /** PEM of the world's certificate authority. */
  ca: string;
  servername?: string;
  /** false: any certificate will do, as for opportunistic TLS (RFC 7435). */
  verify: boolean;
  identity?: { cert: string; key: string };
}

/** An SMTP session spoken line by line: what is written goes out as it is, replies come back whole. */
export class Conversation {
  readonly transcript = new Transcript();
  #socket: Socket;
  #buffer = '';
  #closed: string | undefined;
  #wake: (() => void) | undefined;
  readonly #deadlineMs: number;

  /** @param deadlineMs guards against a silent server, milliseconds per reply */
  constructor(socket: Socket, deadlineMs: number) {
    this.#socket = socket;
    this.#deadlineMs = deadlineMs;
    this.#listen(socket);
  }

  get secure(): boolean {
    return this.transcript.tls;
  }

  /** One line, ended with CRLF. */
  say(line: string): void {
    this.transcript.client(line);
    this.#socket.write(Buffer.from(`${line}\r\n`, 'utf8'));
  }

  /** Bytes as they are. */
  write(bytes: Buffer): void {
    this.transcript.client(`(${bytes.length} bytes) ${JSON.stringify(bytes.subarray(0, 80).toString('latin1'))}`);
    this.#socket.write(bytes);
  }

  /**
   * The next whole reply, however many lines and packets it came in; `closed` when the peer ended the connection first.
   * @throws MailproofError DEADLINE when the server stays silent
   */
  async reply(): Promise<{ raw: string } | { closed: string }> {
    for (;;) {
      const whole = WHOLE_REPLY.exec(this.#buffer)?.[0];
      if (whole !== undefined) {
        this.#buffer = this.#buffer.slice(whole.length);
        this.transcript.server(whole);
        return { raw: whole };
      }
      if (this.#closed !== undefined) {
        if (this.#buffer !== '') this.transcript.server(this.#buffer);
        this.#buffer = '';
        return { closed: this.#closed };
      }
      await this.#change('a reply');
    }
  }

  /** Waits until the peer has closed. @returns why, or what it said instead */
  async close(): Promise<{ closed: string } | { raw: string }> {
    return await this.reply();
  }

  /** @throws MailproofError EXPECTATION when the handshake fails */
  async startTls(trust: TlsTrust): Promise<void> {
    if (this.#buffer !== '')
      throw new MailproofError('EXPECTATION', `the server sent ${JSON.stringify(this.#buffer)} before the TLS handshake (RFC 3207 section 6: an injected reply)`);
    this.#socket.removeAllListeners('data');
    const secured = tls.connect({ socket: this.#socket, ...tlsOptions(trust) });
    await new Promise<void>((resolve, reject) => {
      secured.once('secureConnect', resolve);
      secured.once('error', (error) => reject(new MailproofError('EXPECTATION', `TLS handshake failed: ${error.message}`, { cause: error })));
      secured.once('close', () => reject(new MailproofError('EXPECTATION', 'the connection was closed in the TLS handshake')));
    });
    secured.removeAllListeners('error');
    secured.removeAllListeners('close');
    this.transcript.note(`TLS ${secured.getProtocol() ?? ''} ${secured.getCipher().name}`);
    this.transcript.tls = true;
    this.#socket = secured;
    this.#listen(secured);
  }

  /** Ends our side; the peer sees the connection closed. */
  end(): void {
    this.#socket.end();
    this.#socket.destroySoon();
  }

  #listen(socket: Socket): void {
    const wake = (): void => this.#wake?.();
    socket.on('data', (chunk: Buffer) => {
      this.#buffer += chunk.toString('utf8');
      wake();
    });
    socket.on('end', () => {
      this.#closed ??= 'closed by the server';
      wake();
    });
    socket.on('error', (error: Error) => {
      this.#closed ??= error.message;
      wake();
    });
    socket.on('close', () => {
      this.#closed ??= 'closed';
      wake();
    });
  }

  #change(what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const guard = setTimeout(() => {
        this.#wake = undefined;
        reject(new MailproofError('DEADLINE', `gave up after ${formatDuration(this.#deadlineMs)} waiting for ${what}; the server has said nothing more`));
      }, this.#deadlineMs);
      this.#wake = () => {
        clearTimeout(guard);
        this.#wake = undefined;
        resolve();
      };
    });
  }
}

export function tlsOptions(trust: TlsTrust): tls.ConnectionOptions {
  return {
    ca: trust.ca,
    rejectUnauthorized: trust.verify,
    minVersion: 'TLSv1.2',
    ...(trust.servername === undefined ? {} : { servername: trust.servername }),
    ...(trust.identity === undefined ? {} : trust.identity),
  };
}
