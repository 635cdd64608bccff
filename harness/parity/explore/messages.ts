import fc, { type Arbitrary } from 'fast-check';
import { type CaseMessage, DATE, type Header, plainHeaders } from './case.ts';

type Change = (headers: readonly Header[]) => Header[];

const without =
  (...names: string[]): Change =>
  (headers) =>
    headers.filter(([name]) => !names.includes(name));
const also =
  (...more: Header[]): Change =>
  (headers) => [...headers, ...more];
const instead =
  (name: string, value: string): Change =>
  (headers) =>
    headers.map((header) => (header[0] === name ? [name, value] : header));

/** What may be done to an ordinary header. */
const HEADER_CHANGES: readonly Change[] = [
  without('From'),
  without('Date'),
  without('Message-ID'),
  without('To'),
  without('Subject'),
  without('From', 'To', 'Date', 'Message-ID'),
  also(['Subject', 'Once more']),
  also(['From', 'second@sender.test']),
  also(['To', 'second@hosted.test']),
  also(['Date', DATE]),
  also(['X-Long', 'long '.repeat(200).trim()]),
  also(['X-Longest', 'x'.repeat(2000)]),
  also(['X-Folded', 'first\n second\n\tthird']),
  also(['X-Folded-Empty', '\n folded']),
  also(['X-Empty', '']),
  also(['X-Eight-Bit', 'größe und maß']),
  also(['Bcc', 'secret@hosted.test']),
  also(['Cc', 'copy@hosted.test, Second Copy <second@hosted.test>']),
  also(['Reply-To', 'answers@sender.test']),
  also(['Sender', 'secretary@sender.test']),
  also(['Return-Path', '<old@sender.test>']),
  also(['Received', `from old.test by older.test; ${DATE}`]),
  also(['Resent-From', 'again@sender.test'], ['Resent-To', 'alice@hosted.test'], ['Resent-Date', DATE]),
  also(['List-Id', '<list.sender.test>'], ['Precedence', 'list']),
  also(['Auto-Submitted', 'auto-replied']),
  also(['X-Spam-Flag', 'YES']),
  also(['Delivered-To', 'somebody@hosted.test']),
  also(['DKIM-Signature', 'v=1; a=rsa-sha256; d=sender.test; s=none; h=from; bh=AAAA; b=AAAA']),
  instead('From', 'Ann Example <ann@sender.test>'),
  instead('From', 'ann'),
  instead('From', 'größe <ann@sender.test>'),
  instead('From', '"Ann, of sender" <ann@sender.test>, other@sender.test'),
  instead('To', 'undisclosed-recipients:;'),
  instead('To', Array.from({ length: 60 }, (_, index) => `person-${index}@hosted.test`).join(', ')),
  instead('Subject', `größe \${run}`),
  instead('Subject', `=?utf-8?q?gr=C3=B6=C3=9Fe?= \${run}`),
  instead('Date', 'yesterday'),
];

const BODIES: readonly string[] = [
  '',
  '\n',
  'x',
  'x\n',
  'x\n\n\n\n',
  '.\n..\n.x\n',
  'From here on\nFrom there\n',
  'trailing blanks   \n\ttabs\t\n',
  `${'a'.repeat(998)}\n`,
  `${'b'.repeat(999)}\n`,
  `${'c'.repeat(2500)}\n`,
  `${'d'.repeat(20_000)}\n`,
  'Grüße aus Kőszeg: żółć, 東京\n',
  `${'ü'.repeat(600)}\n`,
  'a line of a body\n'.repeat(400),
];

const MIME: readonly Change[] = [
  also(['MIME-Version', '1.0'], ['Content-Type', 'text/plain; charset=utf-8'], ['Content-Transfer-Encoding', '8bit']),
  also(['MIME-Version', '1.0'], ['Content-Type', 'text/html; charset=iso-8859-1']),
];

const SIZES: readonly number[] = [700, 10_000, 65_536, 200_000, 1_000_000];

/** A copy is found again by one of these. */
export const canBeFound = (headers: readonly Header[]): boolean => headers.some(([name]) => name === 'Subject' || name === 'Message-ID');

/** What may be between DATA and the dot; mostly the message that `send` makes. */
export function messages(from: string, to: readonly string[], limits: readonly number[]): Arbitrary<CaseMessage | undefined> {
  const apply = (changes: readonly Change[]): Header[] => {
    const headers = changes.reduce<Header[]>((list, change) => change(list), plainHeaders(from, to));
    return canBeFound(headers) ? headers : [...headers, ['Subject', `Explored \${run}`]];
  };
  const some = fc.subarray([...HEADER_CHANGES], { minLength: 0, maxLength: 3 });
  const body = fc.oneof({ weight: 2, arbitrary: fc.constant('A message of mailproof.\n') }, { weight: 3, arbitrary: fc.constantFrom(...BODIES) });
  // Just below what is taken: what is above it the announcement alone decides.
  const largest = limits.map((limit) => limit - 3000).filter((size) => size > 1000 && size < 12_000_000);
  return fc.oneof(
    { weight: 240, arbitrary: fc.constant(undefined) },
    {
      weight: 144,
      arbitrary: fc
        .tuple(some, fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...MIME) }), body)
        .map(([changes, mime, text]): CaseMessage => ({ headers: apply(mime === undefined ? changes : [...changes, mime]), body: text })),
    },
    { weight: 4, arbitrary: fc.constant<CaseMessage>({ headers: [['Subject', `\${run}`]], body: '' }) },
    { weight: 12, arbitrary: fc.constantFrom(...SIZES).map((size): CaseMessage => ({ size })) },
    { weight: largest.length > 0 ? 1 : 0, arbitrary: fc.constantFrom(...(largest.length > 0 ? largest : [700])).map((size): CaseMessage => ({ size })) },
  );
}
