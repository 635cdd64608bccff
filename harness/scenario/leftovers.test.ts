import { expect, test } from 'vitest';
import { serverTroubles } from './connect.ts';
import { removals } from './leftovers.ts';

test('a message that is being delivered is told from one that was removed', () => {
  for (const { busy, example } of Object.values(removals)) if (example !== '') expect(example).toMatch(busy);
  expect('Message 1xUaN7-00000e-2e has been removed').not.toMatch(removals.exim?.busy ?? /^/);
});

test('ids are quoted for the shell', () => {
  expect(removals.exim?.script(['1xUaN7-00000e-2e', "a'b"])).toBe("exim4 -Mrm '1xUaN7-00000e-2e' 'a'\\''b'");
});

test('a server that cannot be reached is told from a hub that cannot', () => {
  for (const { text, example } of serverTroubles) expect(example).toMatch(text);
  for (const hub of [
    'no connection from 203.0.113.10 to 203.0.113.10 port 25: that source address belongs to a host of the world',
    'no connection from a to b port 25: the hub did not take the token, or has no world yet',
  ])
    expect(serverTroubles.some(({ text }) => text.test(hub))).toBe(false);
});
