import { showReply } from '../smtp/replies.ts';
import type { Answer, Next, NextHost, RouteRow } from './model.ts';

/** A line of the way of an address in words. */
export interface ToldRow {
  recipient: string;
  host: string;
  answer: string;
  by: string;
  next: string;
}

export function tellRow({ recipient, host, answer, by, next }: RouteRow): ToldRow {
  return { recipient, host, answer: answer === undefined ? '' : tellAnswer(answer), by: by ?? '', next: tellNext(next, answer) };
}

function tellAnswer(answer: Answer): string {
  if (answer.code === 0) return `no answer: ${answer.text}`;
  const verdict = answer.taken ? 'taken' : answer.code < 500 ? 'deferred' : 'refused';
  return `${verdict}${answer.stage === 'rcpt' ? '' : ` at ${answer.stage}`}: ${showReply(answer)}`;
}

function tellNext(next: Next, answer: Answer | undefined): string {
  switch (next.kind) {
    case 'recipients':
      return `becomes ${next.recipients.join(', ')}`;
    case 'hosts':
      return [...new Set(next.hosts.map(tellMachine))].join(', then ');
    case 'mailbox':
      return `mailbox ${next.user}${next.place === '' ? '' : ` (${next.place})`}`;
    case 'local':
      return next.into;
    case 'discarded':
      return 'discarded';
    case 'undeliverable':
    case 'deferred':
      return `${next.kind}: ${next.text}`;
    case 'end':
      return answer?.taken === true ? 'no tool here says more' : '';
  }
}

function tellMachine({ name, port, protocol }: NextHost): string {
  return `${name}${protocol === 'lmtp' ? ` LMTP ${port}` : port === 25 ? '' : ` port ${port}`}`;
}
