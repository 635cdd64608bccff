import type { Results, ScenarioRun } from '../scenario/index.ts';
import { escapeText } from './html/markup.ts';
import { projectOf } from './words.ts';

/** `junit.xml` in the form that GitLab, Jenkins and GitHub actions read: one suite for each variant of a world. */
export function junit(results: Results): string {
  const projects = [...new Set(results.runs.map(projectOf))];
  const suites = projects.map((project) =>
    suite(
      project,
      results.runs.filter((run) => projectOf(run) === project),
      results.started,
    ),
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="mailproof" ${totals(results.runs)} time="${seconds(results.duration_ms)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(project: string, runs: readonly ScenarioRun[], started: string): string {
  const time = runs.reduce((sum, run) => sum + run.duration_ms, 0);
  return [
    `  <testsuite name="${escapeText(project)}" timestamp="${started}" ${totals(runs)} time="${seconds(time)}">`,
    ...runs.map((run) => testcase(project, run)),
    '  </testsuite>',
  ].join('\n');
}

function totals(runs: readonly ScenarioRun[]): string {
  const count = (outcome: ScenarioRun['outcome']): number => runs.filter((run) => run.outcome === outcome).length;
  return `tests="${runs.length}" failures="${count('failed')}" errors="${count('indeterminate')}" skipped="${count('skipped')}"`;
}

function testcase(project: string, run: ScenarioRun): string {
  const open = `    <testcase classname="${escapeText(project)}" name="${escapeText(run.scenario)}" file="${escapeText(run.file)}" line="${run.line}" time="${seconds(run.duration_ms)}"`;
  const inside = run.attempts.flatMap((attempt, index) => {
    const { error } = attempt;
    if (error === undefined) return [];
    // A failure that a later attempt mended is kept in the form that Maven's surefire made known.
    const element = run.outcome === 'flaky' ? 'flakyFailure' : run.outcome === 'indeterminate' ? 'error' : 'failure';
    const last = index === run.attempts.length - 1;
    if (!last && run.outcome !== 'flaky') return [];
    const place = `${error.file}:${error.line}:${error.col}`;
    return [
      `      <${element} message="${escapeText(error.message.split('\n')[0] ?? '')}" type="${escapeText(error.code)}">${escapeText(`${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}    at ${place}\nagain: ${run.again}`)}</${element}>`,
    ];
  });
  if (run.outcome === 'skipped') inside.push('      <skipped/>');
  return inside.length === 0 ? `${open}/>` : [`${open}>`, ...inside, '    </testcase>'].join('\n');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
