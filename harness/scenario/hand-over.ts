import { randomBytes } from 'node:crypto';
import { envelopeAddress, messageOf } from '../base/index.ts';
import type { SentMessage } from './actual.ts';
import { bareId, messageIdOf, splitMessage } from './mail-text.ts';
import { DEADLINE_MS, type Run, type StepContext } from './run.ts';
import type { ServerAddress } from './server-address.ts';
import { type Delivery, type DeliveryReport, deliver } from './smtp/deliver.ts';
import { showReply } from './smtp/replies.ts';

/** A Message-ID of this run: `<TOKEN.N@DOMAIN>`. */
export function newMessageId(run: Run, from: string): string {
  const domain = /@([a-z0-9.-]+)$/i.exec(from)?.[1] ?? 'mailproof.test';
  return `<${run.token}.${run.sent.length + 1}.${randomBytes(3).toString('hex')}@${domain}>`;
}

export interface HandOver {
  verb: string;
  server: ServerAddress;
  client: string;
  port: number;
  label?: string;
  from: string;
  to: string[];
  raw: Buffer;
  delivery: Omit<Delivery, 'socket' | 'envelope' | 'message' | 'deadlineMs'> & { envelope: Omit<Delivery['envelope'], 'from' | 'to'> };
}

/** Connects, hands one message over, and enters in the books what came of it: replies, refusals, and the ledger's root. */
export async function handOver(context: StepContext, input: HandOver): Promise<DeliveryReport> {
  const { run } = context;
  const message: SentMessage = {
    number: run.sent.length + 1,
    ...(input.label === undefined ? {} : { label: input.label }),
    ...withMessageId(input.raw),
    from: input.from,
    to: input.to,
    raw: input.raw,
    atMs: run.since(run.now()),
  };
  run.sent.push(message);
  const report = await connectAndDeliver(run, input);
  context.transcript(report.transcript);
  context.replies(input.verb, report.replies);
  run.lastReplies = { replies: report.replies, ...(report.final === undefined ? {} : { final: report.final }) };
  if (report.accepted.length > 0) enterRoot(run, message, input.server.host.name, report.final === undefined ? '' : showReply(report.final), report.accepted);
  for (const refusal of report.refused) {
    run.refusals.push({
      kind: 'refused',
      sent: message,
      refusal,
      observed: {
        kind: 'refused',
        to: refusal.to,
        original: refusal.to,
        envelopeFrom: message.from,
        message: 'mail',
        place: input.server.host.name,
        route: [input.server.host.name],
        reply: { stage: refusal.stage, code: refusal.reply?.code ?? 0, ...(refusal.reply?.enhanced === undefined ? {} : { enhanced: refusal.reply.enhanced }), text: refusal.text },
        afterMs: run.since(run.now()),
        raw: { messageId: message.messageId ?? null },
      },
    });
  }
  return report;
}

/** Tells the ledger that a host answered 2xx to the final dot of this message. */
export function enterRoot(run: Run, message: SentMessage, host: string, reply: string, accepted: readonly string[]): void {
  message.root = `${run.token}/${message.number}`;
  run.ledger.addRoot({
    id: message.root,
    host,
    reply,
    ...(message.messageId === undefined ? {} : { messageId: bareId(message.messageId) }),
    from: envelopeAddress(message.from),
    to: accepted.map((address) => envelopeAddress(address)),
  });
}

export function withMessageId(raw: Buffer): { messageId?: string } {
  const messageId = messageIdOf(splitMessage(raw).headers);
  return messageId === undefined ? {} : { messageId };
}

async function connectAndDeliver(run: Run, input: HandOver): Promise<DeliveryReport> {
  const { envelope, ...delivery } = input.delivery;
  try {
    const socket = await run.hub.connect({ from: input.client, to: input.server.address, port: input.port });
    return await deliver({ ...delivery, socket, envelope: { ...envelope, from: input.from, to: input.to }, message: input.raw, deadlineMs: DEADLINE_MS });
  } catch (error) {
    const text = messageOf(error);
    return {
      replies: [],
      transcript: [{ ms: 0, mark: '--', text: `${input.client} -> ${input.server.address}:${input.port}: ${text}` }],
      accepted: [],
      refused: input.to.map((to) => ({ to, stage: 'connect' as const, text })),
      unanswered: false,
      offered: [],
    };
  }
}
