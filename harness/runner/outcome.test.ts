import { describe, expect, it } from 'vitest';
import type { AttemptRecord } from '../scenario/index.ts';
import { exitCodeOf, outcomeOf, overallOutcome } from './outcome.ts';

const attempt = (code?: string): AttemptRecord => ({
  outcome: code === undefined ? 'passed' : 'failed',
  duration_ms: 1,
  ...(code === undefined ? {} : { error: { code, message: 'm', file: 'f', line: 1, col: 1 } }),
  steps: [],
  observation: { replies: [], outcomes: [] },
  violations: [],
  traces: [],
  logs: [],
});

describe('outcome of a scenario', () => {
  it.each([
    ['passed', [attempt()]],
    ['failed', [attempt('EXPECTATION')]],
    ['failed', [attempt('EXPECTATION'), attempt('INVARIANT')]],
    ['flaky', [attempt('EXPECTATION'), attempt()]],
    ['indeterminate', [attempt('HUB_UNREACHABLE')]],
    ['failed', [attempt('INTERNAL')]],
    ['skipped', []],
  ] as const)('is %s', (outcome, attempts) => {
    expect(outcomeOf(attempts)).toBe(outcome);
  });
});

describe('outcome of a run', () => {
  it.each([
    ['failed', ['passed', 'indeterminate', 'failed'], 1],
    ['indeterminate', ['passed', 'indeterminate', 'flaky'], 5],
    ['flaky', ['passed', 'flaky'], 0],
    ['passed', ['passed', 'skipped'], 0],
    ['skipped', [], 0],
  ] as const)('is %s for %j', (outcome, runs, code) => {
    expect(overallOutcome(runs.map((one) => ({ outcome: one })))).toBe(outcome);
    expect(exitCodeOf({ outcome, runs: [] })).toBe(code);
  });

  it('fails for flaky scenarios only when asked to', () => {
    const results = {
      outcome: 'flaky' as const,
      runs: [{ world: 'w', variant: 'v', scenario: 's', file: 'f', line: 1, tags: [], covers: [], outcome: 'flaky' as const, attempts: [], duration_ms: 1, again: '' }],
    };
    expect(exitCodeOf(results)).toBe(0);
    expect(exitCodeOf(results, { failOnFlaky: true })).toBe(1);
  });
});
