import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { withLock } from './lock.ts';

test('one after the other, each waits for the one before', async () => {
  const name = randomUUID();
  const order: string[] = [];
  const job = (id: string) =>
    withLock(
      name,
      () => order.push(`${id} waits`),
      async () => {
        order.push(`${id} begins`);
        await new Promise<void>((resolve) => setImmediate(resolve));
        order.push(`${id} ends`);
      },
    );
  await Promise.all([job('a'), job('b'), job('c')]);
  const work = order.filter((line) => !line.endsWith('waits'));
  for (let i = 0; i < work.length; i += 2) expect(work[i + 1]).toBe(work[i]?.replace('begins', 'ends'));
  expect(work).toHaveLength(6);
  expect(order.filter((line) => line.endsWith('waits'))).toHaveLength(2);
});

test('the lock of a process that was killed is free, and who waited for it goes on', async () => {
  const name = randomUUID();
  const module = new URL('./lock.ts', import.meta.url).href;
  const holder = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { withLock } from ${JSON.stringify(module)}; process.stdin.resume(); await withLock(${JSON.stringify(name)}, () => {}, async () => { console.log('held'); await new Promise(() => {}); });`,
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  await once(holder.stdout, 'data');
  const got = await withLock(
    name,
    () => holder.kill('SIGKILL'),
    async () => 'got it',
  );
  expect(got).toBe('got it');
  expect(holder.killed).toBe(true);
});

test('a failing job gives the lock back', async () => {
  const name = randomUUID();
  await expect(
    withLock(
      name,
      () => {},
      () => Promise.reject(new Error('no')),
    ),
  ).rejects.toThrow('no');
  expect(
    await withLock(
      name,
      () => expect.unreachable(),
      async () => 1,
    ),
  ).toBe(1);
});
