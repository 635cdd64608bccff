import { expect, it } from 'vitest';
import { worldTime } from '../../base/index.ts';
import { brokenScale, timeAxis } from './time-axis.ts';

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

it('has a row for the store that a relay handed the message to, tied to the relay', () => {
  const { text } = timeAxis([
    {
      root: 'r1',
      hops: [
        {
          custody: 'mx/q1',
          host: 'mx',
          queueId: 'q1',
          at: worldTime(1000),
          from: 'ann@sender.test',
          cause: 'received',
          recipients: [{ address: 'bob@example.test', original: 'bob@example.test', state: { end: 'stored', host: 'store', user: 'bob', folder: 'INBOX', at: worldTime(1400) } }],
          parents: [],
          lines: [],
        },
      ],
    },
  ]);
  expect(text).toMatch(/<text x="0" y="\d+">mx<\/text>.*<text x="0" y="\d+">store<\/text>/s);
  expect(text).toContain('<title>store:bob/INBOX: stored</title>');
  expect(text.match(/<path class="link"/g)).toHaveLength(1);
});
