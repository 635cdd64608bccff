import { expect, it } from 'vitest';
import { kindOf } from './address-kinds.ts';
import { type Case, plainHeaders } from './case.ts';
import { generateCases } from './generate.ts';
import { shrink, smallerCases } from './shrink.ts';
import { MATERIAL } from './testdata.ts';

const smaller = (one: Case): Case[] => smallerCases(one, MATERIAL);
const small = (start: Case, differs: (one: Case) => boolean): Promise<{ smallest: Case; tried: number }> => shrink(start, smaller, async (some) => some.map(differs));

const RICH: Case = {
  client: '10.20.0.50',
  helo: 'localhost',
  tls: 'never',
  from: 'bea@hosted.test',
  to: ['bob@example.test', '"a b"@example.test', 'info+x@example.test'],
  message: { headers: [...plainHeaders('bea@hosted.test', ['bob@example.test']), ['X-Long', 'long '.repeat(100)], ['Cc', 'copy@hosted.test']], body: `${'x'.repeat(3000)}\nend\n` },
};

it('of what every message differs in, the plain message is left', async () => {
  expect((await small(RICH, () => true)).smallest).toEqual({ from: 'ann@sender.test', to: ['alice@example.test'] });
});

it('of one recipient, it alone is left', async () => {
  expect((await small(RICH, ({ to }) => to.includes('"a b"@example.test'))).smallest).toEqual({ from: 'ann@sender.test', to: ['"a b"@example.test'] });
});

it('of a client and a kind of recipient, both are left, and the first account has the place of another', async () => {
  const { smallest } = await small(RICH, ({ client, to }) => client === '10.20.0.50' && to.some((one) => kindOf(one, MATERIAL) === 'known with +suffix at example.test'));
  expect(smallest).toEqual({ client: '10.20.0.50', from: 'ann@sender.test', to: ['alice+x@example.test'] });
});

it('of a sender, it is left with the plain recipient', async () => {
  expect((await small(RICH, ({ from }) => from.endsWith('@hosted.test'))).smallest).toEqual({ from: 'bea@hosted.test', to: ['alice@example.test'] });
});

it('of a header field, an ordinary message with half of half of it is left', async () => {
  const long = ({ message }: Case): boolean => message !== undefined && 'headers' in message && message.headers.some(([name, value]) => name === 'X-Long' && value.length > 100);
  const { smallest } = await small(RICH, long);
  const message = smallest.message;
  if (message === undefined || !('headers' in message)) throw new Error('the message is gone');
  expect(message.headers.map(([name]) => name)).toEqual(['From', 'To', 'Subject', 'Date', 'Message-ID', 'X-Long']);
  expect(message.headers.at(-1)?.[1].length).toBeLessThan(200);
  expect(message.body.length).toBeLessThan(30);
  expect({ ...smallest, message: undefined }).toEqual({ from: 'ann@sender.test', to: ['alice@example.test'], message: undefined });
});

it('of two recipients that belong together, both are left', async () => {
  const { smallest } = await small(RICH, ({ to }) => to.includes('bob@example.test') && to.includes('info+x@example.test'));
  expect(smallest).toEqual({ from: 'ann@sender.test', to: ['bob@example.test', 'info+x@example.test'] });
});

it('nothing smaller that differs: the case itself is left', async () => {
  expect((await small(RICH, () => false)).smallest).toEqual(RICH);
});

it('ends where it was told to', async () => {
  const { tried } = await shrink(RICH, smaller, async (some) => some.map(() => false), 8);
  expect(tried).toBe(8);
});

it('tries no case twice, and always comes to an end', async () => {
  for (const one of generateCases(MATERIAL, { seed: 5, count: 60 })) {
    const seen: string[] = [];
    const { smallest } = await shrink(one, smaller, async (some) => {
      seen.push(...some.map((other) => JSON.stringify(other)));
      return some.map((_, index) => (seen.length + index) % 3 === 0);
    });
    expect(new Set(seen).size).toBe(seen.length);
    expect(smallest.to.length).toBeGreaterThan(0);
  }
});
