import { randomBytes } from 'node:crypto';
import { envelopeAddress, type Look, waitUntil } from '../base/index.ts';
import type { CustodyId } from '../ledger/index.ts';
import type { SentMessage, WrittenMessage } from './actual.ts';
import { connectTo } from './connect.ts';
import { bareId, messageIdOf, splitMessage } from './mail-text.ts';
import { DEADLINE_MS, type Run, rootsOf, type StepContext, type Unanswered } from './run.ts';
import type { ServerAddress } from './server-address.ts';
import { type Delivery, type DeliveryReport, deliver, type Refusal } from './smtp/deliver.ts';
import { showReply } from './smtp/replies.ts';
import { SmtpSession } from './smtp/smtp-session.ts';

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
  const message = enterSent(run, input);
  const report = await connectAndDeliver(run, input);
  run.hangUps.push(report.hangUp);
  context.transcript(report.transcript);
  context.replies(input.verb, report.replies);
  run.lastReplies = repliesOf(report);
  await enterReport(run, { message, server: input.server, client: input.client }, report);
  return report;
}

/** So many messages of one session leave their transcripts and replies in the report, and those that were refused. */
export const SHOWN_OF_MANY = 5;

/** Hands messages over one after the other in one session. @param makeInput called for each when the one before is over */
export async function handOverAll(context: StepContext, count: number, makeInput: (index: number) => Promise<HandOver>): Promise<DeliveryReport | undefined> {
  const { run } = context;
  let session: SmtpSession | undefined;
  let last: DeliveryReport | undefined;
  for (let i = 0; i < count; i++) {
    const input = await makeInput(i);
    const message = enterSent(run, input);
    if (session === undefined) {
      const { envelope: _, ...options } = input.delivery;
      const socket = await connectTo(run, { from: input.client, to: input.server.address, port: input.port });
      if (!('unreachable' in socket)) {
        session = await SmtpSession.open({ ...options, socket, deadlineMs: DEADLINE_MS });
        run.hangUps.push(() => session?.close());
      } else last = unreachable(input.to, socket.unreachable);
    }
    if (session !== undefined) last = await session.send({ ...input.delivery.envelope, from: input.from, to: input.to }, input.raw);
    if (last === undefined) continue;
    const shown = i < SHOWN_OF_MANY || last.refused.length > 0;
    if (shown) context.transcript(last.transcript);
    if (shown) context.replies(input.verb, last.replies);
    else message.oneOfMany = true;
    run.lastReplies = repliesOf(last);
    await enterReport(run, { message, server: input.server, client: input.client }, last);
  }
  const ended = session?.leave();
  // As for a single message: what was taken is taken, and nobody waits for Exim's answer to QUIT.
  if (last?.accepted.length === 0) await ended;
  return last;
}

/** A message that is about to be handed over. */
export function enterSent(run: Run, input: Pick<HandOver, 'label' | 'from' | 'to' | 'raw'> & { delivery?: HandOver['delivery'] }): WrittenMessage {
  const notify = input.delivery?.envelope.dsn?.notify;
  const message: WrittenMessage = {
    number: run.sent.length + 1,
    ...(input.label === undefined ? {} : { label: input.label }),
    ...withMessageId(input.raw),
    from: input.from,
    to: input.to,
    raw: input.raw,
    ...(notify === undefined ? {} : { notify }),
    atMs: run.since(run.now()),
  };
  run.sent.push(message);
  return message;
}

const repliesOf = (report: DeliveryReport): NonNullable<Run['lastReplies']> => ({ replies: report.replies, ...(report.final === undefined ? {} : { final: report.final }) });

/** Enters what came of a message: the ledger's root, and refusals. */
async function enterReport(run: Run, { message, server, client }: { message: SentMessage; server: ServerAddress; client: string }, report: DeliveryReport): Promise<void> {
  const host = server.host.name;
  if (report.accepted.length > 0) enterRoot(run, message, host, report.final === undefined ? '' : showReply(report.final), report.accepted);
  const unanswered = report.unanswered ? report.refused.filter((refusal) => refusal.reply === undefined).map((refusal) => refusal.to) : [];
  if (unanswered.length > 0) await enterUnanswered(run, { sent: message, host, client, to: unanswered });
  for (const refusal of report.refused) {
    if (message.root !== undefined && unanswered.includes(refusal.to)) continue;
    enterRefusal(run, message, host, refusal, unanswered.includes(refusal.to));
  }
}

export function enterRefusal(run: Run, sent: SentMessage, host: string, refusal: Refusal, indeterminate = false): void {
  run.refusals.push({
    kind: 'refused',
    sent,
    refusal,
    observed: {
      kind: 'refused',
      to: refusal.to,
      original: refusal.to,
      envelopeFrom: sent.from,
      message: 'mail',
      place: host,
      route: [host],
      reply: { stage: refusal.stage, code: refusal.reply?.code ?? 0, ...(refusal.reply?.enhanced === undefined ? {} : { enhanced: refusal.reply.enhanced }), text: refusal.text },
      afterMs: run.since(run.now()),
      ...(indeterminate ? { indeterminate: true } : {}),
      raw: { messageId: sent.messageId ?? null },
    },
  });
}

/** Who may have taken what this host was handed: itself, or any host where it only passes connections on. */
const behind = (run: Run, host: string): string[] => (run.ledger.places.passesOn(host) ? run.ledger.places.hosts.map(({ name }) => name) : [host]);

/** The host that took a message, whatever host stood in front of it; the one that it was handed to when no log names it in time. */
export async function takerOf(run: Run, root: string, host: string): Promise<string> {
  const { ledger } = run;
  if (!ledger.places.passesOn(host)) return host;
  const look = (): Look<string> => {
    const [start] = ledger.startsOf([root]);
    const taker = start === undefined ? undefined : ledger.book.entries.get(start)?.custody.host;
    return taker === undefined ? { met: false, missing: 'no log names it' } : { met: true, value: taker };
  };
  return waitUntil({ what: `a host behind ${host} logs that it took the message`, deadlineMs: TAKEN_DEADLINE_MS, look, subscribe: (again) => ledger.onChange(again) }).catch(
    () => host,
  );
}

/** Tells the ledger that a host answered 2xx to the final dot of this message. */
export function enterRoot(run: Run, message: SentMessage, host: string, reply: string, accepted: readonly string[], custody?: CustodyId): string {
  const second = message.root === undefined ? 0 : (message.secondRoots?.length ?? 0) + 1;
  const id = `${run.token}/${message.number}${second === 0 ? '' : `/${second + 1}`}`;
  if (second === 0) message.root = id;
  else message.secondRoots = [...(message.secondRoots ?? []), id];
  run.ledger.addRoot({
    id,
    host,
    reply,
    ...(custody === undefined ? {} : { custody }),
    ...(message.messageId === undefined ? {} : { messageId: bareId(message.messageId) }),
    from: envelopeAddress(message.from),
    ...(message.notify === undefined ? {} : { notify: message.notify }),
    to: accepted.map((address) => envelopeAddress(address)),
  });
  return id;
}

/** The connection was lost after the final dot: whether the host took the message, only its log can tell, now or later. */
export async function enterUnanswered(run: Run, lost: Unanswered): Promise<void> {
  run.unanswered.push(lost);
  const look = (): Look<true> => (takenAs(run, lost) !== undefined ? { met: true, value: true } : { met: false, missing: 'no line says so' });
  // Nobody can tell that a host will not log it any more; when it has not by then, the outcome is indeterminate.
  await waitUntil({ what: `${lost.host} logs that it took the message`, deadlineMs: TAKEN_DEADLINE_MS, look, subscribe: (again) => run.ledger.onChange(again) }).catch(
    () => undefined,
  );
  findUnanswered(run);
}

/** The host's log says that it owns this message, and no other try of it accounts for that; a Message-ID alone is logged before that (Postfix's cleanup). */
function takenAs(run: Run, { sent, host, client }: Unanswered): CustodyId | undefined {
  const { ledger } = run;
  const known = new Set(ledger.startsOf(rootsOf(sent)));
  return ledger.book.withMessageId(bareId(sent.messageId)).find((entry) => {
    const { custody, accepted } = entry;
    const there = custody.host === host || ledger.places.passesOn(host);
    return accepted && there && custody.parents.length === 0 && (custody.client?.address ?? client) === client && !known.has(custody.id);
  })?.custody.id;
}

/**
 * Messages of which a log says by now that a host took them become roots, and their recipients are refused no more.
 * @returns whether there were any
 */
export function findUnanswered(run: Run): boolean {
  const open = run.unanswered.filter(({ root }) => root === undefined);
  for (const host of new Set(open.flatMap((lost) => behind(run, lost.host)))) run.ledger.nameByNextHop(host);
  for (const lost of open) {
    const custody = takenAs(run, lost);
    if (custody === undefined) continue;
    lost.root = enterRoot(run, lost.sent, lost.host, '', lost.to, custody);
    run.refusals.splice(0, run.refusals.length, ...run.refusals.filter((refusal) => refusal.sent !== lost.sent || refusal.refusal.reply !== undefined));
  }
  return open.some(({ root }) => root !== undefined);
}

export function withMessageId(raw: Buffer): { messageId?: string } {
  const messageId = messageIdOf(splitMessage(raw).headers);
  return messageId === undefined ? {} : { messageId };
}

async function connectAndDeliver(run: Run, input: HandOver): Promise<DeliveryReport> {
  const { envelope, ...delivery } = input.delivery;
  const socket = await connectTo(run, { from: input.client, to: input.server.address, port: input.port });
  if (!('unreachable' in socket)) return deliver({ ...delivery, socket, envelope: { ...envelope, from: input.from, to: input.to }, message: input.raw, deadlineMs: DEADLINE_MS });
  return unreachable(input.to, socket.unreachable);
}

function unreachable(to: readonly string[], text: string): DeliveryReport {
  return {
    replies: [],
    transcript: [{ ms: 0, mark: '--', text }],
    accepted: [],
    refused: to.map((one) => ({ to: one, stage: 'connect' as const, text })),
    unanswered: false,
    offered: [],
    hangUp: () => {},
  };
}
