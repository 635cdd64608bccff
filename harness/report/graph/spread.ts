/** Something that takes a stretch of a line. */
export interface Stretch {
  size: number;
  /** Where its middle would like to be. */
  wish: number;
}

/**
 * Puts stretches side by side in the order given, apart by `gap`, between `from` and `to`, as near to their wishes as that
 * allows (least squares: pool adjacent violators).
 * @returns where each begins
 */
export function spread(stretches: readonly Stretch[], gap: number, from: number, to: number): number[] {
  // With what stands before each taken off, "no overlap" means "does not decrease".
  let before = 0;
  const offsets = stretches.map(({ size }) => {
    const offset = before;
    before += size + gap;
    return offset;
  });
  const pools: { sum: number; count: number }[] = [];
  for (const [index, { size, wish }] of stretches.entries()) {
    pools.push({ sum: wish - size / 2 - (offsets[index] ?? 0), count: 1 });
    for (;;) {
      const [last, previous] = [pools.at(-1), pools.at(-2)];
      if (last === undefined || previous === undefined || previous.sum / previous.count <= last.sum / last.count) break;
      pools.splice(-2, 2, { sum: previous.sum + last.sum, count: previous.count + last.count });
    }
  }
  const room = Math.max(from, to - (before - gap));
  const begins = pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => Math.min(Math.max(sum / count, from), room)));
  return begins.map((begin, index) => begin + (offsets[index] ?? 0));
}
