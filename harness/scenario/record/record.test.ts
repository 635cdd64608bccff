import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { worldTime } from '../../base/index.ts';
import type { DoneStep } from '../by-hand/journal.ts';
import { literalPattern, matches, matchesAddress } from '../pattern.ts';
import { longer, roundedUp } from './duration.ts';
import { inline } from './scenario-text.ts';
import { stillStanding } from './standing.ts';

test.each(['plain', '/var/mail/x', '|/usr/bin/intake -f a*b?', 'what?', '/', 'a.b', '/a/i'])('a text becomes the pattern of itself alone: %s', (text) => {
  const pattern = literalPattern(text);
  expect(matches(pattern, text)).toBe(true);
  for (const other of [`${text}x`, `x${text}`, text.replace(/[*?.]/, 'y')]) if (other !== text) expect(matches(pattern, other), other).toBe(false);
});

test('an address is the same with its domain in another case, also as a pattern', () => {
  expect(matchesAddress(literalPattern('Ann@Sender.Test'), 'Ann@sender.test')).toBe(true);
});

test.each([
  ['a text with a comma, and "marks"', 'x: y', '# not a comment', '{', '', '5', 'yes', 'two\nlines'],
  [{ to: ['a', 'b, c'], 'lose one in': 10, none: [], 'odd: key': { deep: true } }],
])('a value on one line is read as the same value: %j', (...values) => {
  for (const value of values) {
    const text = inline({ value });
    expect(text).not.toContain('\n');
    expect(parse(text)).toEqual({ value });
  }
});

test('a duration is rounded up to minutes, with all its parts', () => {
  expect([1, 60_000, 60_001, 90_061_000, 3_600_000].map(roundedUp)).toEqual(['1m', '1m', '2m', '1d 1h 2m', '1h']);
  expect(longer('1h 30m', 90_000)).toBe('1h 32m');
});

test('what was taken back stands no longer, and of two changes the later one stands', () => {
  const steps: [string, unknown][] = [
    ['cut', ['mx', 'store']],
    ['slow', { between: ['mx', 'hosted.test'], delay: '1s' }],
    ['stop', 'mx/exim'],
    ['kill', 'store'],
    ['outside', { 'hosted.test': { behaves: ['no starttls'] } }],
    ['heal', ['store', 'mx']],
    ['send', { from: 'a@b.test', to: 'c@d.test' }],
    ['clock', 'advance 1h'],
    ['clock', { host: 'mx', skew: '5m' }],
    ['start', 'mx'],
    ['outside', { 'hosted.test': { behaves: [] } }],
  ];
  const done = steps.map(([verb, value], index): DoneStep => ({ verb, value, number: index + 1, seq: index + 1, after: index, at: worldTime(index), began: worldTime(index) }));
  expect(stillStanding(done).map(({ number }) => number)).toEqual([2, 4, 9, 11]);
});
