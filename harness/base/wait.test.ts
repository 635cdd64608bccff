import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { MailproofError } from './errors.ts';
import { waitUntil } from './wait.ts';

const bell = new EventEmitter();
const onRing = (again: () => void): (() => void) => {
  bell.on('ring', again);
  return () => bell.off('ring', again);
};

test('a condition that is met at the first look resolves without subscribing', async () => {
  const before = bell.listenerCount('ring');
  await expect(waitUntil({ what: 'x', deadlineMs: 1000, look: () => ({ met: true, value: 7 }), subscribe: onRing })).resolves.toBe(7);
  expect(bell.listenerCount('ring')).toBe(before);
});

test('the condition is looked at again when something changed, and the subscription ends with it', async () => {
  let messages = 0;
  const wait = waitUntil({
    what: 'two messages came',
    deadlineMs: 5000,
    look: () => (messages >= 2 ? { met: true, value: messages } : { met: false, missing: `${2 - messages} to come` }),
    subscribe: onRing,
  });
  for (let i = 0; i < 2; i++) {
    messages++;
    bell.emit('ring');
  }
  await expect(wait).resolves.toBe(2);
  expect(bell.listenerCount('ring')).toBe(0);
});

test('giving up says the name of the condition and what was missing at the last look', async () => {
  const wait = waitUntil({ what: 'the queue of mx is empty', deadlineMs: 20, look: () => ({ met: false, missing: '3 messages are in it' }), subscribe: onRing });
  await expect(wait).rejects.toThrow('gave up after 20ms waiting until the queue of mx is empty: 3 messages are in it');
  await wait.catch((error: unknown) => expect(error).toBeInstanceOf(MailproofError));
  expect(bell.listenerCount('ring')).toBe(0);
});

test('a look that throws ends the wait with that error', async () => {
  let broken = false;
  const wait = waitUntil({
    what: 'x',
    deadlineMs: 5000,
    look: () => {
      if (broken) throw new Error('the hub is gone');
      return { met: false, missing: 'y' };
    },
    subscribe: onRing,
  });
  broken = true;
  bell.emit('ring');
  await expect(wait).rejects.toThrow('the hub is gone');
});

test('an aborted wait ends with the reason of the abort', async () => {
  const controller = new AbortController();
  const wait = waitUntil({ what: 'x', deadlineMs: 5000, look: () => ({ met: false, missing: 'y' }), subscribe: onRing, signal: controller.signal });
  controller.abort(new Error('interrupted'));
  await expect(wait).rejects.toThrow('interrupted');
});
