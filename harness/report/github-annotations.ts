import type { Results } from '../scenario/index.ts';
import { errorOf, projectOf } from './words.ts';

/** Workflow commands that make GitHub show each failure at its line of the scenario file. */
export function githubAnnotations(results: Results): string[] {
  return results.runs.flatMap((run) => {
    const error = errorOf(run);
    if (error === undefined || run.outcome === 'passed' || run.outcome === 'skipped') return [];
    const level = run.outcome === 'flaky' ? 'warning' : 'error';
    const properties = { file: error.file, line: String(error.line), col: String(error.col), title: `${projectOf(run)}: ${run.scenario}` };
    const shown = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
    return [`::${level} ${shown.join(',')}::${escapeData(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`)}`];
  });
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
