import { formatDuration } from '../base/index.ts';
import type { AttemptRecord, ObservedOutcome, ObservedReply } from '../scenario/index.ts';
import type { Fact } from './model.ts';

/** Everything that one attempt brought about, as facts that can be laid beside those of another. */
export function factsOf(attempt: AttemptRecord): Fact[] {
  const { replies, outcomes } = attempt.observation;
  return [
    ...replies.flatMap(({ step, replies: list }) => numbered(list, (reply) => `step ${step + 1}: reply to ${reply.to}`).flatMap(({ item, subject }) => replyFacts(subject, item))),
    ...outcomes.flatMap(({ step, outcomes: list }) =>
      numbered(inOrder(list), (outcome) => `step ${step + 1}: ${kindWord(outcome)} to ${outcome.original || outcome.to}`).flatMap(({ item, subject }) =>
        outcomeFacts(subject, item),
      ),
    ),
  ];
}

/** Copies end in any order; the same ones must stand beside one another. */
function inOrder(outcomes: readonly ObservedOutcome[]): ObservedOutcome[] {
  const key = (outcome: ObservedOutcome): string => [outcome.original, outcome.to, outcome.message, outcome.kind, outcome.place, outcome.envelopeFrom ?? ''].join('\n');
  return [...outcomes].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function numbered<T>(items: readonly T[], name: (item: T) => string): { item: T; subject: string }[] {
  const seen = new Map<string, number>();
  return items.map((item) => {
    const base = name(item);
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    return { item, subject: count === 1 ? base : `${base} (${count})` };
  });
}

function kindWord(outcome: ObservedOutcome): string {
  return outcome.kind === 'returned' ? 'return' : outcome.message === 'mail' ? 'mail' : outcome.message;
}

function replyFacts(subject: string, reply: ObservedReply): Fact[] {
  return facts(subject, undefined, false, {
    code: String(reply.code),
    enhanced: reply.enhanced,
    text: reply.text,
    encrypted: reply.tls ? 'yes' : 'no',
  });
}

function outcomeFacts(subject: string, outcome: ObservedOutcome): Fact[] {
  const { reply, dsn, auth } = outcome;
  return [
    ...facts(subject, outcome.message, outcome.indeterminate === true, {
      end: outcome.kind,
      recipient: outcome.to,
      place: outcome.place,
      route: outcome.route.join(' > '),
      'envelope from': outcome.envelopeFrom === undefined ? undefined : `<${outcome.envelopeFrom}>`,
      stage: reply?.stage,
      code: reply === undefined ? undefined : String(reply.code),
      enhanced: reply?.enhanced,
      text: reply?.text,
      body: outcome.body,
      'body intact': yesNo(outcome.bodyIntact),
      flags: outcome.flags === undefined ? undefined : [...outcome.flags].sort().join(' '),
      source: outcome.source,
      helo: outcome.helo,
      tls: outcome.tls === undefined ? undefined : outcome.tls === false ? 'no' : outcome.tls,
      spf: auth?.spf,
      dkim: auth === undefined ? undefined : [...auth.dkim].sort().join(' ') || 'none',
      dmarc: auth?.dmarc,
      arc: auth?.arc,
      'dsn status': dsn?.status,
      'dsn action': dsn?.action,
      'dsn recipient': dsn?.recipient,
      'dsn diagnostic': dsn?.diagnostic,
      'dsn original': dsn?.original,
      after: duration(outcome.afterMs),
      'next try': duration(outcome.nextTryMs),
      indeterminate: yesNo(outcome.indeterminate),
    }),
    ...headerFacts(subject, outcome),
  ];
}

function headerFacts(subject: string, outcome: ObservedOutcome): Fact[] {
  return numbered(outcome.headers ?? [], ([name]) => `header ${name.toLowerCase()}`).map(({ item: [, value], subject: field }) => ({
    subject,
    field,
    message: outcome.message,
    value,
    indeterminate: outcome.indeterminate === true,
  }));
}

function facts(subject: string, message: string | undefined, indeterminate: boolean, fields: Record<string, string | undefined>): Fact[] {
  return Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [{ subject, field, ...(message === undefined ? {} : { message }), value, indeterminate }]));
}

const yesNo = (value: boolean | undefined): string | undefined => (value === undefined ? undefined : value ? 'yes' : 'no');
/** Milliseconds for the rules, and words for the reader. */
const duration = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : `${Math.round(ms)} ms (${formatDuration(ms)})`);
