import type { Stage, TranscriptLine } from '../../internet/index.ts';
import type { ObservedReply } from '../result.ts';
import { stageOf } from './replies.ts';

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

/** What a session heard of one message. */
export interface Heard {
  /** Replies that opened the session, then those to this message. */
  replies: readonly ObservedReply[];
  /** Command whose reply has not come. */
  waitingFor: string | undefined;
  /** The final dot was sent and is not answered. */
  dotUnanswered: boolean;
  /** Why it failed, whatever the reason. */
  failed: string | undefined;
}

/** What became of each recipient. */
export function judge(recipients: readonly string[], { replies: all, waitingFor, dotUnanswered, failed }: Heard): Omit<DeliveryReport, 'transcript' | 'hangUp'> {
  const replies = all.filter((reply) => reply.to !== 'QUIT' && reply.to !== 'RSET');
  const said = (command: string): ObservedReply | undefined => replies.findLast((reply) => reply.to === command);
  const dot = said('dot');
  const offered = (replies.findLast((reply) => reply.to === 'EHLO' && reply.code === 250)?.text ?? '').split('\n').slice(1);
  const accepted: string[] = [];
  const refused: Refusal[] = [];
  for (const [index, to] of recipients.entries()) {
    const refusal = refusalOf(replies, to, index, recipients);
    if (refusal) refused.push({ to, ...refusal, text: refusal.reply.text });
    else if (dot && dot.code < 300) accepted.push(to);
    else refused.push({ to, stage: stageOf(waitingFor ?? '') ?? 'connect', text: failed ?? 'the connection ended' });
  }
  const refusing = refused.find((one) => one.reply)?.reply;
  const final = dot && accepted.length > 0 ? dot : (refusing ?? dot);
  return { replies, accepted, refused, ...(final === undefined ? {} : { final }), unanswered: failed !== undefined && dotUnanswered, offered };
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
