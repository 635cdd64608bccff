import type { Socket } from 'node:net';
import { SMTPServer as BaseServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { envelopeAddress, messageOf, type WorldTime } from '../../../base/index.ts';
import type { AuthResult, Receipt, Stage } from '../../protocol.ts';
import type { CertificateAuthority } from '../certificates.ts';
import type { ResolverAnswer } from '../dns/resolver.ts';
import type { News } from '../events.ts';
import { authenticateMessage, checkSpf } from './authentication.ts';
import type { Moment, Reaction, Settings, Verdict } from './behaviours/index.ts';
import { messageIdOf, Session, stageOf } from './session.ts';

const DEFAULTS: Settings = { starttls: true, certificate: 'good', delayMs: 0, size: 50_000_000 };
const HOUR_MS = 3_600_000;

/** What a receiver needs of the world it lives in. */
export interface ReceiverWorld {
  authority: CertificateAuthority;
  now: () => WorldTime;
  resolve: (name: string, type: string) => Promise<ResolverAnswer>;
  report: (news: News) => void;
  /** Keeps a message and names it: `R17`. */
  keep: (raw: Buffer) => string;
}

/** The smtp-server library's connection, of which only the server's `connections` gives the type. */
type Connection = BaseServer['connections'] extends Set<infer C> ? C : never;

class Refusal extends Error {
  readonly responseCode: number;
  constructor(reply: string) {
    super(reply.slice(4));
    this.responseCode = Number(reply.slice(0, 3));
  }
}

/** One mail exchanger of one outside party. Its sockets come from the listener that all exchangers share. */
export class Receiver {
  readonly party: string;
  readonly exchanger: string;
  readonly #world: ReceiverWorld;
  readonly #reactions: readonly Reaction[];
  readonly #settings: Settings;
  readonly #server: BaseServer;
  readonly #sessions = new Map<string, Session>();
  readonly #sockets = new Set<Socket>();

  /** @param reactions of the party, shared by its exchangers so that counts are the party's */
  constructor(party: string, exchanger: string, reactions: readonly Reaction[], world: ReceiverWorld, authentication: boolean) {
    this.party = party;
    this.exchanger = exchanger;
    this.#world = world;
    this.#reactions = reactions;
    this.#settings = Object.assign({ ...DEFAULTS }, ...reactions.map((reaction) => reaction.settings ?? {}));
    const { cert, key } = world.authority.certificateFor([exchanger], this.#settings.certificate);
    this.#server = new BaseServer(this.#options(cert, key, authentication));
    // Errors of single connections (resets, failed handshakes) are in the transcript.
    this.#server.on('error', (error) => this.#remark(error));
  }

  accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('end', () => this.#halfClosed(socket));
    socket.once('close', () => this.#sockets.delete(socket));
    this.#server.connect(socket);
    const connection = [...this.#server.connections].find((one) => one._socket === socket);
    if (connection) this.#take(connection);
  }

  /** Exim (4.95 and later, in clear) sends the final dot with QUIT and closes its side at once: what it asked is answered before ours is closed. */
  #halfClosed(socket: Socket): void {
    const parser = [...this.#server.connections].find((one) => one._socket === socket)?._parser;
    if (!parser || parser.writableFinished) socket.end();
    else parser.once('finish', () => socket.end());
  }

  /** Ends the sessions of a client whose power went. */
  forget(client: string): void {
    for (const connection of this.#server.connections) if (connection.remoteAddress === client) connection._socket.destroy();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #options(cert: string, key: string, authentication: boolean): SMTPServerOptions {
    const disabled = [...(this.#settings.starttls ? [] : ['STARTTLS']), ...(authentication ? [] : ['AUTH'])];
    return {
      name: this.exchanger,
      cert,
      key,
      size: this.#settings.size,
      rejectOversized: true,
      disabledCommands: disabled,
      authOptional: true,
      allowInsecureAuth: !this.#settings.starttls,
      hideENHANCEDSTATUSCODES: false,
      disableReverseLookup: true,
      lenientAddressParsing: true,
      socketTimeout: HOUR_MS,
      heloResponse: '%s',
      logger: { debug: (entry: { tnx?: string; cid?: string }, _format: string, text: unknown) => this.#overheard(entry, String(text)) },
      onConnect: (session, done) => void this.#decide('connect', session, done),
      onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'anyone' }),
      onSecure: (socket, session, done) => {
        const mine = this.#sessions.get(session.id);
        if (mine) {
          const protocol = 'getProtocol' in socket ? socket.getProtocol() : null;
          const cipher = 'getCipher' in socket ? socket.getCipher().name : '';
          mine.secure = true;
          mine.tls = { version: protocol ?? 'TLS', cipher };
          mine.remark(`TLS started: ${protocol} ${cipher}`);
        }
        done();
      },
      onMailFrom: (address, session, done) => void this.#decide('mail', session, done, { from: address.address }),
      onRcptTo: (address, session, done) => void this.#decide('rcpt', session, done, { to: address.address }),
      onData: (stream, session, done) => void this.#receive(stream, session, done),
      onClose: (session) => this.#ended(session.id),
    };
  }

  /** Makes a connection answer at once, ask the behaviours before stages that the library has no handler for, and take its time when told. */
  #take(connection: Connection): void {
    const session = new Session(connection.id, connection.remoteAddress);
    this.#sessions.set(connection.id, session);
    const send = connection.send.bind(connection);
    // Texts that bring their own enhanced code (RFC 2034) keep it.
    connection.send = (code, data, context) => send(code, data, typeof data === 'string' && /^[245]\.\d{1,3}\.\d{1,3}(?: |$)/.test(data) ? false : context);
    const command = connection._onCommand.bind(connection);
    connection._onCommand = (line, callback) => {
      const next = callback ?? (() => {});
      void this.#delay().then(() => this.#beforeCommand(connection, session, line, next, () => command(line, callback)));
    };
    // The library waits 100 ms for clients that talk too early; an MTA under test need not.
    const ready = connection.connectionReady.bind(connection);
    connection.connectionReady = () => {};
    void this.#delay().then(() => ready());
  }

  #delay(): Promise<void> {
    const { delayMs } = this.#settings;
    return delayMs > 0 ? new Promise((resolve) => setTimeout(resolve, delayMs)) : Promise.resolve();
  }

  async #beforeCommand(connection: Connection, session: Session, line: Buffer, next: () => void, proceed: () => void): Promise<void> {
    const stage = stageOf(line.toString('latin1'));
    if (stage !== undefined && !connection._nextHandler) session.stage = stage;
    if (stage === undefined || stage === 'mail' || stage === 'rcpt' || (stage === 'data' && connection.session.envelope.rcptTo.length === 0)) return proceed();
    const verdict = await this.#ask(stage, connection.session);
    // Under TLS a client that closes its side is gone; the socket on top takes this setting over.
    if (stage === 'starttls' && verdict === undefined) connection._socket.allowHalfOpen = false;
    if (verdict === undefined) return proceed();
    session.clientSaid(line.toString());
    if (verdict.act === 'reply') {
      connection.send(Number(verdict.reply.slice(0, 3)), verdict.reply.slice(4), false);
      next();
    } else this.#carryOut(verdict, stage, connection.session);
  }

  /** Handler of a stage that the library asks for: goes on, refuses, or says nothing more. */
  async #decide(stage: Stage, smtp: SMTPServerSession, done: (error?: Error | null) => void, about: { from?: string; to?: string } = {}): Promise<void> {
    const session = this.#sessions.get(smtp.id);
    if (session) {
      session.stage = stage;
      if (about.from !== undefined) session.from = about.from;
      session.asked = about.to;
    }
    const verdict = await this.#ask(stage, smtp, about);
    if (verdict === undefined) return done();
    if (verdict.act === 'reply') return done(new Refusal(verdict.reply));
    this.#carryOut(verdict, stage, smtp);
  }

  async #ask(
    stage: Stage | 'after-dot',
    smtp: SMTPServerSession,
    about: { from?: string; to?: string; authentication?: () => Promise<AuthResult> } = {},
  ): Promise<Verdict | undefined> {
    const envelope = smtp.envelope;
    const from = about.from ?? (envelope?.mailFrom ? envelope.mailFrom.address : undefined);
    const helo = smtp.hostNameAppearsAs || '';
    const { authentication } = about;
    const moment: Moment = {
      stage,
      client: smtp.remoteAddress,
      helo,
      now: this.#world.now(),
      ...(from === undefined ? {} : { from }),
      to: about.to === undefined ? (envelope?.rcptTo ?? []).map((recipient) => recipient.address) : [about.to],
      spf: async () => (await checkSpf({ client: smtp.remoteAddress, helo, from: from ?? '', receiver: this.exchanger, resolve: this.#world.resolve })).result,
      ...(authentication === undefined ? {} : { dmarc: async () => (await authentication()).dmarc }),
    };
    for (const reaction of this.#reactions) {
      const verdict = await reaction.at?.(moment);
      if (verdict) return verdict;
    }
    return undefined;
  }

  #carryOut(verdict: Verdict, stage: Stage | 'after-dot', smtp: SMTPServerSession): void {
    const session = this.#sessions.get(smtp.id);
    if (verdict.act === 'silent') {
      session?.remark(`says nothing more (at ${stage})`);
      // A command that is never answered keeps the library from seeing the client leave.
      for (const connection of this.#server.connections) if (connection.id === smtp.id) connection._socket.once('end', () => connection._socket.destroy());
      return;
    }
    session?.remark(`closes the connection (at ${stage})`);
    const to = (smtp.envelope?.rcptTo ?? []).map((recipient) => envelopeAddress(recipient.address));
    this.#world.report({
      type: 'dropped',
      party: this.party,
      client: smtp.remoteAddress,
      stage,
      ...(session?.from === undefined ? {} : { from: envelopeAddress(session.from) }),
      ...(to.length === 0 ? {} : { to }),
      ...(session?.messageId === undefined ? {} : { messageId: session.messageId }),
    });
    for (const connection of this.#server.connections) if (connection.id === smtp.id) connection._socket.destroy();
  }

  async #receive(stream: SMTPServerDataStream, smtp: SMTPServerSession, done: (error?: Error | null, reply?: string) => void): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of stream) chunks.push(chunk);
    } catch (error) {
      // The client went away within the message: nothing was taken.
      return this.#remark(error, smtp.id);
    }
    const raw = Buffer.concat(chunks);
    const session = this.#sessions.get(smtp.id);
    if (session) {
      session.stage = 'dot';
      session.clientSaid(`(${raw.length} octets of message)`);
      session.clientSaid('.');
      session.messageId = messageIdOf(raw);
    }
    await this.#delay();
    let authenticated: Promise<AuthResult> | undefined;
    const authentication = (): Promise<AuthResult> => {
      authenticated ??= this.#authenticate(raw, smtp);
      return authenticated;
    };
    const verdict = await this.#ask('dot', smtp, { authentication });
    if (verdict?.act === 'reply') return done(new Refusal(verdict.reply));
    if (verdict) return this.#carryOut(verdict, 'dot', smtp);
    // The library refuses it with 552 whatever it is told.
    if (stream.sizeExceeded) return done();
    const lost = await this.#ask('after-dot', smtp);
    const receipt = await this.#receipt(raw, smtp, await authentication(), lost === undefined);
    this.#world.report({ type: 'receipt', receipt });
    if (lost) this.#carryOut(lost, 'after-dot', smtp);
    else done(null, receipt.reply.slice(4));
  }

  #authenticate(raw: Buffer, smtp: SMTPServerSession): Promise<AuthResult> {
    const { mailFrom } = smtp.envelope;
    return authenticateMessage({
      raw,
      client: smtp.remoteAddress,
      helo: smtp.hostNameAppearsAs,
      from: mailFrom ? mailFrom.address : '',
      receiver: this.exchanger,
      now: this.#world.now(),
      resolve: this.#world.resolve,
    });
  }

  async #receipt(raw: Buffer, smtp: SMTPServerSession, auth: AuthResult, replySent: boolean): Promise<Receipt> {
    const id = this.#world.keep(raw);
    const { mailFrom, rcptTo } = smtp.envelope;
    const from = mailFrom ? mailFrom.address : '';
    const messageId = messageIdOf(raw);
    return {
      id,
      party: this.party,
      exchanger: this.exchanger,
      ...(messageId === undefined ? {} : { messageId }),
      from: envelopeAddress(from),
      to: rcptTo.map((recipient) => envelopeAddress(recipient.address)),
      client: smtp.remoteAddress,
      local: smtp.localAddress,
      helo: smtp.hostNameAppearsAs,
      tls: this.#sessions.get(smtp.id)?.tls ?? false,
      parameters: Object.entries(mailFrom ? mailFrom.args || {} : {}).map(([key, value]) => (value === true ? key : `${key}=${value}`)),
      bytes: raw.length,
      auth,
      replySent,
      reply: `250 2.0.0 Ok: queued as ${id}`,
    };
  }

  /** smtp-server logs every command and every reply; that is the transcript. */
  #overheard(entry: { tnx?: string; cid?: string }, text: string): void {
    const session = this.#sessions.get(entry.cid ?? '');
    if (session === undefined) return;
    if (entry.tnx === 'command') session.clientSaid(text);
    if (entry.tnx !== 'send') return;
    session.serverSaid(text);
    // 503 answers what a client pipelined behind a refusal (RFC 2920): the refusal itself was told.
    if (!/^[45]/.test(text) || text.startsWith('503')) return;
    const about = session.stage === 'rcpt' ? session.asked : undefined;
    this.#world.report({
      type: 'refusal',
      party: this.party,
      client: session.client,
      stage: session.stage,
      reply: text,
      ...(session.from === undefined ? {} : { from: envelopeAddress(session.from) }),
      ...(about === undefined ? {} : { to: envelopeAddress(about) }),
      ...(session.stage === 'dot' && session.messageId !== undefined ? { messageId: session.messageId } : {}),
    });
  }

  #remark(error: unknown, id?: string): void {
    const session = id === undefined ? undefined : this.#sessions.get(id);
    session?.remark(messageOf(error));
  }

  #ended(id: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    session.remark('connection closed');
    this.#world.report({ type: 'transcript', party: this.party, client: session.client, session: session.id, lines: session.lines });
  }
}
