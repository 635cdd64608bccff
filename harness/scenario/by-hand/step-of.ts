import { stringify } from 'yaml';
import { InputError } from '../../base/index.ts';
import type { WorldModel } from '../../world/index.ts';
import { parseScenarios, type Scenario, type ScenarioExample } from '../scenario-file.ts';

/**
 * What was asked for at the desk as a scenario of one step: the same word, the same checks against the world, the same mistakes told.
 * @throws InputError with everything that is wrong
 */
export function stepOf(model: WorldModel, verb: string, value: unknown): { scenario: Scenario; example: ScenarioExample } {
  const yaml = stringify({ scenario: 'From the desk', steps: [{ [verb]: value }] });
  const name = `mailproof ${verb}`;
  const { scenarios, diagnostics } = parseScenarios(name, yaml, model);
  const [scenario] = scenarios;
  const [example] = scenario?.examples ?? [];
  if (scenario === undefined || example === undefined || diagnostics.length > 0) throw new InputError(diagnostics, new Map([[name, yaml]]));
  return { scenario, example };
}
