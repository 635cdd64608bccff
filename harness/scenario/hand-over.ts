import { randomBytes } from 'node:crypto';
import { envelopeAddress, type Look, waitUntil } from '../base/index.ts';
import type { SentMessage } from './actual.ts';
import { connectTo } from './connect.ts';
import { bareId, messageIdOf, splitMessage } from './mail-text.ts';
import { DEADLINE_MS, type Run, type StepContext } from './run.ts';
import type { ServerAddress } from './server-address.ts';
import { type Delivery, type DeliveryReport, deliver } from './smtp/deliver.ts';
import { showReply } from './smtp/replies.ts';

/** A host logs what it took before or right after its reply. Real time. */
const TAKEN_DEADLINE_MS = 2000;

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
    ...(input.delivery.envelope.dsn?.notify === undefined ? {} : { notify: input.delivery.envelope.dsn.notify }),
    atMs: run.since(run.now()),
  };
  run.sent.push(message);
  const report = await connectAndDeliver(run, input);
  context.transcript(report.transcript);
  run.hangUps.push(report.hangUp);
  context.replies(input.verb, report.replies);
  run.lastReplies = { replies: report.replies, ...(report.final === undefined ? {} : { final: report.final }) };
  if (report.accepted.length > 0) enterRoot(run, message, input.server.host.name, report.final === undefined ? '' : showReply(report.final), report.accepted);
  const unanswered = report.unanswered ? report.refused.filter((refusal) => refusal.reply === undefined).map((refusal) => refusal.to) : [];
  if (unanswered.length > 0) await enterUnanswered(run, message, input.server.host.name, unanswered);
  for (const refusal of report.refused) {
    if (message.root !== undefined && unanswered.includes(refusal.to)) continue;
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
        ...(unanswered.includes(refusal.to) ? { indeterminate: true } : {}),
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
    ...(message.notify === undefined ? {} : { notify: message.notify }),
    to: accepted.map((address) => envelopeAddress(address)),
  });
}

/**
 * The connection was lost after the final dot: whether the host took the message, only its log can tell, now or later.
 * @param to recipients that it had taken
 */
export async function enterUnanswered(run: Run, sent: SentMessage, host: string, to: string[]): Promise<void> {
  const lost = { sent, host, to };
  run.unanswered.push(lost);
  const look = (): Look<true> => (isTaken(run, lost) ? { met: true, value: true } : { met: false, missing: 'no line says so' });
  // Nobody can tell that a host will not log it any more; when it has not by then, the outcome is indeterminate.
  await waitUntil({ what: `${host} logs that it took the message`, deadlineMs: TAKEN_DEADLINE_MS, look, subscribe: (again) => run.ledger.onChange(again) }).catch(() => undefined);
  findUnanswered(run);
}

/** The host's log says that it owns this message; a Message-ID alone is logged before that (Postfix's cleanup). */
function isTaken(run: Run, { sent, host }: Run['unanswered'][number]): boolean {
  const id = bareId(sent.messageId);
  return run.ledger.book.withMessageId(id).some(({ custody, accepted }) => accepted && custody.host === host && custody.parents.length === 0);
}

/** Messages of which a log says by now that a host took them become roots, and their recipients are refused no more. */
export function findUnanswered(run: Run): void {
  for (const lost of run.unanswered.filter(({ sent }) => sent.root === undefined)) {
    if (!isTaken(run, lost)) continue;
    enterRoot(run, lost.sent, lost.host, '', lost.to);
    run.refusals.splice(0, run.refusals.length, ...run.refusals.filter((refusal) => refusal.sent !== lost.sent || refusal.refusal.reply !== undefined));
  }
}

export function withMessageId(raw: Buffer): { messageId?: string } {
  const messageId = messageIdOf(splitMessage(raw).headers);
  return messageId === undefined ? {} : { messageId };
}

async function connectAndDeliver(run: Run, input: HandOver): Promise<DeliveryReport> {
  const { envelope, ...delivery } = input.delivery;
  const socket = await connectTo(run, { from: input.client, to: input.server.address, port: input.port });
  if (!('unreachable' in socket)) return deliver({ ...delivery, socket, envelope: { ...envelope, from: input.from, to: input.to }, message: input.raw, deadlineMs: DEADLINE_MS });
  return {
    replies: [],
    transcript: [{ ms: 0, mark: '--', text: socket.unreachable }],
    accepted: [],
    refused: input.to.map((to) => ({ to, stage: 'connect' as const, text: socket.unreachable })),
    unanswered: false,
    offered: [],
    hangUp: () => {},
  };
}
