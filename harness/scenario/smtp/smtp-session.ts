import type { Socket } from 'node:net';
import tls from 'node:tls';
import { format } from 'node:util';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { messageOf } from '../../base/index.ts';
import { type TlsTrust, tlsOptions } from './conversation.ts';
import { type DeliveryReport, judge } from './delivery-report.ts';
import { SessionLog } from './session-log.ts';

export type TlsMode = 'if offered' | 'never' | 'required' | 'implicit';

export interface SessionOptions {
  socket: Socket;
  helo: string;
  tls: TlsMode;
  trust: TlsTrust;
  auth?: { user: string; password: string; mechanism: 'PLAIN' | 'LOGIN' };
  /** Guards against a silent server, milliseconds. */
  deadlineMs: number;
}

export interface Envelope {
  from: string;
  to: string[];
  eightBit: boolean;
  dsn?: { notify?: string[]; ret?: 'FULL' | 'HDRS'; envid?: string };
}

/** One SMTP session of a client, as any mail program leads it (nodemailer), for one message or many. Nothing that the server does is thrown. */
export class SmtpSession {
  readonly #log = new SessionLog();
  readonly #socket: Socket;
  #connection: SMTPConnection | undefined;
  #fail: (error: Error) => void = () => {};
  readonly #ended = Promise.withResolvers<void>();
  /** Why it could not be opened. */
  #failed: string | undefined;
  /** How many replies opened it. */
  #opening = 0;
  #sent = 0;
  /** The last message was given up between MAIL and the final dot. */
  #unclean = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Greeting, EHLO, TLS and AUTH. Whether it worked shows in the report of the first message. */
  static async open(options: SessionOptions): Promise<SmtpSession> {
    const implicit = options.tls === 'implicit';
    const session = new SmtpSession(options.socket);
    try {
      if (!implicit) await holdBack(options.socket);
      await session.#open(options, implicit ? await session.#handshake(options) : options.socket);
    } catch (error) {
      session.#failed = messageOf(error);
      if (session.#connection === undefined) options.socket.destroy();
      else await session.leave();
    }
    session.#opening = session.#log.replies.length;
    return session;
  }

  /** true while another message can be handed over. */
  get usable(): boolean {
    return this.#failed === undefined && this.#connection !== undefined && !this.#connection.destroyed && !this.#socket.destroyed;
  }

  /** Hands one message over. */
  async send(envelope: Envelope, message: Buffer): Promise<DeliveryReport> {
    const [replies, lines] = [this.#log.replies.length, this.#log.transcript.lines.length];
    let failed = this.#failed;
    if (failed === undefined) {
      try {
        await this.#send(envelope, message);
      } catch (error) {
        failed = messageOf(error);
        this.#unclean = true;
      }
    }
    const first = this.#sent++ === 0;
    const heard = judge(envelope.to, {
      replies: [...this.#log.replies.slice(0, this.#opening), ...this.#log.replies.slice(Math.max(replies, this.#opening))],
      waitingFor: this.#log.waitingFor,
      dotUnanswered: this.#log.messageSent,
      failed,
    });
    if (failed !== undefined && !heard.refused.some((one) => one.reply)) this.#log.transcript.note(failed);
    return { ...heard, transcript: first ? this.#log.transcript.lines : this.#log.transcript.lines.slice(lines), hangUp: () => this.close() };
  }

  /** Says QUIT. @returns fulfilled when the connection has ended */
  leave(): Promise<void> {
    this.#fail = () => {};
    if (this.#connection === undefined || this.#connection.destroyed || this.#socket.destroyed) this.close();
    else this.#connection.quit();
    return this.#ended.promise;
  }

  /** Ends the connection at once. */
  close(): void {
    this.#fail = () => {};
    if (this.#connection !== undefined) this.#connection.close();
    else {
      this.#socket.destroy();
      this.#ended.resolve();
    }
  }

  async #open(options: SessionOptions, socket: Socket): Promise<void> {
    const log = (fields: unknown, text: unknown, ...rest: unknown[]): void => this.#log.log(fields, format(text, ...rest));
    const connection = new SMTPConnection({
      connection: socket,
      ...(options.tls === 'implicit' ? { secure: true, secured: true } : {}),
      host: options.trust.servername ?? 'server',
      name: options.helo,
      ignoreTLS: options.tls === 'never',
      requireTLS: options.tls === 'required',
      opportunisticTLS: options.tls === 'if offered',
      tls: tlsOptions(options.trust),
      greetingTimeout: options.deadlineMs,
      socketTimeout: options.deadlineMs,
      transactionLog: true,
      logger: { debug: log, info: log, warn: log, error: log, trace: log, fatal: log },
    });
    this.#connection = connection;
    connection.once('end', () => this.#ended.resolve());
    connection.on('error', (error) => this.#fail(error));
    await this.#operation((done) => {
      connection.connect(done);
      // After nodemailer's own immediate, in which it begins to listen.
      setImmediate(() => socket.resume());
    });
    const { auth } = options;
    if (auth) await this.#operation((done) => connection.login({ user: auth.user, pass: auth.password, method: auth.mechanism }, done));
  }

  async #send({ from, to, eightBit, dsn }: Envelope, message: Buffer): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined || !this.usable) throw new Error('the connection had ended before');
    if (this.#unclean) await this.#operation((done) => connection.reset(done));
    this.#unclean = false;
    const envelope = { from: from === '' ? (false as const) : from, to, size: message.length, use8BitMime: eightBit, ...(dsn === undefined ? {} : { dsn }) };
    await this.#operation((done) => connection.send(envelope, message, done));
  }

  #operation(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      start((error) => (error ? reject(error) : resolve()));
    });
  }

  #handshake({ socket, trust }: SessionOptions): Promise<tls.TLSSocket> {
    return new Promise((resolve, reject) => {
      const secured = tls.connect({ socket, ...tlsOptions(trust) });
      secured.once('error', reject);
      secured.once('secureConnect', () => {
        secured.removeListener('error', reject);
        this.#log.transcript.note(`TLS ${secured.getProtocol() ?? ''}`);
        this.#log.transcript.tls = true;
        resolve(secured);
      });
    });
  }
}

/**
 * The SOCKS client lets the socket flow one turn before nodemailer listens, and a greeting that comes in that turn is
 * lost (socks 2.8, nodemailer 10.6): what came is put back, and the socket stands still until somebody listens.
 */
async function holdBack(socket: Socket): Promise<void> {
  const early: Buffer[] = [];
  const keep = (chunk: Buffer): void => {
    early.push(chunk);
  };
  socket.on('data', keep);
  await new Promise((turn) => setImmediate(turn));
  socket.pause();
  socket.off('data', keep);
  if (early.length > 0) socket.unshift(Buffer.concat(early));
}
