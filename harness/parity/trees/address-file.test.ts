import { expect, test } from 'vitest';
import { InputError } from '../../base/index.ts';
import { parseAddresses } from './address-file.ts';

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
