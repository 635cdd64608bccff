import { MailproofError } from '../base/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { type AttemptRecord, parseScenarios, type Scenario, type ScenarioExample, startScenario } from '../scenario/index.ts';
import type { World } from '../world/index.ts';
import { refuseProblems } from './run.ts';
import { type SelectionOptions, selectScenarios } from './selection.ts';

/** One scenario as it ran in a world that runs already. */
export interface HereRun {
  title: string;
  file: string;
  line: number;
  record: AttemptRecord;
  /** Why the world is no longer as it was before. */
  broken?: string;
}

/**
 * Runs scenarios one after the other in a world that runs already, on its variant; what they change is put back. Ends with the first that
 * could not put everything back.
 * @throws InputError for what is wrong in the files; MailproofError NOT_FOUND when nothing is selected
 */
export async function runHere({ world, ledger }: { world: World; ledger: Ledger }, options: Omit<SelectionOptions, 'root' | 'variants'>): Promise<HereRun[]> {
  const { model } = world;
  const projects = selectScenarios({ ...options, root: model.root, variants: [model.variant] });
  refuseProblems(projects);
  const foreign = projects.find((project) => project.model.dir !== model.dir);
  if (foreign !== undefined)
    throw new MailproofError('USAGE', `world ${foreign.model.name} is not the one that runs, which is ${model.name}`, { hint: 'say which instance: --on' });
  const files = projects.flatMap((project) => project.files);
  if (files.every(({ tests }) => tests.length === 0)) throw new MailproofError('NOT_FOUND', `no scenario was selected for ${model.name}/${model.variant}`);
  const runs: HereRun[] = [];
  for (const { shown, source, tests } of files) {
    const { scenarios } = parseScenarios(shown, source, model);
    for (const { title, scenario: index, example, line } of tests) {
      const scenario = scenarios[index];
      const row = scenario?.examples[example];
      if (scenario === undefined || row === undefined) throw new MailproofError('INPUT', `${shown} is read otherwise than a moment ago`, { hint: 'it was saved meanwhile' });
      const run = { title, file: shown, line, ...(await once({ world, ledger }, scenario, row)) };
      runs.push(run);
      if (run.broken !== undefined) return runs;
    }
  }
  return runs;
}

async function once({ world, ledger }: { world: World; ledger: Ledger }, scenario: Scenario, row: ScenarioExample): Promise<Pick<HereRun, 'record' | 'broken'>> {
  const session = await startScenario(world, ledger, scenario, row);
  try {
    for (const step of row.steps.keys()) await session.step(step);
    await session.finish();
  } catch {
    // Why it failed, and where, is in the record.
  }
  return session.close();
}
