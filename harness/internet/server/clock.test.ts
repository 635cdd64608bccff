import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WorldClock } from './clock.ts';

/** A folder that goes away with the test. */
function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mailproof-clock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const entries = (path: string): { count: bigint; offsets: bigint[] } => {
  const bytes = readFileSync(path);
  const count = bytes.readBigInt64LE(0);
  return { count, offsets: Array.from({ length: Number(count) }, (_, i) => bytes.readBigInt64LE(8 + i * 16 + 8)) };
};

test('a jump is written into the file that every host has mapped, with its skew', () => {
  const directory = temporary();
  const clock = new WorldClock(directory);
  clock.addHost('mx', 0);
  clock.addHost('store', -600_000);
  const inode = statSync(join(directory, 'mx')).ino;
  expect(entries(join(directory, 'mx'))).toEqual({ count: 0n, offsets: [] });
  expect(entries(join(directory, 'store')).offsets).toEqual([-600_000_000_000n]);
  const before = clock.now();
  clock.advance(300_000);
  expect(clock.now() - before).toBeGreaterThanOrEqual(300_000);
  expect(entries(join(directory, 'mx')).offsets).toEqual([300_000_000_000n]);
  expect(entries(join(directory, 'store')).offsets).toEqual([-600_000_000_000n, -300_000_000_000n]);
  expect(statSync(join(directory, 'mx'))).toMatchObject({ ino: inode, size: 8 + 4096 * 16 });
  expect(clock.state().skews).toEqual({ store: -600_000 });
  clock.close();
});

test('time does not go back, and a host without a clock cannot be skewed', () => {
  const clock = new WorldClock(temporary());
  expect(() => clock.advance(-1)).toThrow(/only goes forward/);
  expect(() => clock.skew('nobody', 1)).toThrow(/nobody/);
});
