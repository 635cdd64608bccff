import type { Results, RunOutcome, ScenarioRun } from '../../scenario/index.ts';
import type { Parity, ScenarioParity } from '../model.ts';
import { addressesOf, type ComparedRuns } from './addresses.ts';
import type { TreesReport } from './model.ts';

/** Names of things that a line of the verdict names before it counts the rest. */
const NAMED = 5;

/**
 * The comparison with what only that of trees knows, and a verdict that says so.
 * @param unchanged some world has the same configuration on both sides
 */
export function tell(
  compared: Parity,
  plan: Pick<TreesReport, 'base' | 'head' | 'changes' | 'notes' | 'uncompared'>,
  results: Record<'base' | 'second' | 'head', Results>,
  unchanged: boolean,
): Parity {
  const turned = compared.scenarios.flatMap(({ outcomes: { reference, candidate }, world, scenario, file, line }) =>
    reference !== 'missing' && candidate !== 'missing' && passed(reference) !== undefined && passed(candidate) !== undefined && passed(reference) !== passed(candidate)
      ? [{ world, scenario, file, line, base: reference, head: candidate }]
      : [],
  );
  const addresses = addressesOf(compared.scenarios.flatMap((parity) => runsOf(parity, results)));
  const trees: TreesReport = { ...plan, addresses, turned };
  const treated = [...new Set(addresses.different.filter((one) => one.class === 'different').map((one) => one.address))];
  const turnedTo = (head: boolean): string[] => turned.filter((one) => passed(one.head) === head).map((one) => one.scenario);
  const lines = [
    ...notUp('base', results.base),
    ...notUp('head', results.head),
    ...line(treated, 'address is treated', 'addresses are treated', 'differently'),
    ...line(turnedTo(false), 'scenario passes', 'scenarios pass', 'on base and not on head'),
    ...line(turnedTo(true), 'scenario passes', 'scenarios pass', 'on head and not on base'),
  ];
  // Nothing that is under test differs: there is nothing to run, and no question.
  if (unchanged && plan.changes.length === 0 && compared.scenarios.length === 0)
    return { ...compared, verdict: 'same', because: ['no configuration file differs', ...plan.notes], trees };
  const looked = compared.scenarios.length === 0 ? [] : [`${compared.scenarios.length} scenarios and the mail to ${addresses.compared} addresses were compared`];
  return { ...compared, because: [...lines, ...compared.because, ...looked, ...plan.notes], trees };
}

function line(names: readonly string[], one: string, many: string, rest: string): string[] {
  if (names.length === 0) return [];
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return [`${names.length} ${names.length === 1 ? one : many} ${rest}: ${names.slice(0, NAMED).join(', ')}${more}`];
}

/** undefined where nothing can be said. */
function passed(outcome: RunOutcome): boolean | undefined {
  return outcome === 'passed' || outcome === 'flaky' ? true : outcome === 'failed' ? false : undefined;
}

function runsOf(parity: ScenarioParity, { base, second, head }: Record<'base' | 'second' | 'head', Results>): ComparedRuns[] {
  const find = (results: Results): ScenarioRun | undefined =>
    results.runs.find((run) => run.world === parity.world && run.file === parity.file && run.scenario === parity.scenario);
  const [one, again, other] = [find(base), find(second), find(head)];
  return one === undefined || again === undefined || other === undefined ? [] : [{ parity, base: one, second: again, head: other }];
}

/** A side that did not start says nothing else; its first line says which host and why. */
function notUp(side: string, { runs }: Results): string[] {
  const errors = runs.map((run) => run.attempts.at(-1)?.error);
  const words = errors.flatMap((error) => (error?.code === 'HOST_NOT_UP' ? [error.message.split('\n', 1)[0] ?? ''] : []));
  return [...new Set(words)].map((said) => `${side}: ${said}`);
}
