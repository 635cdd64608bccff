/** One way in which two values may be written differently and still be the same. */
export interface Rule {
  name: string;
  /** `identical`: the difference is none (an identifier of this run). `equivalent`: a real difference without a different meaning; it is shown. */
  makes: 'identical' | 'equivalent';
  why: string;
  fields: RegExp;
  /** Kinds of message that it applies to; all unless told. */
  messages?: readonly string[];
  how:
    | /** Applied to both sides; they are the same when they come out the same. `undefined`: there was no such value. */ {
        normalise: (value: string | undefined) => string | undefined;
      }
    | /** For what has no normal form, such as nearness. */ { same: (a: string, b: string) => boolean };
  /** Two values that it makes the same, and one that it must leave different from the first. */
  example: { field: string; a: string | undefined; b: string | undefined; different: string | undefined };
}

const in_ = (replace: (text: string) => string) => (value: string | undefined) => (value === undefined ? undefined : replace(value));
const NOTICES = ['bounce', 'delay', 'auto'] as const;
const TEXTS = /^(?:text|dsn diagnostic|header .*)$/;

/** Milliseconds since the scenario began; a mail system under test takes some of them to work. */
const milliseconds = (value: string): number => Number.parseInt(value, 10);

/** Rules are asked in this order; `identical` ones first. Each stands for itself and is tested by its example. */
export const RULES: readonly Rule[] = [
  {
    name: 'queue id',
    makes: 'identical',
    why: 'a host names each message it holds anew (Exim 16 or 23 characters, Postfix 10 or more, Dovecot LMTP sessions)',
    fields: TEXTS,
    how: {
      normalise: in_((text) =>
        text
          .replace(/\b[0-9A-Za-z]{6}-[0-9A-Za-z]{6}(?:[0-9A-Za-z]{5})?-[0-9A-Za-z]{2}(?:[0-9A-Za-z]{2})?\b/g, '<queue id>')
          .replace(/\b(queued as|with E?SMTPS?A? id|id=|id) ?([0-9A-Za-z]{5,})\b/gi, '$1 <queue id>')
          .replace(/(?<=<[^<>\s]+@[^<>\s]+> )[0-9A-Za-z+/]{20,}(?= Saved)/g, '<queue id>'),
      ),
    },
    example: { field: 'text', a: 'OK id=1vcMwE-00000000017-0abc', b: 'OK id=1vcMwF-00000000029-3xyz', different: 'Accepted id=1vcMwE-00000000017-0abc' },
  },
  {
    name: 'date',
    makes: 'identical',
    why: 'two runs happen at different times (RFC 5322 section 3.3 dates)',
    fields: TEXTS,
    how: {
      normalise: in_((text) =>
        text.replace(
          /(?:\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), +)?\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}(?::\d{2})?(?: (?:[+-]\d{4}|[A-Z]{1,4}))?(?: \([A-Z]+\))?/g,
          '<date>',
        ),
      ),
    },
    example: { field: 'header date', a: 'Mon, 05 Jan 2026 09:00:00 +0000', b: 'Tue, 06 Jan 2026 10:30:12 +0000 (UTC)', different: 'yesterday' },
  },
  {
    name: 'message id',
    makes: 'identical',
    why: 'each message gets an identifier of its own in each run (RFC 5322 section 3.6.4)',
    fields: /^header (?:message-id|in-reply-to|references|x-failed-message-id|resent-message-id)$/,
    how: { normalise: in_((text) => text.replace(/<[^<>\s]+@([^<>\s]+)>/g, '<id@$1>')) },
    example: { field: 'header message-id', a: '<a1.1@sender.test>', b: '<b7.9@sender.test>', different: '<a1.1@mx.example.test>' },
  },
  {
    name: 'run token',
    makes: 'identical',
    why: 'each run of a scenario has a token of its own, which stands in the subjects that the harness makes up',
    fields: /^header subject$/,
    how: { normalise: in_((text) => text.replace(/(?<=^Message \d+ of )[0-9a-f]{10}$/, '<run>')) },
    example: { field: 'header subject', a: 'Message 1 of 19fb4e074f', b: 'Message 1 of b8a6c64fd4', different: 'Message 2 of b8a6c64fd4' },
  },
  {
    name: 'mime boundary',
    makes: 'identical',
    why: 'a boundary is chosen at random (RFC 2046 section 5.1.1)',
    fields: /^header content-type$/,
    how: { normalise: in_((text) => text.replace(/boundary="?[^";\s]+"?/gi, 'boundary=<boundary>')) },
    example: {
      field: 'header content-type',
      a: 'multipart/report; boundary="1767603600-eximdsn-1"',
      b: 'multipart/report; boundary=4dXyz/mx.example.test',
      different: 'multipart/mixed; boundary=x',
    },
  },
  {
    name: 'folding',
    makes: 'identical',
    why: 'where a header field is folded has no meaning (RFC 5322 section 2.2.3)',
    fields: /^header /,
    how: { normalise: in_((text) => text.replace(/\s+/g, ' ').trim()) },
    example: { field: 'header subject', a: 'one\r\n two', b: 'one two', different: 'one  three' },
  },
  {
    name: 'domain case',
    makes: 'identical',
    why: 'domain names are compared without case (RFC 5321 section 2.4)',
    fields: /^(?:envelope from|recipient|dsn recipient|helo|source)$/,
    how: { normalise: in_((text) => text.replace(/[^@]*$/, (domain) => domain.toLowerCase())) },
    example: { field: 'envelope from', a: '<Ann@Sender.TEST>', b: '<Ann@sender.test>', different: '<ann@sender.test>' },
  },
  {
    name: 'moment',
    makes: 'identical',
    why: 'what ends within half a minute of world time, on both sides, ended at the first try (queues are run each minute): the rest is the load of the machine',
    fields: /^after$/,
    how: { same: (a, b) => Math.max(milliseconds(a), milliseconds(b)) < 30_000 },
    example: { field: 'after', a: '61 ms (61ms)', b: '1430 ms (1.4s)', different: '900000 ms (15m)' },
  },
  {
    name: 'reply wording',
    makes: 'equivalent',
    why: 'the text of a reply is for people; code and enhanced code are compared for themselves (RFC 5321 section 4.2)',
    fields: /^(?:text|dsn diagnostic)$/,
    how: { normalise: in_(() => '<text>') },
    example: { field: 'text', a: 'OK id=1', b: '2.0.0 Ok: queued as 4dXyz', different: undefined },
  },
  {
    name: 'enhanced code of success',
    makes: 'equivalent',
    why: 'enhanced codes are optional, and no sender acts on those of success (RFC 2034 section 4, RFC 3463)',
    fields: /^enhanced$/,
    how: { normalise: (value) => (value === undefined || value.startsWith('2.') ? '2.x.x' : value) },
    example: { field: 'enhanced', a: undefined, b: '2.1.5', different: '5.1.1' },
  },
  {
    name: 'tls version',
    makes: 'equivalent',
    why: 'both versions that are in use protect the mail alike (RFC 8997)',
    fields: /^tls$/,
    how: { normalise: in_((text) => (/^TLS ?v?1[._]?[23]/i.test(text) ? 'TLS 1.2 or 1.3' : text)) },
    example: { field: 'tls', a: 'TLSv1.2', b: 'TLSv1.3', different: 'no' },
  },
  {
    name: 'trace field',
    makes: 'equivalent',
    why: 'every server words its Received field in its own way; the route is compared for itself (RFC 5321 section 4.4)',
    fields: /^header received(?: \(\d+\))?$/,
    how: { normalise: in_(() => '<trace>') },
    example: { field: 'header received', a: 'from a by b with esmtps (Exim 4.96) id 1', b: 'from a (a [192.0.2.1]) by b (Postfix) with ESMTPS id 2', different: undefined },
  },
  {
    name: 'wording of a notice',
    makes: 'equivalent',
    why: 'a notice is written for people; what programs read of it is compared field by field (RFC 3464)',
    fields: /^(?:body|body intact|header (?:subject|from|auto-submitted|content-type|content-description|mime-version|content-transfer-encoding|message-id))$/,
    messages: NOTICES,
    how: { normalise: in_(() => '<notice>') },
    example: { field: 'header subject', a: 'Mail delivery failed: returning message to sender', b: 'Undelivered Mail Returned to Sender', different: undefined },
  },
  {
    name: 'optional field of a notice',
    makes: 'equivalent',
    why: 'whom it is about stands in its delivery-status part, which is compared; these fields say it again, and no standard asks for them (RFC 3464 section 2)',
    fields: /^header (?:x-failed-recipients|references|in-reply-to)$/,
    messages: NOTICES,
    how: { normalise: (value) => (value === undefined || /^(?:<?[^\s<>@]+@[^\s<>@,]+>?(?:,?\s+|$))+$/.test(value) ? '<addresses or identifiers>' : value) },
    example: { field: 'header x-failed-recipients', a: 'counsel@strict.test', b: undefined, different: 'somebody' },
  },
  {
    name: 'within a tenth',
    makes: 'equivalent',
    why: 'retry times are multiples of queue runs, so they are met only roughly',
    fields: /^(?:after|next try)$/,
    how: { same: (a, b) => Math.abs(milliseconds(a) - milliseconds(b)) <= Math.max(milliseconds(a), milliseconds(b)) / 10 },
    example: { field: 'next try', a: '900000 ms (15m)', b: '930000 ms (15m 30s)', different: '1800000 ms (30m)' },
  },
];

export interface Sameness {
  class: 'identical' | 'equivalent' | 'different';
  rules: string[];
}

/** Lays two values of one field beside each other; rules are applied one after another, as few as it takes. */
export function sameness(field: string, message: string | undefined, a: string | undefined, b: string | undefined, rules: readonly Rule[] = RULES): Sameness {
  const used: string[] = [];
  let [left, right] = [a, b];
  let makes: Sameness['class'] = 'identical';
  for (const rule of rules) {
    if (left === right) break;
    if (!rule.fields.test(field) || (rule.messages !== undefined && !rule.messages.includes(message ?? ''))) continue;
    if ('same' in rule.how) {
      if (left === undefined || right === undefined || !rule.how.same(left, right)) continue;
      right = left;
    } else {
      const next = [rule.how.normalise(left), rule.how.normalise(right)];
      if (next[0] === left && next[1] === right) continue;
      [left, right] = next;
    }
    used.push(rule.name);
    if (rule.makes === 'equivalent') makes = 'equivalent';
  }
  return left === right ? { class: makes, rules: used } : { class: 'different', rules: [] };
}
