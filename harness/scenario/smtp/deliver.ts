import type { Socket } from 'node:net';
import tls from 'node:tls';
import { format } from 'node:util';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { messageOf } from '../../base/index.ts';
import type { Stage, TranscriptLine } from '../../internet/index.ts';
import type { ObservedReply } from '../result.ts';
import { type TlsTrust, tlsOptions } from './conversation.ts';
import { commandName, readReply, stageOf } from './replies.ts';
import { Transcript } from './transcript.ts';

export type TlsMode = 'if offered' | 'never' | 'required' | 'implicit';

export interface Delivery {
  socket: Socket;
  helo: string;
  tls: TlsMode;
  trust: TlsTrust;
  auth?: { user: string; password: string; mechanism: 'PLAIN' | 'LOGIN' };
  envelope: { from: string; to: string[]; eightBit: boolean; dsn?: { notify?: string[]; ret?: 'FULL' | 'HDRS'; envid?: string } };
  message: Buffer;
  /** Guards against a silent server, milliseconds. */
  deadlineMs: number;
}

/** A recipient that the server did not take; without `reply` the connection ended first. */
export interface Refusal {
  to: string;
  stage: Stage;
  reply?: ObservedReply;
  text: string;
}

export interface DeliveryReport {
  replies: ObservedReply[];
  transcript: TranscriptLine[];
  accepted: string[];
  refused: Refusal[];
  /** The reply that decided: to the final dot, or the first refusal. */
  final?: ObservedReply;
  /** The connection was lost after the final dot and before its reply: the server may own the message. */
  unanswered: boolean;
  /** ESMTP keywords that the server offered last. */
  offered: string[];
  /** Ends the connection, where the answer to QUIT is still to come. */
  hangUp: () => void;
}

/** Puts the log of nodemailer's connection into a transcript, and pairs each command with its reply (FIFO, RFC 2920). */
class Listener {
  readonly transcript = new Transcript();
  readonly replies: ObservedReply[] = [];
  #pending: string[] = ['connect'];
  #inData = false;

  get waitingFor(): string | undefined {
    return this.#pending[0];
  }

  get messageSent(): boolean {
    return this.#pending.includes('dot');
  }

  log(fields: unknown, text: string): void {
    const kind = typeof fields === 'object' && fields !== null && 'tnx' in fields ? fields.tnx : undefined;
    if (kind === 'client') {
      this.transcript.client(text);
      this.#pending.push(text === '.' ? 'dot' : commandName(text));
    } else if (kind === 'server') {
      this.transcript.server(text);
      const command = this.#pending.shift() ?? (this.#inData ? 'dot' : 'unasked');
      if (command === 'dot') this.#inData = false;
      const reply = readReply(command, text, this.transcript.tls);
      if (command === 'DATA' && reply.code === 354) this.#inData = true;
      this.replies.push(reply);
    } else if (kind === 'message' && this.#inData) {
      this.transcript.client(text);
      this.#pending.push('dot');
    } else if (text === 'Connection upgraded with STARTTLS') {
      this.transcript.note('TLS is on');
      this.transcript.tls = true;
    }
  }
}

/** Hands one message over, as any client does (nodemailer); never throws for what the server does. */
export async function deliver(delivery: Delivery): Promise<DeliveryReport> {
  const listener = new Listener();
  const log = (fields: unknown, text: unknown, ...rest: unknown[]): void => listener.log(fields, format(text, ...rest));
  let lost: string | undefined;
  let hangUp = (): void => {};
  try {
    hangUp = await converse(delivery, listener, { debug: log, info: log, warn: log, error: log, trace: log, fatal: log });
  } catch (error) {
    lost = messageOf(error);
  }
  return report(delivery, listener, lost, hangUp);
}

async function converse(
  delivery: Delivery,
  listener: Listener,
  logger: Record<'debug' | 'info' | 'warn' | 'error' | 'trace' | 'fatal', (...args: unknown[]) => void>,
): Promise<() => void> {
  const implicit = delivery.tls === 'implicit';
  if (!implicit) await holdBack(delivery.socket);
  const socket = implicit ? await handshake(delivery, listener) : delivery.socket;
  const connection = new SMTPConnection({
    connection: socket,
    ...(implicit ? { secure: true, secured: true } : {}),
    host: delivery.trust.servername ?? 'server',
    name: delivery.helo,
    ignoreTLS: delivery.tls === 'never',
    requireTLS: delivery.tls === 'required',
    opportunisticTLS: delivery.tls === 'if offered',
    tls: tlsOptions(delivery.trust),
    greetingTimeout: delivery.deadlineMs,
    socketTimeout: delivery.deadlineMs,
    transactionLog: true,
    logger,
  });
  const ended = new Promise<void>((resolve) => connection.once('end', () => resolve()));
  const leave = (): void => {
    connection.on('error', () => {});
    if (connection.destroyed || socket.destroyed) connection.close();
    else connection.quit();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      connection.once('error', reject);
      connection.connect((error) => (error ? reject(error) : resolve()));
      // After nodemailer's own immediate, in which it begins to listen.
      setImmediate(() => socket.resume());
    });
    const { auth } = delivery;
    if (auth) {
      await new Promise<void>((resolve, reject) => {
        connection.once('error', reject);
        connection.login({ user: auth.user, pass: auth.password, method: auth.mechanism }, (error) => (error ? reject(error) : resolve()));
      });
    }
    const { from, to, eightBit, dsn } = delivery.envelope;
    await new Promise<void>((resolve, reject) => {
      connection.once('error', reject);
      connection.send(
        { from: from === '' ? false : from, to, size: delivery.message.length, use8BitMime: eightBit, ...(dsn === undefined ? {} : { dsn }) },
        delivery.message,
        (error) => (error ? reject(error) : resolve()),
      );
    });
  } catch (error) {
    leave();
    await ended;
    throw error;
  }
  leave();
  // Exim answers QUIT when the client has closed or after 200 ms (4.96, smtp_in.c): the message is taken, nothing more is decided there.
  return () => connection.close();
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

function handshake(delivery: Delivery, listener: Listener): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = tls.connect({ socket: delivery.socket, ...tlsOptions(delivery.trust) });
    secured.once('error', reject);
    secured.once('secureConnect', () => {
      secured.removeListener('error', reject);
      listener.transcript.note(`TLS ${secured.getProtocol() ?? ''}`);
      listener.transcript.tls = true;
      resolve(secured);
    });
  });
}

function report(delivery: Delivery, listener: Listener, lost: string | undefined, hangUp: () => void): DeliveryReport {
  const replies = listener.replies.filter((reply) => reply.to !== 'QUIT');
  const said = (command: string): ObservedReply | undefined => replies.findLast((reply) => reply.to === command);
  const dot = said('dot');
  const offered = (replies.findLast((reply) => reply.to === 'EHLO' && reply.code === 250)?.text ?? '').split('\n').slice(1);
  const accepted: string[] = [];
  const refused: Refusal[] = [];
  for (const [index, to] of delivery.envelope.to.entries()) {
    const refusal = refusalOf(replies, to, index, delivery.envelope.to);
    if (refusal) refused.push({ to, ...refusal, text: refusal.reply.text });
    else if (dot && dot.code < 300) accepted.push(to);
    else refused.push({ to, stage: stageOf(listener.waitingFor ?? '') ?? 'connect', text: lost ?? 'the connection ended' });
  }
  const refusing = refused.find((one) => one.reply)?.reply;
  const final = dot && accepted.length > 0 ? dot : (refusing ?? dot);
  if (lost !== undefined && refusing === undefined) listener.transcript.note(lost);
  return {
    replies,
    transcript: listener.transcript.lines,
    accepted,
    refused,
    ...(final === undefined ? {} : { final }),
    unanswered: lost !== undefined && listener.messageSent,
    offered,
    hangUp,
  };
}

/** The first reply that kept this recipient from being taken. */
function refusalOf(replies: readonly ObservedReply[], to: string, index: number, all: readonly string[]): { stage: Stage; reply: ObservedReply } | undefined {
  const rcpts = replies.filter((reply) => stageOf(reply.to) === 'rcpt');
  // The same recipient named twice has two replies; the nth RCPT belongs to the nth recipient.
  const own = rcpts.length === all.length ? rcpts[index] : rcpts.find((reply) => reply.to === `RCPT TO:<${to}>`);
  if (own && own.code >= 400 && !replies.some((reply) => stageOf(reply.to) === 'mail' && reply.code >= 400)) return { stage: 'rcpt', reply: own };
  for (const reply of replies) {
    const stage = stageOf(reply.to);
    if (reply.code < 400 || stage === undefined || stage === 'rcpt') continue;
    // A refused EHLO is followed by HELO, a refused STARTTLS by the plain session when TLS was only wished for.
    const later = replies.slice(replies.indexOf(reply) + 1);
    if ((stage === 'ehlo' || stage === 'starttls') && later.some((next) => next.code < 400 && next.to !== 'QUIT')) continue;
    return { stage, reply };
  }
  return undefined;
}
