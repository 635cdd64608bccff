import { z } from 'zod';
import type { DeliveredActual, SentMessage } from '../actual.ts';
import { compareHeaders, firstBodyDifference, headerValues, sameBody, splitMessage } from '../mail-text.ts';
import { durationPatternSchema, literalPattern, matches, matchesAddress, type Pattern, patternSchema, showPattern } from '../pattern.ts';
import { Comparison, compareMessage, outcomeKind, writtenRecipient } from './outcome.ts';

const kindSchema = z.enum(['mail', 'bounce', 'delay', 'success', 'auto']);

const schema = z.strictObject({
  to: patternSchema.optional().describe('recipient at the last hop'),
  original: patternSchema.optional().describe('recipient as the sender gave it'),
  mailbox: patternSchema.optional().describe('user whose mailbox holds the copy'),
  folder: patternSchema.optional(),
  at: patternSchema.optional().describe('outside domain that received it, taken from `to` unless told; or host that kept it in a file or gave it to a command'),
  into: patternSchema.optional().describe("that file, `|` and the command, or the name of the server's transport where its log tells no more"),
  'envelope from': patternSchema.optional(),
  kind: kindSchema.optional().describe('mail unless told'),
  headers: z.record(z.string(), patternSchema).optional().describe('one of the fields of this name fits; `absent`: there is none'),
  added: z.array(z.string()).min(1).optional().describe('header fields that came on the way'),
  removed: z.array(z.string()).min(1).optional().describe('header fields that went on the way'),
  changed: z.record(z.string(), patternSchema).optional().describe('header fields changed on the way, and what they are now'),
  body: patternSchema.optional().describe('`intact`: as sent, line ends apart; else a pattern of the body as received'),
  flags: z.array(z.string()).optional().describe('IMAP flags that are set'),
  source: patternSchema.optional().describe('address that the receiver saw'),
  helo: patternSchema.optional(),
  tls: z.union([z.boolean(), patternSchema]).optional().describe('true, false, or the version'),
  spf: patternSchema.optional(),
  dkim: patternSchema.optional().describe('result of one of the signatures; none without a signature'),
  dmarc: patternSchema.optional(),
  arc: patternSchema.optional(),
  message: z.union([z.string(), z.int().positive()]).optional().describe('label, or the how-manyeth sent'),
  after: durationPatternSchema.optional().describe('world time since it was sent'),
  indeterminate: z.literal(true).optional().describe('a final reply was lost: one copy or two'),
  'lost replies': z.literal('allowed').optional().describe('each message counts once; one of which a final reply was lost may have come again'),
  count: z.int().positive().optional().describe('so many such copies; 1 unless told'),
});

export const delivered = outcomeKind({
  kind: 'delivered',
  schema,
  example: { to: 'alice@example.test', mailbox: 'alice', folder: 'INBOX', body: 'intact', headers: { Subject: 'Hello*', 'X-Spam': 'absent' } },
  count: (expected) => expected.count ?? 1,
  compare: (expected, actual) => {
    const c = new Comparison();
    const { observed } = actual;
    c.address('to', expected.to, observed.to);
    c.address('original', expected.original, observed.original);
    comparePlace(c, expected, actual);
    c.address('envelope from', expected['envelope from'], observed.envelopeFrom);
    c.same('kind', expected.kind ?? 'mail', observed.message);
    compareHeader(c, expected, actual);
    compareBody(c, expected.body, actual);
    for (const flag of expected.flags ?? []) {
      if (!(observed.flags ?? []).some((set) => set.toLowerCase() === flag.toLowerCase())) c.add('flags', flag, observed.flags?.join(' ') || 'none');
    }
    c.text('source', expected.source, observed.source);
    c.text('helo', expected.helo, observed.helo);
    compareTls(c, expected.tls, observed.tls);
    c.text('spf', expected.spf, observed.auth?.spf);
    const signatures = observed.auth?.dkim ?? [];
    if (expected.dkim !== undefined && !(signatures.length > 0 ? signatures : observed.auth ? ['none'] : []).some((result) => matches(expected.dkim ?? '', result))) {
      c.add('dkim', showPattern(expected.dkim), signatures.join(', ') || (observed.auth ? 'none' : 'not verified here'));
    }
    c.text('dmarc', expected.dmarc, observed.auth?.dmarc);
    c.text('arc', expected.arc, observed.auth?.arc);
    compareMessage(c, expected.message, actual);
    c.duration('after', expected.after, observed.afterMs === undefined ? undefined : observed.afterMs - (actual.sent?.atMs ?? 0));
    const lost = 'a final reply was lost, there may be two copies';
    if (observed.indeterminate === true && expected.indeterminate !== true && expected['lost replies'] === undefined) c.add('indeterminate', 'a certain outcome', lost);
    if (observed.indeterminate !== true && expected.indeterminate === true) c.add('indeterminate', lost, 'every final reply on its way came');
    return c.differences;
  },
  describe: ({ observed, sent }) => {
    const what = observed.message === 'mail' ? 'delivered' : `delivered (${observed.message})`;
    const original = observed.original !== '' && observed.original !== observed.to ? ` (sent to ${observed.original})` : '';
    const subject = observed.headers === undefined ? undefined : headerValues(observed.headers, 'Subject')[0];
    return `${what} to ${observed.to}${original} in ${observed.place}, from <${observed.envelopeFrom ?? ''}>${sent === undefined ? '' : `, message ${sent.label ?? sent.number}`}${subject === undefined ? '' : `, subject "${subject}"`}`;
  },
  item: (actual) => {
    const { observed, sent } = actual;
    const from = observed.envelopeFrom ?? '';
    return {
      value: {
        ...writtenRecipient(observed),
        ...writtenPlace(actual),
        ...(observed.message === 'mail' ? {} : { kind: kindSchema.parse(observed.message) }),
        // As it was sent, it is nothing to tell.
        ...(observed.message !== 'mail' || sent === undefined || matchesAddress(literalPattern(sent.from), from) ? {} : { 'envelope from': writtenSender(from) }),
        ...(observed.indeterminate === true ? { indeterminate: true as const } : {}),
      },
      ...(writtenSender(from) === from || observed.message !== 'mail' ? {} : { remark: `envelope from ${from}` }),
    };
  },
});

type Expected = z.infer<typeof schema>;

function comparePlace(c: Comparison, expected: Expected, actual: DeliveredActual): void {
  const { place } = actual.ledger;
  if (expected.mailbox !== undefined || expected.folder !== undefined) {
    if (!('mailbox' in place)) {
      c.add('mailbox', showPattern(expected.mailbox ?? expected.folder ?? '*'), `no mailbox, ${actual.observed.place}`);
      return;
    }
    c.text('mailbox', expected.mailbox, userOf(actual.observed.place));
    c.text('folder', expected.folder, actual.observed.place.slice(actual.observed.place.indexOf('/') + 1));
  }
  if (expected.into !== undefined) {
    if ('local' in place) c.text('into', expected.into, place.local.what);
    else c.add('into', showPattern(expected.into), `no file or command, ${actual.observed.place}`);
  }
  if (expected.at !== undefined) {
    if ('outside' in place) c.text('at', expected.at, place.outside.party);
    else if ('local' in place) c.text('at', expected.at, place.local.host);
    else c.add('at', showPattern(expected.at), actual.observed.place);
  } else if ('outside' in place && expected.mailbox === undefined && typeof expected.to === 'string') {
    const domain = plainDomain(expected.to);
    if (domain !== undefined) c.same('at', domain, place.outside.party);
  }
}

function writtenPlace({ observed, ledger: { place } }: DeliveredActual): Pick<Expected, 'mailbox' | 'folder' | 'at' | 'into'> {
  if ('mailbox' in place) return { mailbox: literalPattern(userOf(observed.place)), folder: literalPattern(place.mailbox.folder) };
  if ('local' in place) return { at: place.local.host, into: literalPattern(place.local.what) };
  return plainDomain(observed.to) === place.outside.party ? {} : { at: place.outside.party };
}

/** The hash and the day of an SRS address, or of a signed one (BATV), are others on another day. */
function writtenSender(address: string): string {
  const srs = /^(SRS[01][=+-])[^=]+=[^=]+=(.*)$/i.exec(address);
  if (srs) return `${srs[1]}*=*=${srs[2]}`;
  const signed = /^(prvs=)[^=]+(=.*)$/i.exec(address);
  return signed ? `${signed[1]}*${signed[2]}` : literalPattern(address === '' ? '<>' : address);
}

/** `store:alice/INBOX` -> `alice` */
function userOf(place: string): string {
  return place.slice(place.indexOf(':') + 1, place.indexOf('/'));
}

function plainDomain(address: string): string | undefined {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  return address.includes('@') && !address.startsWith('/') && !/[*?[]/.test(domain) ? domain : undefined;
}

function compareHeader(c: Comparison, expected: Expected, actual: DeliveredActual): void {
  const { copy, sent } = actual;
  for (const [name, pattern] of Object.entries(expected.headers ?? {})) {
    const values = headerValues(copy?.headers ?? [], name);
    if (copy === undefined) c.add(`header ${name}`, showPattern(pattern), 'the copy could not be read');
    else if (pattern === 'absent') {
      if (values.length > 0) c.add(`header ${name}`, 'absent', values.map((value) => `"${value}"`).join(' and '));
    } else if (!fitsOne(pattern, values)) c.add(`header ${name}`, showPattern(pattern), values.length > 0 ? values.map((value) => `"${value}"`).join(' and ') : 'absent');
  }
  if (expected.added === undefined && expected.removed === undefined && expected.changed === undefined) return;
  if (copy === undefined || sent?.raw === undefined) {
    c.add('header', 'compared with the message as sent', copy === undefined ? 'the copy could not be read' : incomparable(sent));
    return;
  }
  const way = compareHeaders(splitMessage(sent.raw).headers, copy.headers);
  const names = (fields: readonly { name: string }[]): string => [...new Set(fields.map((field) => field.name))].join(', ') || 'none';
  const has = (fields: readonly { name: string }[], name: string): boolean => fields.some((field) => field.name.toLowerCase() === name.toLowerCase());
  const added = way.added.map(([name]) => ({ name }));
  const removed = way.removed.map(([name]) => ({ name }));
  for (const name of expected.added ?? []) if (!has(added, name)) c.add('added', name, names(added));
  for (const name of expected.removed ?? []) if (!has(removed, name)) c.add('removed', name, names(removed));
  for (const [name, pattern] of Object.entries(expected.changed ?? {})) {
    const found = way.changed.filter((change) => change.name.toLowerCase() === name.toLowerCase());
    if (!found.some((change) => matches(pattern, change.to)))
      c.add(`changed ${name}`, showPattern(pattern), found.length > 0 ? found.map((change) => `"${change.to}"`).join(' and ') : `not changed (changed: ${names(way.changed)})`);
  }
}

/** Why there is nothing to compare a copy with. */
const incomparable = (sent: SentMessage | undefined): string =>
  `not comparable: ${sent === undefined ? 'it is no message of this scenario' : 'this message was not written by the scenario'}`;

function fitsOne(pattern: Pattern, values: string[]): boolean {
  // "not X" means that no field of the name is X, and holds for a missing field too.
  if (typeof pattern === 'object' && !Array.isArray(pattern)) return values.every((value) => matches(pattern, value));
  return values.some((value) => matches(pattern, value));
}

function compareBody(c: Comparison, expected: Pattern | undefined, actual: DeliveredActual): void {
  if (expected === undefined) return;
  const { copy, sent } = actual;
  if (copy === undefined) c.add('body', showPattern(expected), 'the copy could not be read');
  else if (expected !== 'intact') c.text('body', expected, copy.body.toString('utf8').replace(/\r\n/g, '\n').trimEnd());
  else if (sent?.raw === undefined) c.add('body', 'intact', incomparable(sent));
  else if (!sameBody(splitMessage(sent.raw).body, copy.body)) c.add('body', 'intact', firstBodyDifference(splitMessage(sent.raw).body, copy.body) ?? 'different');
}

function compareTls(c: Comparison, expected: boolean | Pattern | undefined, actual: string | false | undefined): void {
  if (expected === undefined) return;
  const fits = typeof expected === 'boolean' ? actual !== undefined && (actual !== false) === expected : matches(expected, actual === false ? 'false' : actual);
  if (!fits) c.add('tls', showPattern(expected), actual === undefined ? 'not known here' : String(actual));
}
