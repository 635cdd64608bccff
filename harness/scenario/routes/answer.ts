import { commandName, readReply, stageOf } from '../smtp/replies.ts';
import type { Answer } from './model.ts';

/** What was heard in a session that went as far as RCPT TO. */
export interface Said {
  /** Whole replies, with the command that each is for; `connect` for the greeting. */
  replies: { command: string; raw: string }[];
  /** Why there are no more. */
  trouble?: string;
}

/** The reply that decided whether the recipient is taken: the one to RCPT TO, or the one that ended the session before. */
export function answerOf({ replies, trouble }: Said): Answer {
  const last = replies.at(-1);
  const name = last === undefined || last.command === 'connect' ? 'connect' : commandName(last.command);
  const stage = stageOf(name) ?? 'connect';
  if (last === undefined || trouble !== undefined) return { taken: false, stage, code: 0, text: trouble ?? 'the connection ended' };
  const { code, enhanced, text } = readReply(name, last.raw, false);
  return { taken: stage === 'rcpt' && code < 300, stage, code, ...(enhanced === undefined ? {} : { enhanced }), text: text.replace(/\n/g, ' / ') };
}
