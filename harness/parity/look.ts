import { messageOf } from '../base/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { type AttemptRecord, ExpectationError, type Scenario, type ScenarioExample, startScenario } from '../scenario/index.ts';
import type { World } from '../world/index.ts';

/**
 * Runs a scenario that sends and only looks: whatever came of its mail was not expected, and is no failure.
 * @returns the attempt, failed only where a message could not be handed over or followed; why the instance cannot be used again
 */
export async function lookAt(
  { world, ledger }: { world: World; ledger: Ledger },
  scenario: Scenario,
  example: ScenarioExample,
): Promise<{ attempt: AttemptRecord; broken?: string }> {
  const session = await startScenario(world, ledger, scenario, example);
  let trouble: string | undefined;
  for (const step of example.steps.keys()) {
    if (trouble !== undefined) break;
    await session.step(step).catch((error: unknown) => {
      if (!(error instanceof ExpectationError) || step === 0) trouble = messageOf(error);
    });
  }
  const { record, broken } = await session.close();
  const { error, ...seen } = record;
  const attempt: AttemptRecord =
    trouble === undefined
      ? { ...seen, outcome: 'passed', steps: seen.steps.map((step) => ({ ...step, outcome: 'passed' as const })) }
      : { ...seen, outcome: 'failed', ...(error === undefined ? {} : { error }) };
  return broken === undefined ? { attempt } : { attempt, broken };
}
