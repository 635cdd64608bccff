import { RESULTS_VERSION, type Results, type ScenarioRun } from '../../scenario/index.ts';
import type { WorldModel } from '../../world/index.ts';
import type { Acceptance } from '../accepted.ts';
import { compareRuns, type Side } from '../compare-runs.ts';
import type { ScenarioParity } from '../model.ts';

/** The runs of some cases; without a second run of the reference its first one stands for both, and nothing is noise. */
export interface Runs {
  reference: readonly (ScenarioRun | undefined)[];
  second?: readonly (ScenarioRun | undefined)[];
  candidate: readonly (ScenarioRun | undefined)[];
}

/** Compares them as the runs of any scenario. @returns by title */
export function compareCases(runs: Runs, models: { reference: WorldModel; candidate: WorldModel }, accepted: readonly Acceptance[]): Map<string, ScenarioParity> {
  const side = (model: WorldModel, list: readonly (ScenarioRun | undefined)[]): Side => ({
    variant: model.variant,
    hash: '',
    hosts: model.hosts,
    results: resultsOf(list.filter((run) => run !== undefined)),
  });
  const { scenarios } = compareRuns({
    referenceA: side(models.reference, runs.reference),
    referenceB: side(models.reference, runs.second ?? runs.reference),
    candidate: side(models.candidate, runs.candidate),
    accepted,
    partial: true,
    today: new Date().toISOString().slice(0, 10),
  });
  return new Map(scenarios.map((scenario) => [scenario.scenario, scenario]));
}

function resultsOf(runs: ScenarioRun[]): Results {
  return {
    version: RESULTS_VERSION,
    outcome: 'passed',
    started: '',
    duration_ms: 0,
    environment: { mailproof: '', node: '', engine: '', images: [] },
    runs,
    strays: [],
    unparsed: [],
    unknownNames: [],
    whole: [],
    requirements: [],
  };
}
