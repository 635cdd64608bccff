import { MailproofError } from '../base/index.ts';
import { type RunOptions, runScenarios, selectScenarios } from '../runner/index.ts';
import type { Results } from '../scenario/index.ts';
import { readAccepted } from './accepted.ts';
import { compareRuns, type Side } from './compare-runs.ts';
import { configurationHash, hostsOfSide } from './configuration-hash.ts';
import type { Parity } from './model.ts';

export interface ParityOptions extends Omit<RunOptions, 'variants' | 'shard'> {
  reference: string;
  candidate: string;
  /** Scenarios that only one side has are run on it all the same; they are not compared. */
  everything?: boolean;
}

/** What a parity run leaves: the comparison, and the runs that it compares. */
export interface ParityRun {
  parity: Parity;
  /** Both variants. */
  first: Results;
  /** The reference once more. */
  second: Results;
}

/**
 * Runs the same scenarios on both variants, and on the reference a second time, and compares.
 * @throws InputError, MailproofError as `runScenarios`; USAGE when both sides are the same variant
 */
export async function runParity(options: ParityOptions): Promise<ParityRun> {
  const { reference, candidate, everything = false, ...run } = options;
  if (reference === candidate) throw new MailproofError('USAGE', `reference and candidate are both "${reference}"`, { hint: 'name two variants of the world' });
  const root = run.root ?? process.cwd();
  const both = { variants: [reference, candidate], alsoOn: [reference, candidate] };
  const projects = selectScenarios({ ...run, root, targets: run.targets ?? [], ...both });
  const dirs = [...new Set(projects.map((project) => project.model.dir))];
  // Read before anything runs, so that a mistake in it costs no time.
  const accepted = dirs.flatMap(readAccepted);
  const first = await runScenarios({ ...run, ...(everything ? { variants: both.variants } : both) });
  const second = await runScenarios({ ...run, ...both, variants: [reference] });
  const side = (variant: string, results: Results): Side => {
    const own = projects.filter((project) => project.model.variant === variant);
    const models = own.map((project) => project.model);
    const leftOut = own.flatMap((project) => project.leftOut.map((one) => ({ world: project.model.name, ...one })));
    const compared = results.runs.filter((run) => !leftOut.some(({ file, title }) => file === run.file && title === run.scenario));
    return {
      variant,
      hash: configurationHash(models),
      results: { ...results, runs: compared },
      elsewhere: own.flatMap(({ elsewhere }) => elsewhere),
      leftOut,
      hosts: models.flatMap(({ hosts }) => hosts),
      machines: hostsOfSide(models, results),
    };
  };
  const parity = compareRuns({
    referenceA: side(reference, first),
    referenceB: side(reference, second),
    candidate: side(candidate, first),
    accepted,
    partial: isPartial(run),
    today: new Date().toISOString().slice(0, 10),
  });
  return { parity, first, second };
}

/** true when filters leave out scenarios, so that an acceptance may lack its difference. */
function isPartial(run: Omit<RunOptions, 'variants'>): boolean {
  return run.name !== undefined || (run.tags?.length ?? 0) > 0 || (run.covers?.length ?? 0) > 0 || (run.targets ?? []).some((target) => /\.scenario\.yaml(?::\d+)?$/.test(target));
}
