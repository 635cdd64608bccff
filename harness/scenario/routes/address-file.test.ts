import { expect, test } from 'vitest';
import { InputError } from '../../base/index.ts';
import { parseAddresses, parseExpected } from './address-file.ts';

test('a line is an address, and who sends to it from where', () => {
  expect(parseAddresses('list', '# all of sales\nalice@example.test\n\nbob@example.test from=ann@sender.test client=198.51.100.66 # listed\nbob@example.test from=<>\n')).toEqual([
    { to: 'alice@example.test', file: 'list', line: 2 },
    { to: 'bob@example.test', from: 'ann@sender.test', client: '198.51.100.66', file: 'list', line: 4 },
    { to: 'bob@example.test', from: '<>', file: 'list', line: 5 },
  ]);
});

test('all mistakes are told at once, each at its place', () => {
  const wrong = 'alice\nbob@example.test form=ann@sender.test\nbob@example.test client=mx\ncarol@example.test\ncarol@example.test\n';
  const thrown = (() => {
    try {
      return parseAddresses('list', wrong);
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(InputError);
  expect(thrown instanceof InputError && thrown.diagnostics.map(({ line, col, code }) => `${line}:${col} ${code}`)).toEqual([
    '1:1 invalid-value',
    '2:18 unknown-key',
    '3:18 invalid-value',
    '5:1 duplicate',
  ]);
});

test('a file without an address is a mistake', () => {
  expect(() => parseAddresses('list', '# nobody\n')).toThrow('names no address');
});

test('a line may say what is expected of its address, a text in quotation marks is one word', () => {
  expect(parseExpected('list', 'alice@example.test\tstore alice # her box\n"a b"@example.test from=<> 550 "no such user"\n')).toEqual([
    { to: 'alice@example.test', file: 'list', line: 1, words: ['store', 'alice'] },
    { to: '"a b"@example.test', from: '<>', file: 'list', line: 2, words: ['550', 'no such user'] },
  ]);
});

test('a YAML file says the same', () => {
  expect(parseExpected('list.yaml', '# the boxes\nalice@example.test: store alice\nbob@example.test client=198.51.100.66:\n  - 554\n  - is listed\n')).toEqual([
    { to: 'alice@example.test', file: 'list.yaml', line: 2, words: ['store', 'alice'] },
    { to: 'bob@example.test', client: '198.51.100.66', file: 'list.yaml', line: 3, words: ['554', 'is listed'] },
  ]);
});

test('an address of which nothing is expected is a mistake', () => {
  expect(() => parseExpected('list', 'alice@example.test\n')).toThrow('1:1 missing-key nothing is expected of it');
});
