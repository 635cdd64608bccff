import { ERROR_CODES, type ErrorCode, EXIT, type ExitCode } from '../base/index.ts';
import type { AttemptRecord, Results, RunOutcome, ScenarioRun } from '../scenario/index.ts';

/** The environment's fault, not the mail system's: nothing can be said about the scenario. */
function undecided(attempt: AttemptRecord): boolean {
  const code = attempt.error?.code;
  return code !== undefined && isErrorCode(code) && ERROR_CODES[code] === EXIT.environment;
}

function isErrorCode(code: string): code is ErrorCode {
  return code in ERROR_CODES;
}

/** The last attempt counts; one that passed only after a failure is flaky. */
export function outcomeOf(attempts: readonly AttemptRecord[]): RunOutcome {
  const last = attempts.at(-1);
  if (last === undefined) return 'skipped';
  if (last.outcome === 'passed') return attempts.some((attempt) => attempt.outcome === 'failed') ? 'flaky' : 'passed';
  return undecided(last) ? 'indeterminate' : 'failed';
}

/** The worst of a run: a failure hides nothing behind an environment that broke. */
export function overallOutcome(runs: readonly Pick<ScenarioRun, 'outcome'>[]): RunOutcome {
  const order: RunOutcome[] = ['failed', 'indeterminate', 'flaky', 'passed'];
  return order.find((outcome) => runs.some((run) => run.outcome === outcome)) ?? 'skipped';
}

/** Exit code of a run; flaky scenarios fail it only when asked to. */
export function exitCodeOf(results: Pick<Results, 'outcome' | 'runs'>, options: { failOnFlaky?: boolean } = {}): ExitCode {
  if (results.outcome === 'failed') return EXIT.failed;
  if (options.failOnFlaky === true && results.runs.some((run) => run.outcome === 'flaky')) return EXIT.failed;
  return results.outcome === 'indeterminate' ? EXIT.indeterminate : EXIT.ok;
}
