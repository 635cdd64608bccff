import { expect, it } from 'vitest';
import { exampleResults } from './testdata/results.ts';
import { slowestText, verbsText } from './where-time-goes.ts';

const results = exampleResults();

it('names the slowest scenarios first, with their place and their longest step', () => {
  const runs = results.runs.map((run, index) => ({ ...run, duration_ms: [500, 7000, 30, 90, 1200][index] ?? 0 }));
  const lines = slowestText({ runs }, 2);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^ +7s {2}starter\/exim An alias .* \(scenarios\/starter\/alias\.scenario\.yaml:12\); 330ms of it: expect 2 delivered \(line 5\)$/);
  expect(lines[1]).toMatch(/^1\.2s {2}starter\/exim Mail waits/);
});

it('adds up the steps of each verb, and what is no step', () => {
  const [run] = results.runs;
  if (run === undefined) throw new Error('the example has runs');
  const [attempt] = run.attempts;
  if (attempt === undefined) throw new Error('the example has attempts');
  const attempts = [{ ...attempt, duration_ms: 1000, steps: attempt.steps.map((step, index) => ({ ...step, ms: [100, 600, 50][index] ?? 0 })) }];
  expect(verbsText({ runs: [{ ...run, attempts }] }).map((line) => line.replace(/ +/g, ' '))).toEqual([
    'expect 600ms 60 % 1 step',
    'other 250ms 25 % given, start, and what is checked at the end',
    'send 100ms 10 % 1 step',
    'clock 50ms 5 % 1 step',
  ]);
});
