import { expect, it } from 'vitest';
import { brokenScale } from './time-axis.ts';

it('keeps milliseconds and days apart on one axis', () => {
  const day = 86_400_000;
  const { x } = brokenScale([0, 40, 80, 5 * day, 5 * day + 30]);
  const places = [0, 40, 80, 5 * day, 5 * day + 30].map(x);
  for (const [index, place] of places.entries()) if (index > 0) expect(place - (places[index - 1] ?? 0)).toBeGreaterThan(40);
});

it('does not let labels run into one another', () => {
  const { ticks } = brokenScale(Array.from({ length: 200 }, (_, index) => index * 7));
  for (const [index, tick] of ticks.entries()) if (index > 0) expect(tick.x - (ticks[index - 1]?.x ?? 0)).toBeGreaterThan(80);
});
