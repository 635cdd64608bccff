import { expect, test } from 'vitest';
import { compareHeaders, messageIdOf, sameBody, splitMessage } from './mail-text.ts';

test('folded header fields are unfolded, and the body keeps its line ends', () => {
  const { headers, body } = splitMessage(Buffer.from('Subject: a\r\n long\r\n\tone\r\nX-Empty:\r\nMessage-ID:\r\n <1@a.test> (comment)\r\n\r\nbody\nmore\r\n'));
  expect(headers).toEqual([
    ['Subject', 'a long\tone'],
    ['X-Empty', ''],
    ['Message-ID', '<1@a.test> (comment)'],
  ]);
  expect(messageIdOf(headers)).toBe('<1@a.test>');
  expect(body.toString()).toBe('body\nmore\r\n');
});

test('a message may have no header, or no body', () => {
  expect(splitMessage(Buffer.from('\r\nonly body'))).toEqual({ headers: [], body: Buffer.from('only body') });
  expect(splitMessage(Buffer.from('Subject: x'))).toEqual({ headers: [['Subject', 'x']], body: Buffer.alloc(0) });
});

test('header bytes that are no UTF-8 are kept as Latin-1', () => {
  expect(splitMessage(Buffer.from([...Buffer.from('Subject: caf'), 0xe9, 0x0d, 0x0a, 0x0d, 0x0a])).headers).toEqual([['Subject', 'café']]);
});

test('bodies are the same when only line ends differ', () => {
  expect(sameBody(Buffer.from('a\nb'), Buffer.from('a\r\nb\r\n\r\n'))).toBe(true);
  expect(sameBody(Buffer.from('a\nb'), Buffer.from('a\r\nb \r\n'))).toBe(false);
});

test('several fields of one name are told apart', () => {
  expect(
    compareHeaders(
      [['Received', 'one']],
      [
        ['Received', 'two'],
        ['Received', 'one'],
      ],
    ),
  ).toEqual({ added: [['Received', 'two']], removed: [], changed: [] });
});
