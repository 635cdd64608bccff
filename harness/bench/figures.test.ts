import { expect, test } from 'vitest';
import { type Figure, metBy, ratioOf, render } from './figures.ts';

const figure = (kind: 'at most' | 'at least', ratio: number): Figure => ({ name: 'ready', ours: [100, 300, 200], theirs: [50, 150, 100], target: { kind, ratio }, note: 'plain' });

test('a ratio is of medians, and says how much more is taken, or how much faster it is', () => {
  expect(ratioOf(figure('at most', 1))).toBe(2);
  expect(ratioOf(figure('at least', 1))).toBe(0.5);
});

test('a figure that misses its target is marked', () => {
  expect([metBy(figure('at most', 2)), metBy(figure('at most', 1.9)), metBy(figure('at least', 10))]).toEqual([true, false, false]);
  expect(render([figure('at least', 10)])).toMatch(/^SLOW ready: ratio 0\.50, at least 10/);
});
