import type { RequirementResult, Results, RunOutcome } from '../scenario/index.ts';
import { OUTCOMES, plural } from './words.ts';

/** What the run says of one requirement: the worst of its scenarios, or why there is none. */
export type Standing = RunOutcome | 'not covered' | 'not tested' | 'not in this run';

export function standingOf(requirement: RequirementResult, results: Pick<Results, 'whole'>): Standing {
  const worst = OUTCOMES.find((outcome) => requirement.covered.some((one) => one.outcome === outcome));
  if (worst !== undefined) return worst;
  if (requirement.untested !== undefined) return 'not tested';
  return results.whole.includes(requirement.world) ? 'not covered' : 'not in this run';
}

/** How many scenarios cover it: each row of a table of examples is one, on however many variants it runs. */
export function scenarioCount(requirement: RequirementResult): number {
  return new Set(requirement.covered.map((one) => one.scenario)).size;
}

/** `requirements of starter: 28 of 29 covered, 1 failed`; one line for each world that was run whole, or for each world. */
export function requirementLines(results: Results, every = false): string[] {
  const worlds = [...new Set(results.requirements.map((requirement) => requirement.world))];
  return worlds.filter((world) => every || results.whole.includes(world)).flatMap((world) => linesOf(world, results));
}

function linesOf(world: string, results: Results): string[] {
  const own = results.requirements.filter((requirement) => requirement.world === world);
  const covered = own.filter((requirement) => requirement.covered.length > 0);
  const troubles = OUTCOMES.filter((outcome) => outcome !== 'passed')
    .map((outcome) => ({ outcome, count: covered.filter((requirement) => standingOf(requirement, results) === outcome).length }))
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }) => `${count} ${outcome}`);
  const lines = own.flatMap((requirement) => {
    const standing = standingOf(requirement, results);
    return [
      ...(standing === 'passed' || standing === 'not tested' ? [] : [`  ${requirement.id} ${standing}: ${requirement.text}`]),
      ...(requirement.untested === undefined ? [] : [`  ${requirement.id} not tested${standing === 'not tested' ? '' : ' in part'}: ${requirement.untested}`]),
    ];
  });
  return [`requirements of ${world}: ${covered.length} of ${own.length} covered${covered.length === 0 ? '' : `, ${troubles.join(', ') || 'all green'}`}`, ...lines];
}

/** The whole table, for a terminal. */
export function requirementTableText(results: Results): string[] {
  const rows = results.requirements.map((requirement) => {
    const standing = standingOf(requirement, results);
    return {
      id: `${requirement.world} ${requirement.id}`,
      standing,
      count: requirement.covered.length === 0 ? '' : plural(scenarioCount(requirement), 'scenario'),
      text: requirement.text,
      more: [
        ...requirement.covered.filter((one) => one.outcome !== 'passed').map((one) => `${one.outcome} on ${one.variant}: ${one.scenario}`),
        ...(requirement.untested === undefined ? [] : [`not tested${standing === 'not tested' ? '' : ' in part'}: ${requirement.untested}`]),
      ],
    };
  });
  const width = (of: 'id' | 'standing' | 'count'): number => Math.max(0, ...rows.map((row) => row[of].length));
  const widths = { id: width('id'), standing: width('standing'), count: width('count') };
  const indent = ' '.repeat(widths.id + widths.standing + widths.count + 6);
  return rows.flatMap((row) => [
    `${row.id.padEnd(widths.id)}  ${row.standing.padEnd(widths.standing)}  ${row.count.padEnd(widths.count)}  ${row.text}`,
    ...row.more.map((line) => `${indent}${line}`),
  ]);
}
