import { formatDuration } from '../base/index.ts';
import type { AttemptRecord, ObservedOutcome, ObservedReply } from '../scenario/index.ts';
import type { Own } from './sameness.ts';
import { withoutSrsHash } from './srs.ts';

/** One reply, or one end of one copy: everything that is compared of it. */
export interface Thing {
  /** What it is about: `step 2: reply to RCPT TO:<...>`, `step 3: mail to alice@example.test`. Several may be about the same. */
  subject: string;
  kind: 'reply' | 'outcome';
  /** Of the message, for rules that apply to notices only. */
  message?: string;
  /** The outcome says itself that it cannot be known. */
  indeterminate: boolean;
  /** Values by field: `code`, `place`, `header subject`; several for header fields that stand there more than once. */
  fields: ReadonlyMap<string, readonly string[]>;
  /** Of its run. */
  own: Own;
}

/** Everything that one attempt brought about, as things that can be laid beside those of another. */
export function thingsOf(attempt: AttemptRecord, own: Own): Thing[] {
  const { replies, outcomes } = attempt.observation;
  const named = (text: string): string => withoutSrsHash(own.token === undefined ? text : text.replaceAll(own.token, '{run}'));
  return [
    ...replies.flatMap(({ step, replies: list }) => list.map((reply) => replyThing(named(`step ${step + 1}: reply to ${reply.to}`), reply, own))),
    ...outcomes.flatMap(({ step, outcomes: list }) =>
      list.map((outcome) => outcomeThing(named(`step ${step + 1}: ${kindWord(outcome)} to ${outcome.original || outcome.to}`), outcome, own)),
    ),
  ];
}

function kindWord(outcome: ObservedOutcome): string {
  return outcome.kind === 'returned' ? 'return' : outcome.message === 'mail' ? 'mail' : outcome.message;
}

function replyThing(subject: string, reply: ObservedReply, own: Own): Thing {
  const fields = {
    code: String(reply.code),
    enhanced: reply.enhanced,
    text: reply.text,
    encrypted: reply.tls ? 'yes' : 'no',
    ...(reply.to === 'EHLO' && reply.code === 250 ? offers(reply.text) : {}),
  };
  return { subject, kind: 'reply', indeterminate: false, fields: fieldMap(fields), own };
}

/** What a server offers, a field for each keyword (RFC 5321 section 4.1.1.1). */
function offers(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\n')
      .slice(1)
      .map((line) => {
        const [keyword = '', ...parameters] = line.trim().split(/[ =]+/);
        return [`offers ${keyword.toUpperCase()}`, parameters.length === 0 ? 'yes' : parameters.sort().join(' ')];
      }),
  );
}

function outcomeThing(subject: string, outcome: ObservedOutcome, own: Own): Thing {
  const { reply, dsn, auth, message } = outcome;
  const fields = fieldMap({
    end: outcome.kind,
    recipient: outcome.to,
    place: outcome.place,
    route: outcome.route.join(' > '),
    exchanger: outcome.exchanger,
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
    reason: outcome.reason,
    frozen: yesNo(outcome.frozen),
    after: duration(outcome.afterMs),
    'next try': duration(outcome.nextTryMs),
    indeterminate: yesNo(outcome.indeterminate),
  });
  for (const [name, value] of outcome.headers ?? []) {
    const field = `header ${name.toLowerCase()}`;
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return { subject, kind: 'outcome', message, indeterminate: outcome.indeterminate === true, fields, own };
}

function fieldMap(fields: Record<string, string | undefined>): Map<string, string[]> {
  return new Map(Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [[field, [value]]])));
}

const yesNo = (value: boolean | undefined): string | undefined => (value === undefined ? undefined : value ? 'yes' : 'no');
/** Milliseconds for the rules, and words for the reader. */
const duration = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : `${Math.round(ms)} ms (${formatDuration(ms)})`);
