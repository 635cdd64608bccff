import { expect, test } from 'vitest';
import type { DeliveredActual } from './actual.ts';
import { explainMatching } from './explain.ts';
import { matchOutcomes, toSlots } from './matching.ts';
import { type NamedOutcome, OUTCOME_KINDS } from './outcomes/index.ts';
import { mailboxCopy, refusal, sentMessage } from './testing.ts';

function named(kind: string, value: unknown): NamedOutcome {
  const found = OUTCOME_KINDS.find((one) => one.kind === kind);
  if (!found) throw new Error(kind);
  return found.bind(value);
}

const alice = mailboxCopy('alice@example.test', { user: 'alice', folder: 'INBOX' });
const bob = mailboxCopy('bob@example.test', { user: 'bob', folder: 'Junk' });
const lineOf = (item: number): number => 10 + item;

test('a loose item does not take the copy that only a strict one could have named', () => {
  const items = [named('delivered', { to: '*@example.test' }), named('delivered', { to: 'alice@example.test' })];
  const matching = matchOutcomes(toSlots(items), [alice, bob]);
  expect(matching.unmet).toEqual([]);
  expect(matching.surplus).toEqual([]);
  expect(matching.pairs.map((pair) => [pair.slot.item, pair.actual.observed.to])).toEqual([
    [1, 'alice@example.test'],
    [0, 'bob@example.test'],
  ]);
});

test('every example of an outcome kind is a valid item of it', () => {
  for (const kind of OUTCOME_KINDS) expect(kind.schema.safeParse(kind.example).success, kind.kind).toBe(true);
});

test('what is missing is shown with the nearest copy and the fields that differ', () => {
  const matching = matchOutcomes(toSlots([named('delivered', { to: 'bob@example.test', folder: 'INBOX', headers: { Subject: 'Hi', 'X-Spam': 'yes' } })]), [alice, bob]);
  expect(explainMatching(matching, lineOf)).toMatchInlineSnapshot(`
    "expected, and did not happen:
      line 10: delivered: { to: bob@example.test, folder: INBOX, headers: { Subject: Hi, X-Spam: yes } }
        nearest: delivered to bob@example.test in store:bob/Junk, from <ann@sender.test>, message 1, subject "Hello"
          folder: expected "INBOX", was "Junk"
          header Subject: expected "Hi", was "Hello"
          header X-Spam: expected "yes", was absent
    happened, and was not named:
      delivered to alice@example.test in store:alice/INBOX, from <ann@sender.test>, message 1, subject "Hello"
      delivered to bob@example.test in store:bob/Junk, from <ann@sender.test>, message 1, subject "Hello""
  `);
});

test('an extra copy fails and is named', () => {
  const matching = matchOutcomes(toSlots([named('delivered', { to: 'alice@example.test' })]), [alice, bob]);
  expect(explainMatching(matching, lineOf)).toMatchInlineSnapshot(`
    "happened, and was not named:
      delivered to bob@example.test in store:bob/Junk, from <ann@sender.test>, message 1, subject "Hello"
    as expected:
      line 10: delivered to alice@example.test in store:alice/INBOX, from <ann@sender.test>, message 1, subject "Hello""
  `);
});

test('a count names so many copies, and one too few is missing', () => {
  const matching = matchOutcomes(toSlots([named('delivered', { to: 'alice@example.test', count: 2 })]), [alice]);
  expect(explainMatching(matching, lineOf)).toMatchInlineSnapshot(`
    "expected, and did not happen:
      line 10: delivered: { to: alice@example.test, count: 2 }
        the only one like it is named by line 10 already: delivered to alice@example.test in store:alice/INBOX, from <ann@sender.test>, message 1, subject "Hello"
    as expected:
      line 10: delivered to alice@example.test in store:alice/INBOX, from <ann@sender.test>, message 1, subject "Hello""
  `);
});

test('nothing at all is said to be nothing', () => {
  const matching = matchOutcomes(toSlots([named('queued', { at: 'mx', to: 'x@gone.test' })]), []);
  expect(explainMatching(matching, lineOf)).toMatchInlineSnapshot(`
    "expected, and did not happen:
      line 10: queued: { at: mx, to: x@gone.test }
    nothing else happened"
  `);
});

test('a refusal is compared by stage, code, enhanced code and text', () => {
  const refused = refusal('nobody@example.test', 'rcpt', 550, '5.1.1', 'no such user');
  expect(named('refused', { to: 'nobody@example.test', stage: 'rcpt', code: '5xx', enhanced: '5.1.1', text: '*no such*' }).compare(refused)).toEqual([]);
  expect(named('refused', { stage: 'dot', code: 450, enhanced: '4.*', text: 'later' }).compare(refused)).toEqual([
    { field: 'stage', expected: '"dot"', actual: '"rcpt"' },
    { field: 'code', expected: '450', actual: '550' },
    { field: 'enhanced', expected: '"4.*"', actual: '"5.1.1"' },
    { field: 'text', expected: '"later"', actual: '"no such user"' },
  ]);
});

test('the body is intact when only line ends differ, and the first difference is shown otherwise', () => {
  const lf = mailboxCopy('alice@example.test', { user: 'alice', folder: 'INBOX' }, { raw: Buffer.from('Subject: Hello\n\nline one\nline two\n\n') });
  const changed = mailboxCopy('alice@example.test', { user: 'alice', folder: 'INBOX' }, { raw: Buffer.from('Subject: Hello\n\nline one\nline 2\n') });
  expect(named('delivered', { body: 'intact' }).compare(lf)).toEqual([]);
  expect(named('delivered', { body: 'intact' }).compare(changed)).toEqual([{ field: 'body', expected: 'intact', actual: 'line 2: sent "line two", received "line 2"' }]);
});

test('header fields that came, went and changed on the way are found', () => {
  const copy = mailboxCopy(
    'alice@example.test',
    { user: 'alice', folder: 'INBOX' },
    { raw: Buffer.from('Received: x\r\nFrom: ann@sender.test\r\nSubject: [list] Hello\r\n\r\nline one\r\nline two\r\n') },
  );
  expect(named('delivered', { added: ['Received'], removed: ['Message-ID'], changed: { Subject: '[list]*' } }).compare(copy)).toEqual([]);
  expect(named('delivered', { added: ['X-New'], removed: ['Subject'], changed: { From: '*' } }).compare(copy)).toEqual([
    { field: 'added', expected: 'X-New', actual: 'Received' },
    { field: 'removed', expected: 'Subject', actual: 'Message-ID' },
    { field: 'changed From', expected: '"*"', actual: 'not changed (changed: Subject)' },
  ]);
});

test('an item that says indeterminate names one copy or two, any other item none of them', () => {
  const first = mailboxCopy('alice@example.test', { user: 'alice', folder: 'INBOX' }, { observed: { indeterminate: true } });
  const second = mailboxCopy('alice@example.test', { user: 'alice', folder: 'INBOX' }, { observed: { indeterminate: true } });
  const said = toSlots([named('delivered', { to: 'alice@example.test', indeterminate: true })]);
  expect(matchOutcomes(said, [first, second])).toMatchObject({ unmet: [], surplus: [] });
  expect(matchOutcomes(said, [first])).toMatchObject({ unmet: [], surplus: [] });
  expect(matchOutcomes(toSlots([named('delivered', { to: 'alice@example.test' })]), [first]).unmet).toHaveLength(1);
});

test('what the system wrote itself cannot be compared with a message as it was sent, and that is said', () => {
  const { raw: _, ...made } = sentMessage();
  const copy = mailboxCopy('alice@example.test', { user: 'alice', folder: 'INBOX' }, { sent: made });
  const differs = (value: unknown): string[] => (named('delivered', value).compare(copy) ?? []).map((one) => `${one.field}: ${one.actual}`);
  expect(differs({ to: 'alice@example.test', headers: { Subject: 'Hello' } })).toEqual([]);
  expect(differs({ body: 'intact' })).toEqual(['body: not comparable: this message was not written by the scenario']);
  for (const field of [{ added: ['Received'] }, { removed: ['Bcc'] }, { changed: { Subject: '*' } }])
    expect(differs(field)).toEqual(['header: not comparable: this message was not written by the scenario']);
});

/** A copy of the nth message of a stream, of its first root or of another. */
function streamed(number: number, more: { root?: string; indeterminate?: true } = {}): DeliveredActual {
  const copy = mailboxCopy(
    'alice@example.test',
    { user: 'alice', folder: 'INBOX' },
    { sent: sentMessage({ number, label: 'traffic' }), observed: more.indeterminate === true ? { indeterminate: true } : {} },
  );
  return { ...copy, ledger: { ...copy.ledger, root: more.root ?? `r/${number}` } };
}

const traffic = (count: number): NamedOutcome => named('delivered', { message: 'traffic', count, 'lost replies': 'allowed' });

test('of a stream each message counts once, and comes again only where a reply was lost', () => {
  const [again, doubtful, unexplained] = [streamed(1, { root: 'r/1/2' }), streamed(2, { indeterminate: true }), streamed(3)];
  const matching = matchOutcomes(toSlots([traffic(3)]), [streamed(1), streamed(2, { indeterminate: true }), streamed(3), again, doubtful, unexplained]);
  expect(matching.unmet).toEqual([]);
  expect(matching.repeated).toEqual([again, doubtful]);
  expect(matching.surplus).toEqual([unexplained]);
});

test('a second copy of one message does not stand for another one', () => {
  const matching = matchOutcomes(toSlots([traffic(2)]), [streamed(1), streamed(1, { root: 'r/1/2' })]);
  expect(matching.unmet).toHaveLength(1);
  expect(matching.surplus).toEqual([]);
});

test('without lost replies a second copy is one too many', () => {
  const matching = matchOutcomes(toSlots([named('delivered', { message: 'traffic' })]), [streamed(1), streamed(1, { root: 'r/1/2' })]);
  expect(matching.surplus).toHaveLength(1);
});

test('of many outcomes of a kind the first ones are shown, and how many more there are', () => {
  const matching = matchOutcomes(
    toSlots([traffic(300)]),
    Array.from({ length: 290 }, (_, index) => streamed(index + 1)),
  );
  const lines = explainMatching(matching, lineOf).split('\n');
  expect(lines.length).toBeLessThan(45);
  expect(lines).toContain('  ... and 281 more (line 10)');
});
