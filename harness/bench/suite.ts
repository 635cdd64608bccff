import { runScenarios } from '../runner/index.ts';
import type { Figure } from './figures.ts';

/** Every scenario of the starter world on both variants, worlds started and taken away. */
export async function suite(): Promise<Figure[]> {
  const began = performance.now();
  const results = await runScenarios({ targets: ['starter'] });
  const ours = [performance.now() - began];
  if (results.outcome !== 'passed') process.stdout.write(`the suite did not pass (${results.outcome}): its time is not worth much\n`);
  return [
    { name: `all ${results.runs.length} scenarios of starter on both variants, against 25 s`, ours, theirs: [25_000], target: { kind: 'at most', ratio: 1 }, note: 'wanted' },
  ];
}
