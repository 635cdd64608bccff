import path from 'node:path';
import { overallOutcome } from '../../runner/index.ts';
import { RESULTS_VERSION, type Results, type ScenarioRun } from '../../scenario/index.ts';

/** What was run of one world, under the names by which the sides are compared. */
export interface Naming {
  /** `base` or `head`, in the place of the variant. */
  side: string;
  /** `starter`, or `starter/postfix` where several variants of it are compared. */
  world: string;
  /** Of the project that was run: places in files are told from there. */
  root: string;
}

/** Results of one side: only these scenarios, and these runs besides. */
export function named(results: Results, { side, world, root }: Naming, both: ReadonlySet<string>, more: readonly ScenarioRun[]): Results {
  const runs = [...results.runs.filter((run) => both.has(run.scenario)).map((run) => placed(run, root)), ...more].map((run) => ({ ...run, world, variant: side }));
  const of = <T extends object>(list: readonly T[]): T[] => list.map((one) => ({ ...one, world, variant: side }));
  return {
    ...results,
    outcome: overallOutcome(runs),
    runs,
    strays: of(results.strays),
    unparsed: of(results.unparsed),
    unknownNames: of(results.unknownNames),
    // What some scenarios leave open is no news about the whole world.
    whole: [],
    requirements: results.requirements.map((one) => ({ ...one, world, covered: one.covered.map((run) => ({ ...run, variant: side })) })),
  };
}

function placed(run: ScenarioRun, root: string): ScenarioRun {
  const file = (shown: string): string => path.relative(root, path.resolve(shown)).split(path.sep).join('/');
  return { ...run, attempts: run.attempts.map((attempt) => (attempt.error === undefined ? attempt : { ...attempt, error: { ...attempt.error, file: file(attempt.error.file) } })) };
}

/** Both sides in one, for the report of the runs. */
export function sideBySide(base: Results, head: Results): Results {
  const runs = [...base.runs, ...head.runs];
  return {
    ...head,
    outcome: overallOutcome(runs),
    started: base.started,
    duration_ms: base.duration_ms + head.duration_ms,
    environment: { ...head.environment, images: [...new Map([...base.environment.images, ...head.environment.images].map((image) => [image.tag, image])).values()] },
    runs,
    strays: [...base.strays, ...head.strays],
    unparsed: [...base.unparsed, ...head.unparsed],
    unknownNames: [...base.unknownNames, ...head.unknownNames],
    requirements: head.requirements.map((one) => ({
      ...one,
      covered: [...(base.requirements.find(({ world, id }) => world === one.world && id === one.id)?.covered ?? []), ...one.covered],
    })),
  };
}

/** Where nothing was run. */
export function noResults(): Results {
  return {
    version: RESULTS_VERSION,
    outcome: 'skipped',
    started: new Date().toISOString(),
    duration_ms: 0,
    environment: { mailproof: '', node: process.versions.node, engine: '', images: [] },
    runs: [],
    strays: [],
    unparsed: [],
    unknownNames: [],
    whole: [],
    requirements: [],
  };
}
