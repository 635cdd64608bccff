import type { Socket } from 'node:net';
import { formatDuration } from '../../base/index.ts';
import type { TranscriptLine } from '../../internet/index.ts';
import type { WrittenMessage } from '../actual.ts';
import { connectTo } from '../connect.ts';
import { enterRefusal, enterRoot, takerOf } from '../hand-over.ts';
import { DEADLINE_MS, type Run } from '../run.ts';
import { heloOf } from '../server-address.ts';
import type { Delivery, DeliveryReport } from '../smtp/deliver.ts';
import { showReply } from '../smtp/replies.ts';
import { SmtpSession } from '../smtp/smtp-session.ts';

/** An exchanger under one of its addresses. */
export interface Target {
  host: string;
  /** Its name in its certificate. */
  name: string;
  address: string;
}

/** A message of a stream on its way to a host. */
export interface Job {
  message: WrittenMessage;
  /** It was taken from the stream's queue at least once. */
  begun: boolean;
  tries: number;
  /** Why it is not taken yet. */
  lastWord: string;
  transcript: TranscriptLine[];
}

/** What one exchanger made of a message. `next`: another one may take it; `dead`: this address cannot be reached. */
export type Offer = { result: 'taken'; by: string } | { result: 'refused' | 'next' | 'dead' };

/** How the lanes of a stream speak to a server. */
export interface Manner {
  client: string;
  port: number;
  tls: Delivery['tls'];
  /** Whether the server's certificate must be good. */
  verify: boolean;
  auth?: Delivery['auth'];
}

interface Connection {
  address: string;
  host: string;
  socket: Socket;
  /** Once it is opened, well or not. */
  session?: SmtpSession;
}

/** A cut line swallows packets; an answer within the world takes milliseconds. Real time. */
export const CONNECT_PATIENCE_MS = 2000;

/** Of a mail program behind a balancer after a change. Real time; a host that is busy answers in less. */
const REPLY_PATIENCE_MS = 5000;

/** One sender of a stream: hands messages over one after the other, over a connection that is kept while it is good. */
export class Lane {
  readonly #run: Run;
  readonly #manner: Manner;
  #open: Connection | undefined;

  constructor(run: Run, manner: Manner) {
    this.#run = run;
    this.#manner = manner;
  }

  /** Address that it has a connection with. */
  get address(): string | undefined {
    return this.#open?.address;
  }

  /** Host that it has a connection with. */
  get host(): string | undefined {
    return this.#open?.host;
  }

  async offer(job: Job, target: Target): Promise<Offer> {
    const { message } = job;
    const kept = this.address === target.address && this.#open?.session?.usable === true;
    if (!kept) {
      const trouble = await this.#connect(target);
      if (trouble !== undefined) return this.#say(job, 'dead', trouble);
    }
    const session = this.#open?.session;
    if (session === undefined) return this.#say(job, 'next', `the connection with ${target.name} was ended`);
    const report = await session.send({ from: message.from, to: message.to, eightBit: message.raw.some((byte) => byte > 0x7f) }, message.raw);
    job.transcript.push({ ms: 0, mark: '--', text: `message ${message.number} to ${target.name} [${target.address}]` }, ...report.transcript);
    if (report.accepted.length > 0) {
      const root = enterRoot(this.#run, message, target.host, report.final === undefined ? '' : showReply(report.final), report.accepted);
      // A mail program has a connection for each message that its user writes; only servers keep theirs.
      if (this.#manner.auth !== undefined) this.leave();
      return { result: 'taken', by: await takerOf(this.#run, root, target.host) };
    }
    return this.#notTaken(job, target, report, kept);
  }

  /** Ends its connection in an orderly way. */
  leave(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    void open.session?.leave();
    // Exim answers QUIT when the client has closed or after 200 ms, and counts the connection until then.
    open.session?.close();
  }

  /** Its connection is dead: what is under way on it fails. */
  break(why: string): void {
    this.#open?.socket.destroy(new Error(why));
  }

  /**
   * Something has changed behind a balancer, which keeps a connection whose other end is gone: a new one would say nothing of it, since it
   * may lead elsewhere. So it is given up when nothing comes on it for a while, as a mail program does.
   */
  breakUnlessHeard(): void {
    const socket = this.#open?.socket;
    if (socket === undefined) return;
    const before = socket.bytesRead;
    const timer = setTimeout(() => {
      if (this.#open?.socket === socket && socket.bytesRead === before) this.break('nothing comes through any more');
    }, REPLY_PATIENCE_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  async #connect(target: Target): Promise<string | undefined> {
    this.leave();
    const { client, port, tls, verify, auth } = this.#manner;
    const socket = await connectTo(this.#run, { from: client, to: target.address, port, deadlineMs: CONNECT_PATIENCE_MS });
    if ('unreachable' in socket) return socket.unreachable;
    const open: Connection = { address: target.address, host: target.host, socket };
    this.#open = open;
    open.session = await SmtpSession.open({
      socket,
      helo: heloOf(this.#run.model, client),
      tls,
      trust: { ca: this.#run.hub.ca, servername: target.name, verify },
      ...(auth === undefined ? {} : { auth }),
      deadlineMs: DEADLINE_MS,
    });
    return undefined;
  }

  async #notTaken(job: Job, target: Target, report: DeliveryReport, kept: boolean): Promise<Offer> {
    const { message } = job;
    const [refusal] = report.refused;
    const code = refusal?.reply?.code;
    if (report.unanswered) this.#run.unanswered.push({ sent: message, host: target.host, client: this.#manner.client, to: message.to });
    if (refusal !== undefined && code !== undefined && code >= 500 && ['mail', 'rcpt', 'data', 'dot'].includes(refusal.stage)) {
      enterRefusal(this.#run, message, target.host, refusal);
      return { result: 'refused' };
    }
    // 421 ends the session (RFC 5321 section 3.8); a session that did not even begin is of no more use.
    if (code === undefined || code === 421 || refusal?.stage === 'connect' || refusal?.stage === 'ehlo') this.leave();
    // The server may have ended a connection that was kept idle: that says nothing of a new one.
    if (kept && code === undefined && !report.unanswered) return this.offer(job, target);
    return this.#say(job, 'next', `${target.name} [${target.address}]: ${refusal?.reply === undefined ? (refusal?.text ?? 'nothing') : showReply(refusal.reply)}`);
  }

  #say(job: Job, result: 'next' | 'dead', why: string): Offer {
    job.lastWord = why;
    if (result === 'dead') job.transcript.push({ ms: 0, mark: '--', text: `message ${job.message.number}: ${why} (patience ${formatDuration(CONNECT_PATIENCE_MS)})` });
    return { result };
  }
}
