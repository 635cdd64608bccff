import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';
import { nearest } from './suggest.ts';

test.each([
  ['90s', 90_000],
  ['5m', 300_000],
  ['4d 23h', 428_400_000],
  ['4d23h', 428_400_000],
  ['1.5h', 5_400_000],
  ['250ms', 250],
])('the duration %s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['5', 'm', '5 minutes', '', '-5m', '5m!'])('"%s" is not a duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('durations are written with their two largest units', () => {
  expect([0, 900, 1500, 61_000, 428_400_000, 432_000_000].map(formatDuration)).toEqual(['0ms', '900ms', '1.5s', '1m 1s', '4d 23h', '5d']);
});

test('a mistyped word finds its neighbour, a different word finds none', () => {
  const verbs = ['send', 'submit', 'dialog', 'expect'];
  expect([nearest('sned', verbs), nearest('exepct', verbs), nearest('dialogue', verbs), nearest('deliver', verbs)]).toEqual(['send', 'expect', 'dialog', undefined]);
});
