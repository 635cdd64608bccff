import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isGone, KEPT, OWNER, ownerOf } from './owner.ts';

test('this process is not gone', () => {
  expect(ownerOf(process.pid)).toBe(OWNER);
  expect(isGone(OWNER)).toBe(false);
});

test('a process is gone once it has ended', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  const owner = ownerOf(child.pid ?? 0) ?? '';
  expect(isGone(owner)).toBe(false);
  child.stdin.end();
  await once(child, 'exit');
  expect(isGone(owner)).toBe(true);
});

test('a process that got the number of another is not taken for it', () => {
  const [pid, , ...machine] = OWNER.split('.');
  expect(isGone([pid, '1', ...machine].join('.'))).toBe(true);
});

test('owners on other machines and kept instances are never called gone', () => {
  expect(isGone('1.1.another-boot')).toBe(false);
  expect(isGone(KEPT)).toBe(false);
});
