import { formatDuration } from '../base/index.ts';
import type { Results } from '../scenario/index.ts';
import { plural, projectOf } from './words.ts';

/** The scenarios that took longest, each with the step that did. */
export function slowestText(results: Pick<Results, 'runs'>, count: number): string[] {
  const shown = [...results.runs].sort((a, b) => b.duration_ms - a.duration_ms).slice(0, count);
  const times = shown.map((run) => formatDuration(run.duration_ms));
  const width = Math.max(0, ...times.map((time) => time.length));
  return shown.map((run, index) => {
    const longest = run.attempts
      .flatMap((attempt) => attempt.steps)
      .reduce<{ ms: number; summary: string; line: number } | undefined>((a, b) => (a && a.ms >= b.ms ? a : b), undefined);
    const step = longest === undefined ? '' : `; ${formatDuration(Math.round(longest.ms))} of it: ${longest.summary.split('\n')[0]} (line ${longest.line})`;
    return `${(times[index] ?? '').padStart(width)}  ${projectOf(run)} ${run.scenario} (${run.file}:${run.line})${step}`;
  });
}

/** The time of all steps by their verb, and what scenarios take besides their steps; they run side by side, so it is more than the clock on the wall. */
export function verbsText(results: Pick<Results, 'runs'>): string[] {
  const attempts = results.runs.flatMap((run) => run.attempts);
  const steps = attempts.flatMap((attempt) => attempt.steps).filter((step) => step.outcome !== 'not-run');
  const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
  const total = sum(attempts.map((attempt) => attempt.duration_ms));
  const verbs = [...Map.groupBy(steps, (step) => step.verb)].map(([verb, own]) => ({ name: verb, ms: sum(own.map((step) => step.ms)), count: own.length }));
  const rows = [
    ...verbs.map(({ name, ms, count }) => ({ name, ms, what: plural(count, 'step') })),
    { name: 'other', ms: total - sum(steps.map((step) => step.ms)), what: 'given, start, and what is checked at the end' },
  ].sort((a, b) => b.ms - a.ms);
  const width = Math.max(...rows.map((row) => row.name.length));
  return rows.map(
    ({ name, ms, what }) =>
      `${name.padEnd(width)}  ${formatDuration(Math.max(0, Math.round(ms))).padStart(8)}  ${String(Math.round((100 * ms) / Math.max(1, total))).padStart(3)} %  ${what}`,
  );
}
