import { formatDuration } from '../base/index.ts';
import type { Results } from '../scenario/index.ts';
import { scenarioCount, standingOf } from './requirements.ts';
import { byInterest, countText, errorOf, plural, projectOf, verdictText } from './words.ts';

/** `summary.md`: what a merge request or a chat shows; GitHub's job summary takes it as it is. */
export function summaryMarkdown(results: Results): string {
  const out = [`# ${verdictText(results)}`, '', `${countText(results.runs)} in ${formatDuration(results.duration_ms)} (${results.environment.engine}).`, ''];
  const troubled = byInterest(results.runs).filter((run) => run.outcome !== 'passed' && run.outcome !== 'skipped');
  for (const run of troubled) {
    const error = errorOf(run);
    out.push(`## ${run.outcome}: ${inline(run.scenario)}`, '', `${projectOf(run)}, \`${error?.file ?? run.file}:${error?.line ?? run.line}\``, '');
    if (error) out.push(fence(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`), '');
    out.push(`Again: \`${run.again}\``, '');
  }
  if (results.requirements.length > 0) {
    out.push('## Requirements', '', '| id | requirement | scenarios | result | not tested |', '| --- | --- | ---: | --- | --- |');
    for (const requirement of results.requirements) {
      const { world, id, text, untested = '' } = requirement;
      out.push(`| ${world} ${id} | ${inline(text)} | ${scenarioCount(requirement)} | ${standingOf(requirement, results)} | ${inline(untested)} |`);
    }
    out.push('');
  }
  const list = (title: string, lines: string[]): void => void out.push(`## ${title}`, '', ...(lines.length > 0 ? lines : ['None.']), '');
  list(
    'Tried to leave the world',
    results.strays.map((stray) => `- ${stray.world}/${stray.variant}: ${stray.from} to \`${stray.to}\`, ${stray.what}`),
  );
  list(
    'Names that nobody declared',
    results.unknownNames.map((one) => `- ${projectOf(one)}: ${one.host} asked for ${code(one.name)} ${one.qtype}, ${plural(one.count, 'time')}`),
  );
  list(
    'Log lines that were not understood',
    results.unparsed.map((entry) => `- ${entry.world}/${entry.variant} ${entry.host} (${entry.software}): ${entry.count}, such as ${code(entry.samples[0] ?? '')}`),
  );
  return out.join('\n');
}

/** Text inside a line or a table cell. */
export function inline(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[|\\`*_<>[\]]/g, (character) => `\\${character}`);
}

/** Code in a line: the fence is longer than any run of backticks inside (CommonMark 6.1). */
function code(text: string): string {
  const ticks = '`'.repeat(longestRun(text) + 1);
  return `${ticks} ${text.replace(/\s+/g, ' ')} ${ticks}`;
}

export function fence(text: string): string {
  const ticks = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${ticks}\n${text}\n${ticks}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
