import { slowestText, verbsText } from '../report/index.ts';
import { runScenarios } from '../runner/index.ts';
import type { WorldModel } from '../world/index.ts';
import type { Figure } from './figures.ts';
import { wantedOf } from './wanted.ts';

const SLOWEST = 10;

/** Every scenario of a world on its default variants, instances started and taken away; and where the time goes. */
export async function suite({ name, dir, defaultVariants }: WorldModel): Promise<Figure[]> {
  const began = performance.now();
  // The moment when the first scenario had its instance: what was before it was start-up.
  let first = Number.POSITIVE_INFINITY;
  const results = await runScenarios({
    targets: [dir],
    listeners: [{ scenarioFinished: (run) => (first = Math.min(first, performance.now() - began - run.duration_ms)) }],
  });
  const took = performance.now() - began;
  if (results.outcome !== 'passed') process.stdout.write(`the suite did not pass (${results.outcome}): its time is not worth much\n`);
  const wanted = wantedOf(name).suite;
  const told = [
    `where the time of ${name} goes: ${(took / 1000).toFixed(1)} s, of it ${(first / 1000).toFixed(1)} s (${Math.round((100 * first) / took)} %) before the first scenario could begin`,
    `the ${Math.min(SLOWEST, results.runs.length)} slowest of ${results.runs.length} scenarios:`,
    ...slowestText(results, SLOWEST).map((line) => `  ${line}`),
    'all scenarios side by side, by verb:',
    ...verbsText(results).map((line) => `  ${line}`),
  ];
  process.stdout.write(`${told.map((line) => `     ${line}`).join('\n')}\n`);
  return [
    {
      name: `all ${results.runs.length} scenarios of ${name} on ${defaultVariants.join(' and ')}, against ${wanted / 1000} s`,
      ours: [took],
      theirs: [wanted],
      target: { kind: 'at most', ratio: 1 },
      note: 'wanted',
    },
  ];
}
