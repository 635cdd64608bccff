/** One comparison that was measured in this run. */
export interface Figure {
  name: string;
  /** What was measured, and what it is held against; milliseconds. */
  ours: number[];
  theirs: number[];
  /** Largest (`at most`) or smallest (`at least`) ratio that is good enough. */
  target: { kind: 'at most' | 'at least'; ratio: number };
  /** `at most`: ours/theirs; `at least`: theirs/ours. */
  note: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

export function ratioOf(figure: Figure): number {
  const [ours, theirs] = [median(figure.ours), median(figure.theirs)];
  return figure.target.kind === 'at most' ? ours / theirs : theirs / ours;
}

export function metBy(figure: Figure): boolean {
  const ratio = ratioOf(figure);
  return figure.target.kind === 'at most' ? ratio <= figure.target.ratio : ratio >= figure.target.ratio;
}

const spread = (values: readonly number[]): string =>
  `${Math.round(median(values))} ms (${Math.round(Math.min(...values))}-${Math.round(Math.max(...values))}, n=${values.length})`;

export function render(figures: readonly Figure[]): string {
  return figures
    .map((figure) =>
      [
        `${metBy(figure) ? 'ok  ' : 'SLOW'} ${figure.name}: ratio ${ratioOf(figure).toFixed(2)}, ${figure.target.kind} ${figure.target.ratio}`,
        `       ours ${spread(figure.ours)}; ${figure.note} ${spread(figure.theirs)}`,
      ].join('\n'),
    )
    .join('\n');
}
