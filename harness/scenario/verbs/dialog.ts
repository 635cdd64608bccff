import { z } from 'zod';
import { messageOf, type Path } from '../../base/index.ts';
import type { SentMessage } from '../actual.ts';
import type { CheckContext } from '../check-context.ts';
import { connectTo } from '../connect.ts';
import { enterRoot, enterUnanswered, newMessageId, withMessageId } from '../hand-over.ts';
import { buildMessage, messageSchema } from '../message.ts';
import { codeSchema, patternSchema } from '../pattern.ts';
import type { ObservedReply } from '../result.ts';
import { DEADLINE_MS, type StepContext } from '../run.ts';
import { clientAddress, hostOf, type ServerAddress, serverAddress } from '../server-address.ts';
import { Conversation } from '../smtp/conversation.ts';
import { type ReplyPattern, readDialogLine, replyDifference, showReplyPattern } from '../smtp/dialog-line.ts';
import { commandName, readReply, showReply } from '../smtp/replies.ts';
import { stuffed, Transaction } from '../smtp/transaction.ts';
import { bindMeanwhile, meanwhileSchema } from './meanwhile.ts';
import { verb } from './verb.ts';

const lineSchema = z.union([
  z.string().refine((line) => readDialogLine(line) !== undefined, { error: 'not a line of a dialog: "-> COMMAND", "<- 250 text", "<- closed" or "~> tls"' }),
  z
    .strictObject({
      '<-': codeSchema,
      enhanced: patternSchema.optional(),
      text: patternSchema.optional(),
      has: z.array(patternSchema).min(1).optional(),
      lacks: z.array(patternSchema).min(1).optional(),
    })
    .describe('a reply; `has` and `lacks`: lines of it'),
  z.strictObject({ raw: z.string() }).describe('this text as it is, no line end added'),
  z.strictObject({ bytes: z.base64() }).describe('these bytes as they are'),
  z.strictObject({ message: messageSchema }).describe('a message made as for `send`, dots doubled; the final dot is yours to say'),
  z.strictObject({ do: meanwhileSchema }).describe('a step that changes machines or links while the connection is open'),
]);
type Line = z.infer<typeof lineSchema>;

export const dialog = verb({
  name: 'dialog',
  description: 'speaks SMTP line by line',
  schema: z.strictObject({
    server: z.string().optional().describe('host or address of a host; the entrance unless told'),
    port: z.int().min(1).max(65535).optional(),
    client: z.union([z.ipv4(), z.ipv6()]).optional(),
    tls: z.literal('implicit').optional().describe('TLS from the first byte'),
    as: z.string().optional().describe('label of the last message that is taken'),
    lines: z.array(lineSchema).min(1),
  }),
  examples: [
    {
      lines: [
        '<- 220',
        '-> EHLO client.test',
        { '<-': 250, has: ['STARTTLS', 'SIZE *'], lacks: ['AUTH*'] },
        '-> MAIL FROM:<ann@sender.test>',
        '<- 250 2.1.0',
        '-> VRFY alice',
        '<- 5xx',
        '-> QUIT',
        '<- 221',
        '<- closed',
      ],
    },
    { port: 465, tls: 'implicit', lines: ['<- 220', { raw: 'NOOP\n' }, '<- 500', { bytes: 'AAEC' }, '-> QUIT'] },
    { lines: ['<- 220', { do: { kill: 'mx' } }, '<- closed'] },
  ],
  given: false,
  changes: (value, model) => value.lines.some((line) => isMeanwhile(line) && bindMeanwhile(line.do).changes(model)),
  summary: (value) => `dialog of ${value.lines.length} lines with ${value.server ?? 'the entrance'}${value.port === undefined ? '' : ` port ${value.port}`}`,
  check: (value, context) => {
    if (value.server !== undefined && hostOf(context.model, value.server) === undefined) context.host(['server'], value.server);
    for (const [index, line] of value.lines.entries()) if (isMeanwhile(line)) checkMeanwhile(line, index, context);
    // How many messages are taken is known only when it runs; one that says DATA is counted once per final dot.
    const dots = value.lines.filter((line) => line === '-> .').length;
    for (let i = 0; i < dots; i++) context.sent.push(i === dots - 1 ? value.as : undefined);
  },
  run: async (value, context) => {
    const { run } = context;
    const server = serverAddress(run.model, value.server ?? run.model.entrance, value.client);
    const client = clientAddress(run, value.client, server.address);
    const socket = await connectTo(run, { from: client, to: server.address, port: value.port ?? 25 });
    if ('unreachable' in socket) return context.fail(['lines', 0], `${server.host.name} cannot be spoken to: ${socket.unreachable}`);
    const conversation = new Conversation(socket, DEADLINE_MS);
    const session = new DialogSession(conversation, context, server, client, value.as);
    try {
      if (value.tls === 'implicit')
        await conversation
          .startTls({ ca: run.hub.ca, servername: server.host.fqdn, verify: false })
          .catch((error: unknown) => context.fail(['tls'], `no TLS with ${server.host.name}: ${messageOf(error)}`, { cause: error }));
      for (const [index, line] of value.lines.entries()) await session.line(line, index);
    } finally {
      conversation.end();
      await session.ended();
      context.transcript(conversation.transcript.lines);
      context.replies('dialog', session.replies);
      run.lastReplies = { replies: session.replies };
    }
  },
});

type Meanwhile = Extract<Line, { do: unknown }>;

function isMeanwhile(line: Line): line is Meanwhile {
  return typeof line !== 'string' && 'do' in line;
}

const placeOf = (line: Meanwhile, index: number): Path => ['lines', index, 'do', ...Object.keys(line.do)];

function checkMeanwhile(line: Meanwhile, index: number, context: CheckContext): void {
  context.within(placeOf(line, index), () => bindMeanwhile(line.do).check(context));
}

class DialogSession {
  readonly replies: ObservedReply[] = [];
  readonly #conversation: Conversation;
  readonly #context: StepContext;
  readonly #server: ServerAddress;
  readonly #client: string;
  readonly #label: string | undefined;
  readonly #transaction = new Transaction();
  /** Commands whose reply has not come yet. */
  readonly #pending: string[] = ['connect'];

  constructor(conversation: Conversation, context: StepContext, server: ServerAddress, client: string, label: string | undefined) {
    this.#conversation = conversation;
    this.#context = context;
    this.#server = server;
    this.#client = client;
    this.#label = label;
  }

  async line(line: Line, index: number): Promise<void> {
    if (typeof line !== 'string') {
      if ('<-' in line) return this.#expectReply({ code: line['<-'], ...line }, index);
      if ('do' in line) return this.#meanwhile(line, index);
      if ('raw' in line) return this.#send(Buffer.from(line.raw, 'utf8'));
      if ('bytes' in line) return this.#send(Buffer.from(line.bytes, 'base64'));
      return this.#send(stuffed(await this.#build(line.message)));
    }
    const read = readDialogLine(line);
    if (read === undefined) return this.#context.fail(['lines', index], `not a line of a dialog: ${line}`);
    if (read.kind === 'say') return this.#say(read.text);
    if (read.kind === 'reply') return this.#expectReply(read.pattern, index);
    if (read.kind === 'closed') return this.#expectClosed(index);
    await this.#conversation
      .startTls({ ca: this.#context.run.hub.ca, servername: this.#server.host.fqdn, verify: false })
      .catch((error: unknown) => this.#context.fail(['lines', index], error instanceof Error ? error.message : String(error), { cause: error }));
  }

  async #meanwhile(line: Meanwhile, index: number): Promise<void> {
    const step = bindMeanwhile(line.do);
    this.#conversation.transcript.note(step.summary());
    await step.run(this.#context.within(placeOf(line, index)));
  }

  #say(text: string): void {
    const lines = text.split('\n');
    for (const one of lines) {
      const wasData = this.#transaction.inData;
      this.#conversation.say(one);
      if (!wasData) this.#pending.push(commandName(one));
      else if (this.#transaction.content(Buffer.from(`${one}\r\n`, 'utf8'))) this.#pending.push('dot');
    }
  }

  #send(bytes: Buffer): void {
    const wasData = this.#transaction.inData;
    this.#conversation.write(bytes);
    if (!wasData) this.#pending.push(commandName(bytes.toString('latin1')));
    else if (this.#transaction.content(bytes)) this.#pending.push('dot');
  }

  async #expectReply(pattern: ReplyPattern, index: number): Promise<void> {
    const heard = await this.#conversation.reply();
    const waited = this.#pending.shift() ?? 'unasked';
    if ('closed' in heard) this.#context.fail(['lines', index], `expected ${showReplyPattern(pattern)} to ${waited}, but the connection ended: ${heard.closed}`);
    const reply = readReply(waited, heard.raw, this.#conversation.secure);
    this.replies.push(reply);
    const taken = this.#transaction.replied(reply);
    if (taken) this.#taken(taken, reply);
    const difference = replyDifference(pattern, reply);
    if (difference !== undefined) {
      this.#context.fail(
        ['lines', index],
        [`${this.#server.host.name} answered ${waited} with`, `  ${showReply(reply)}`, `expected ${showReplyPattern(pattern)}: ${difference}`].join('\n'),
      );
    }
  }

  async #expectClosed(index: number): Promise<void> {
    const heard = await this.#conversation.close();
    if ('raw' in heard) this.#context.fail(['lines', index], `expected the server to close the connection, but it said: ${heard.raw.trim()}`);
  }

  #taken(message: { from: string; to: string[]; raw: Buffer }, reply: ObservedReply): void {
    enterRoot(this.#context.run, this.#enter(message), this.#server.host.name, showReply(reply), message.to);
  }

  #enter(message: { from: string; to: string[]; raw: Buffer }): SentMessage {
    const { run } = this.#context;
    const sent: SentMessage = {
      number: run.sent.length + 1,
      ...(this.#label === undefined ? {} : { label: this.#label }),
      ...withMessageId(message.raw),
      ...message,
      atMs: run.since(run.now()),
    };
    run.sent.push(sent);
    return sent;
  }

  /** Nothing more is heard: of a message whose final reply did not come, the log must tell. */
  async ended(): Promise<void> {
    const lost = this.#transaction.unanswered;
    if (lost === undefined) return;
    const { run } = this.#context;
    const sent = this.#enter(lost);
    await enterUnanswered(run, { sent, host: this.#server.host.name, client: this.#client, to: lost.to });
  }

  #build(message: z.infer<typeof messageSchema>): Promise<Buffer> {
    const { run } = this.#context;
    return buildMessage(message, {
      from: 'ann@sender.test',
      to: [],
      messageId: newMessageId(run, ''),
      date: new Date(run.now()),
      subject: `Message ${run.sent.length + 1} of ${run.token}`,
      root: run.model.root,
    });
  }
}
