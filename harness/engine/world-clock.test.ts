import { expect, test } from 'vitest';
import { openEngine } from './engine.ts';
import { RELEASES } from './images/debian.ts';

const MINUTES = 60_000;

for (const release of RELEASES) {
  test(`programs of ${release} live in world time`, { timeout: 5 * MINUTES }, async () => {
    const engine = await openEngine(() => {});
    const images = await engine.ensureImages([{ image: 'base/test', release }], () => {});
    const { status, output } = await engine.runOnce({ image: images.get(`base/test@${release}`)?.tag ?? '', files: [], script: 'world-clock-test.sh' });
    const lines = output.trim().split('\n');
    expect(lines.filter((line) => !line.startsWith('ok '))).toEqual(['done']);
    // Both halves ran to their end: the shell's checks and the C program's.
    expect(lines).toContain('ok a file ages by the jump');
    expect(lines).toContain('ok a process sees the jumps of its whole life');
    expect(status).toBe(0);
  });
}
