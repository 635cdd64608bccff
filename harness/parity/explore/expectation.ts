import { formatDuration } from '../../base/index.ts';
import type { AttemptRecord, ObservedOutcome, ObservedReply } from '../../scenario/index.ts';
import type { FoundDifference } from './model.ts';
import type { DialogReply, Expected } from './to-scenario.ts';

/** Fits what is not there. */
const ABSENT = { not: '*' };

/** What the reference did, as a scenario expects it: every end, and of the rest what the candidate does otherwise. */
export function expectedOf({ observation }: AttemptRecord, differences: readonly FoundDifference[]): Expected {
  const token = observation.token ?? '';
  const words = new Words(token);
  const replies = observation.replies.flatMap(({ verb, replies: list }) => list.map((reply) => ({ verb, reply })));
  const outcomes = observation.outcomes.flatMap(({ outcomes: list }) => list);
  const isDialog = replies.some(({ verb }) => verb === 'dialog');
  const about = (subject: string): FoundDifference[] => differences.filter((one) => one.subject.replace(/^step \d+: /, '').replace(/ \(\d+\)$/, '') === subject);
  const named = (text: string): string => (token === '' ? text : text.replaceAll(token, '{run}'));
  const items = outcomes.map((outcome) => {
    const word = outcome.kind === 'returned' ? 'return' : outcome.message;
    return itemOf(outcome, new Set(about(named(`${word} to ${outcome.original || outcome.to}`)).map(({ field }) => field)), words);
  });
  const told = replies.map(({ reply }) => ({ reply, fields: new Set(about(named(`reply to ${reply.to}`)).map(({ field }) => field)) }));
  return {
    items: [...items, ...(isDialog ? [] : told.flatMap(({ reply, fields }) => replyItem(reply, fields, words)))],
    replies: isDialog ? told.map(({ reply, fields }) => dialogReply(reply, fields, words)) : [],
  };
}

/** Texts of the observation as patterns of themselves. */
class Words {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  text(value: string): string {
    const special = /[*?]|^\/|^absent$/.test(value);
    return this.#named(special ? `/^${value.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$/` : value);
  }

  /** Domains are compared in small letters. */
  address(value: string): string {
    if (value === '') return '<>';
    const at = value.lastIndexOf('@');
    // Hash and day of an SRS address are for the host that made it, and others tomorrow.
    const srs = /^(SRS[01][=+-])[^=]+=[^=]+(=.+)$/i.exec(value);
    if (srs !== null && !/[*?]/.test(value)) return this.#named(`${srs[1]}*=*${srs[2]}`);
    return this.text(at < 0 ? value : value.slice(0, at) + value.slice(at).toLowerCase());
  }

  #named(text: string): string {
    return this.#token === '' ? text : text.replaceAll(this.#token, `\${run}`);
  }
}

type Item = Record<string, unknown>;

function itemOf(outcome: ObservedOutcome, fields: ReadonlySet<string>, words: Words): Item {
  const { kind, to, original, place, reply, dsn } = outcome;
  const original_ = original === '' || original === to ? {} : { original: words.address(original) };
  const when = (field: string, item: Item): Item => (fields.has(field) ? item : {});
  const optional = (value: string | undefined): unknown => (value === undefined ? ABSENT : words.text(value));
  switch (kind) {
    case 'delivered':
      return {
        delivered: {
          to: words.address(to),
          ...original_,
          ...placeOf(place, words),
          ...(outcome.message === 'mail' ? {} : { kind: outcome.message }),
          ...deliveredMore(outcome, fields, words),
        },
      };
    case 'refused':
      return {
        refused: {
          to: words.address(to),
          ...(reply === undefined ? {} : { stage: reply.stage, ...(reply.code >= 200 ? { code: reply.code } : {}) }),
          ...when('enhanced', { enhanced: optional(reply?.enhanced) }),
        },
      };
    case 'returned':
      return {
        returned: {
          to: words.address(dsn?.recipient ?? original),
          ...returnedTo(place, words),
          ...(outcome.message === 'bounce' ? {} : { kind: outcome.message }),
          ...when('dsn status', { status: words.text(dsn?.status ?? '') }),
          ...when('dsn action', { action: words.text(dsn?.action ?? '') }),
          ...when('dsn diagnostic', { diagnostic: optional(dsn?.diagnostic) }),
          ...when('dsn original', { original: dsn?.original ?? 'none' }),
        },
      };
    case 'queued':
      return {
        queued: {
          at: place,
          to: words.address(to),
          ...original_,
          ...(outcome.message === 'mail' ? {} : { kind: outcome.message }),
          ...when('frozen', { frozen: outcome.frozen ?? false }),
          ...(outcome.nextTryMs === undefined ? {} : when('next try', { 'next try': `~ ${formatDuration(outcome.nextTryMs)}` })),
        },
      };
    case 'discarded':
    case 'failed':
      return { [kind]: { at: place, to: words.address(to), ...original_ } };
  }
}

/** `store:alice/INBOX`, `hosted.test`, `mx:/var/mail/root`. */
function placeOf(place: string, words: Words): Item {
  const mailbox = /^[^:]+:([^/|][^/]*)\/(.+)$/s.exec(place);
  if (mailbox !== null) return { mailbox: words.text(mailbox[1] ?? ''), folder: words.text(mailbox[2] ?? '') };
  const local = /^([^:]+):(.+)$/s.exec(place);
  return local === null ? { at: place } : { at: local[1], into: words.text(local[2] ?? '') };
}

function returnedTo(place: string, words: Words): Item {
  const { mailbox, at } = placeOf(place, words);
  return mailbox === undefined ? { at } : { mailbox };
}

/** Fields that each run words anew. */
const OF_A_RUN: readonly string[] = ['received', 'message-id', 'date', 'dkim-signature', 'arc-seal', 'arc-message-signature'];

function deliveredMore({ headers = [], ...outcome }: ObservedOutcome, fields: ReadonlySet<string>, words: Words): Item {
  const wanted = [...fields].flatMap((field) => /^header ([^ ]+)/.exec(field)?.[1] ?? []).filter((name) => !OF_A_RUN.includes(name));
  const values = wanted.map((name): [string, string] => [name, headers.find(([own]) => own.toLowerCase() === name)?.[1] ?? '']);
  const present = new Set(headers.map(([name]) => name.toLowerCase()));
  const told = { source: outcome.source, helo: outcome.helo, spf: outcome.auth?.spf, dmarc: outcome.auth?.dmarc, arc: outcome.auth?.arc };
  return {
    ...(values.length === 0 ? {} : { headers: Object.fromEntries(values.map(([name, value]) => [name, present.has(name) ? words.text(value) : 'absent'])) }),
    ...(fields.has('envelope from') ? { 'envelope from': words.address(outcome.envelopeFrom ?? '') } : {}),
    ...((fields.has('body') || fields.has('body intact')) && outcome.bodyIntact === true ? { body: 'intact' } : {}),
    ...(fields.has('flags') && (outcome.flags ?? []).length > 0 ? { flags: outcome.flags } : {}),
    ...(fields.has('tls') && outcome.tls !== undefined ? { tls: outcome.tls } : {}),
    ...Object.fromEntries(Object.entries(told).flatMap(([field, value]) => (fields.has(field) && value !== undefined ? [[field, words.text(value)]] : []))),
  };
}

const STAGES: Readonly<Record<string, string>> = { connect: 'connect', EHLO: 'ehlo', STARTTLS: 'starttls', 'MAIL FROM': 'mail', 'RCPT TO': 'rcpt', DATA: 'data', dot: 'dot' };

/** What a sender was answered, where the candidate answers otherwise. */
function replyItem(reply: ObservedReply, fields: ReadonlySet<string>, words: Words): Item[] {
  const stage = STAGES[reply.to.replace(/:<.*$/s, '')];
  if (fields.size === 0 || stage === undefined || reply.code < 200) return [];
  const offered = offersOf(reply, fields);
  const code = { to: stage, code: reply.code };
  return [
    ...(['code', 'presence', 'enhanced'].some((field) => fields.has(field))
      ? [{ reply: { ...code, ...(fields.has('enhanced') ? { enhanced: reply.enhanced === undefined ? ABSENT : reply.enhanced } : {}) } }]
      : []),
    ...offered.map((line) => ({ reply: { ...code, text: words.text(line) } })),
  ];
}

function dialogReply(reply: ObservedReply, fields: ReadonlySet<string>, words: Words): DialogReply {
  const has = offersOf(reply, fields).map((line) => words.text(line));
  return { '<-': reply.code, ...(fields.has('enhanced') && reply.enhanced !== undefined ? { enhanced: reply.enhanced } : {}), ...(has.length === 0 ? {} : { has }) };
}

/** Lines of EHLO that the candidate lacks or words otherwise. */
function offersOf({ text }: ObservedReply, fields: ReadonlySet<string>): string[] {
  const lines = text.split('\n').slice(1);
  return lines.filter((line) => fields.has(`offers ${(line.trim().split(/[ =]+/)[0] ?? '').toUpperCase()}`));
}
