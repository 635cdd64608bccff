import { expect, test } from 'vitest';
import { matches, matchesAddress, matchesCode, matchesDuration, type Pattern, patternSchema, showPattern } from './pattern.ts';

const TABLE: { pattern: Pattern; text: string | undefined; fits: boolean }[] = [
  { pattern: 'Hello', text: 'Hello', fits: true },
  { pattern: 'Hello', text: 'hello', fits: false },
  { pattern: 'Hello', text: 'Hello!', fits: false },
  { pattern: 'SRS0=*=*=a.test=ann@b.test', text: 'SRS0=xY=12=a.test=ann@b.test', fits: true },
  { pattern: 'a?c', text: 'abc', fits: true },
  { pattern: 'a?c', text: 'ac', fits: false },
  { pattern: 'a.c', text: 'abc', fits: false },
  { pattern: '*two*', text: 'one\ntwo\nthree', fits: true },
  { pattern: '/^re:/i', text: 'RE: hello', fits: true },
  { pattern: ['a', 'b'], text: 'b', fits: true },
  { pattern: { not: 'a' }, text: 'b', fits: true },
  { pattern: { not: ['a', 'b'] }, text: 'b', fits: false },
  { pattern: { not: 'a' }, text: undefined, fits: true },
  { pattern: '*', text: undefined, fits: false },
  { pattern: 250, text: '250', fits: true },
  { pattern: 0, text: '', fits: false },
  { pattern: true, text: 'true', fits: true },
];

test.for(TABLE)('$pattern against $text: $fits', ({ pattern, text, fits }) => {
  expect(patternSchema.safeParse(pattern).success).toBe(true);
  expect(matches(pattern, text)).toBe(fits);
});

test('a regular expression that does not compile is refused by the schema', () => {
  expect(patternSchema.safeParse('/(/').success).toBe(false);
});

test('the domain of an address is compared without case, the local part with it', () => {
  expect(matchesAddress('ann@Example.TEST', 'ann@example.test')).toBe(true);
  expect(matchesAddress('Ann@example.test', 'ann@example.test')).toBe(false);
  expect(matchesAddress('<>', '')).toBe(true);
  expect(matchesAddress({ not: 'ann@A.test' }, 'ann@a.test')).toBe(false);
});

test('codes compare as numbers and as kinds', () => {
  expect(matchesCode('5xx', 550)).toBe(true);
  expect(matchesCode('5xx', 450)).toBe(false);
  expect(matchesCode([450, '5xx'], 450)).toBe(true);
  expect(matchesCode({ not: '2xx' }, 250)).toBe(false);
  expect(matchesCode(250, undefined)).toBe(false);
});

test('durations compare within a tenth, or as bounds', () => {
  expect(matchesDuration('~ 15m', 16 * 60_000)).toBe(true);
  expect(matchesDuration('15m', 17 * 60_000)).toBe(false);
  expect(matchesDuration('< 15m', 14 * 60_000)).toBe(true);
  expect(matchesDuration('> 5d', 14 * 60_000)).toBe(false);
});

test('patterns read as a person would say them', () => {
  expect(showPattern({ not: ['a', '/b/i'] })).toBe('not "a" or /b/i');
});
