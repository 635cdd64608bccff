import { describe, expect, it } from 'vitest';
import { RULES } from './rules.ts';
import { sameness } from './sameness.ts';

const ADDRESSES = [
  'ann@sender.test',
  'Ann@sender.test',
  'bob@sender.test',
  'ann+x@sender.test',
  'ann@hosted.test',
  'ann@sub.sender.test',
  'root@mx.example.test',
  'root@store.example.test',
];
const RESULTS = ['pass', 'fail', 'softfail', 'neutral', 'none', 'temperror', 'permerror'];
const STATUS = ['4.0.0', '4.2.1', '4.7.1', '5.0.0', '5.1.1', '5.7.1'];

/** Values of which no two mean the same, by field; undefined: there is none. */
const MEANINGS: Record<string, readonly (string | undefined)[]> = {
  code: ['0', '220', '250', '354', '421', '450', '451', '452', '501', '503', '550', '552', '554'],
  enhanced: ['2.0.0', ...STATUS],
  stage: ['connect', 'ehlo', 'mail', 'rcpt', 'data', 'dot', undefined],
  encrypted: ['yes', 'no'],
  end: ['delivered', 'refused', 'returned', 'queued', 'discarded', 'failed'],
  place: ['store:alice/INBOX', 'store:alice/Junk', 'store:alice/inbox', 'store:bob/INBOX', 'hosted.test', 'strict.test', 'mx', 'store'],
  route: ['mx', 'mx > store', 'mx > mx2 > store', 'mx2 > store'],
  recipient: ADDRESSES,
  'envelope from': [...ADDRESSES.map((address) => `<${address}>`), '<>', undefined],
  exchanger: ['mx1.hosted.test', 'mx2.hosted.test', 'mx1.strict.test', undefined],
  source: ['203.0.113.10', '203.0.113.11', '2001:db8:a::10', undefined],
  helo: ['mx.example.test', 'store.example.test', 'smtp.example.test', '[203.0.113.10]', undefined],
  tls: ['no', 'TLSv1.1', 'TLSv1.2', undefined],
  spf: [...RESULTS, undefined],
  dkim: ['pass', 'fail', 'none', 'neutral', 'pass pass', undefined],
  dmarc: [...RESULTS, undefined],
  arc: ['pass', 'fail', 'none', undefined],
  flags: ['', '\\Recent', '\\Seen'],
  frozen: ['yes', undefined],
  indeterminate: ['yes', undefined],
  'dsn status': STATUS,
  'dsn action': ['failed', 'delayed', 'delivered', 'relayed', 'expanded'],
  'dsn recipient': ADDRESSES,
  'dsn original': ['full', 'headers', 'none'],
  'dsn diagnostic': ['550 5.1.1 no', '550 5.7.1 no', '450 5.1.1 no', '552 no', '550 no', undefined],
  after: ['40 ms (40ms)', '300000 ms (5m)', '900000 ms (15m)', '86400000 ms (1d)', '97200000 ms (1d 3h)', '432000000 ms (5d)', '388800000 ms (4d 12h)', undefined],
  'next try': ['60000 ms (1m)', '300000 ms (5m)', '900000 ms (15m)', '3600000 ms (1h)', undefined],
  'offers STARTTLS': ['yes', undefined],
  'offers AUTH': ['LOGIN PLAIN', 'PLAIN', undefined],
  'offers SIZE': ['10485760', '20971520', undefined],
  'offers 8BITMIME': ['yes', undefined],
  'offers SMTPUTF8': ['yes', undefined],
  'header to': [...ADDRESSES, undefined],
  'header reply-to': [...ADDRESSES, undefined],
  'header return-path': [...ADDRESSES.map((address) => `<${address}>`), '<>', undefined],
  'header delivered-to': [...ADDRESSES, undefined],
  'header x-spam-flag': ['YES', 'NO', undefined],
  'header dkim-signature': [
    'd=example.test; s=k1; h=from; b=abc',
    'd=hosted.test; s=k1; h=from; b=abc',
    'd=example.test; s=k2; h=from; b=abc',
    'd=example.test; s=k1; h=from:to; b=abc',
    undefined,
  ],
  'header authentication-results': ['mx; spf=pass', 'mx; spf=fail', undefined],
};

/** What a notice words in its own way, and a letter must not. */
const OF_LETTERS: Record<string, readonly (string | undefined)[]> = {
  body: ['a', 'b', undefined],
  'body intact': ['yes', 'no', undefined],
  'header subject': [
    'Order 12345',
    'Order 67890',
    'order 12345',
    'Your id 12345',
    'Your id 67890',
    'Until 5 Jan 2026 10:00',
    'Until 6 Jan 2026 10:00',
    '[external] Order 12345',
    'Order  12345',
    undefined,
  ],
  'header from': [...ADDRESSES, 'Ann <ann@sender.test>', undefined],
  'header content-type': ['text/plain', 'text/html', 'multipart/mixed; boundary=a', 'multipart/alternative; boundary=a', undefined],
  'header content-transfer-encoding': ['8bit', 'quoted-printable', 'base64', undefined],
  'header auto-submitted': ['no', 'auto-replied', undefined],
  'header references': ['<a@sender.test>', '<a@hosted.test>', '<a@sender.test> <b@sender.test>', undefined],
};

const HOSTS = [
  { name: 'mx', fqdn: 'mx.example.test' },
  { name: 'store', fqdn: 'store.example.test' },
];
const OWN = [
  { token: '0123456789', hosts: HOSTS },
  { token: 'abcdef0123', hosts: HOSTS },
] as const;

const KINDS = ['mail', 'bounce', 'delay', 'success', 'auto', undefined];
const pairs = (values: readonly (string | undefined)[]) => values.flatMap((a, index) => values.slice(index + 1).map((b) => [a, b] as const));
const madeSame = (field: string, kind: string | undefined, values: readonly (string | undefined)[]): string[] =>
  pairs(values).flatMap(([a, b]) => {
    const found = [sameness(field, kind, a, b, RULES, OWN), sameness(field, kind, b, a, RULES, OWN)];
    return found.flatMap((one) => (one.class === 'different' ? [] : [`${kind} ${a} | ${b}: ${one.rules.join(', ')}`]));
  });

describe('no rule, and no rules together, make the same what means something else', () => {
  it.each(Object.entries(MEANINGS))('%s', (field, values) => {
    expect(KINDS.flatMap((kind) => madeSame(field, kind, values))).toEqual([]);
  });

  it.each(Object.entries(OF_LETTERS))('%s of a letter', (field, values) => {
    expect(madeSame(field, 'mail', values)).toEqual([]);
  });

  it('the address that a notice comes from, and whom it says it is about', () => {
    const addresses = ADDRESSES.filter((address) => address === address.toLowerCase());
    for (const kind of ['bounce', 'delay', 'success']) {
      expect(madeSame('header from', kind, [...addresses, undefined])).toEqual([]);
      expect(madeSame('header x-failed-recipients', kind, addresses)).toEqual([]);
    }
  });
});

it('whether a field is there at all is never made the same, but where a rule says that it is optional', () => {
  const optional = ['enhanced', 'header x-failed-recipients', 'header references', 'header in-reply-to', 'header content-description', 'header content-transfer-encoding'];
  const fields = [...new Set([...Object.keys(MEANINGS), ...Object.keys(OF_LETTERS), 'text', 'reason', 'header received', 'header message-id', 'header date', 'header subject'])];
  for (const field of fields.filter((one) => !optional.includes(one))) expect([field, sameness(field, 'bounce', 'x', undefined, RULES, OWN).class]).toEqual([field, 'different']);
});
