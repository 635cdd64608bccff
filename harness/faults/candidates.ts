import { readFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../base/index.ts';
import { findScenarioFiles } from '../runner/index.ts';
import { parseScenarios, type Scenario, type ScenarioExample } from '../scenario/index.ts';
import type { WorldModel } from '../world/index.ts';

/** A scenario with one row of its examples, which may notice a fault. */
export interface Candidate {
  scenario: Scenario;
  example: ScenarioExample;
  title: string;
}

/** Every scenario of a world, as it is for this variant. @throws InputError with all mistakes of all files */
export function readCandidates(model: WorldModel): Candidate[] {
  const sources = new Map<string, string>();
  const parsed = findScenarioFiles(model.dir).map((file) => {
    const shown = path.relative(process.cwd(), file) || file;
    const text = readFileSync(file, 'utf8');
    sources.set(shown, text);
    return parseScenarios(shown, text, model);
  });
  const diagnostics = parsed.flatMap((one) => one.diagnostics);
  if (diagnostics.length > 0) throw new InputError(diagnostics, sources);
  return parsed.flatMap(({ scenarios }) => scenarios.flatMap((scenario) => scenario.examples.map((example) => ({ scenario, example, title: example.title }))));
}
