import { expect, test } from 'vitest';
import { align } from './align.ts';

const same = (one: string, other: string): number => (one === other ? 1 : 0);

test('what one list has besides stands alone, wherever it stands', () => {
  expect(
    align(
      [
        ['a', 'b', 'c'],
        ['a', 'b', 'c'],
        ['x', 'a', 'b', 'c'],
      ],
      same,
    ),
  ).toEqual([
    ['a', 'a', 'a'],
    ['b', 'b', 'b'],
    ['c', 'c', 'c'],
    [undefined, undefined, 'x'],
  ]);
});

test('what one list lacks leaves its place empty', () => {
  expect(
    align(
      [
        ['a', 'b', 'c'],
        ['c', 'a', 'b'],
        ['b', 'c'],
      ],
      same,
    ),
  ).toEqual([
    ['a', 'a', undefined],
    ['b', 'b', 'b'],
    ['c', 'c', 'c'],
  ]);
});

test('what is another in the one list stands beside what it was', () => {
  expect(
    align(
      [
        ['a', 'b'],
        ['a', 'b'],
        ['a', 'x'],
      ],
      same,
    ),
  ).toEqual([
    ['a', 'a', 'a'],
    ['b', 'b', 'x'],
  ]);
});

test('what can never be the same stands alone', () => {
  expect(align([['a'], ['b'], ['b']], (one, other) => (one === other ? 1 : -1))).toEqual([
    ['a', undefined, undefined],
    [undefined, 'b', 'b'],
  ]);
});
