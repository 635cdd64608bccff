import { formatDuration } from '../base/index.ts';
import type { ObservedOutcome, Results, RunOutcome, ScenarioRun } from '../scenario/index.ts';

/** In the order in which a reader wants them: what needs looking at first. */
export const OUTCOMES: readonly RunOutcome[] = ['failed', 'indeterminate', 'flaky', 'skipped', 'passed'];

export function countOutcomes(runs: readonly ScenarioRun[]): { outcome: RunOutcome; count: number }[] {
  return OUTCOMES.map((outcome) => ({ outcome, count: runs.filter((run) => run.outcome === outcome).length })).filter(({ count }) => count > 0);
}

/** `2 failed, 1 flaky, 40 passed`. */
export function countText(runs: readonly ScenarioRun[]): string {
  return (
    countOutcomes(runs)
      .map(({ outcome, count }) => `${count} ${outcome}`)
      .join(', ') || 'nothing was run'
  );
}

const VERDICTS: Readonly<Record<RunOutcome, string>> = {
  failed: 'Failed',
  indeterminate: 'Cannot say: the environment failed',
  flaky: 'Passed, but not at the first attempt',
  skipped: 'Nothing was run',
  passed: 'Passed',
};

export function verdictText(results: Pick<Results, 'outcome'>): string {
  return VERDICTS[results.outcome];
}

/** Failures first, then by place in the files. */
export function byInterest(runs: readonly ScenarioRun[]): ScenarioRun[] {
  return [...runs].sort(
    (a, b) => OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome) || a.file.localeCompare(b.file) || a.line - b.line || a.variant.localeCompare(b.variant),
  );
}

export const projectOf = (run: { world: string; variant: string }): string => `${run.world}/${run.variant}`;

/** The error that a reader should see first: that of the last failed attempt. */
export function errorOf(run: ScenarioRun): NonNullable<ScenarioRun['attempts'][number]['error']> | undefined {
  return run.attempts.findLast((attempt) => attempt.error !== undefined)?.error;
}

/** One line for one copy's end. */
export function outcomeText(outcome: ObservedOutcome): string {
  const via = outcome.route.length > 1 ? ` by ${outcome.route.join(' > ')}` : '';
  const reply = outcome.reply === undefined ? '' : `: ${outcome.reply.code}${outcome.reply.enhanced === undefined ? '' : ` ${outcome.reply.enhanced}`} at ${outcome.reply.stage}`;
  const dsn = outcome.dsn === undefined ? '' : `: ${outcome.dsn.action} ${outcome.dsn.status} for ${outcome.dsn.recipient}`;
  const original = outcome.original === '' || outcome.original === outcome.to ? '' : ` (sent to ${outcome.original})`;
  const after = outcome.afterMs === undefined ? '' : ` after ${formatDuration(outcome.afterMs)}`;
  return `${outcome.kind} ${outcome.to}${original} at ${outcome.place}${via}${reply}${dsn}${after}`;
}

/** `1d 2h` since a moment, with a sign, both in world time. */
export function sinceText(at: number, start: number): string {
  return `+${formatDuration(Math.max(0, at - start))}`;
}

/** `1 line`, `2 lines`. */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
