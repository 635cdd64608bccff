import type { Path } from '../base/index.ts';
import type { Actual } from './actual.ts';
import type { BoundCheck } from './checks/index.ts';
import { explainMatching, showItem } from './explain.ts';
import { type Matching, matchOutcomes, nearestTo, toSlots } from './matching.ts';
import { identities, observeAll, returnedOf } from './observe.ts';
import type { NamedOutcome } from './outcomes/index.ts';
import { tellRepeats } from './repeats.ts';
import type { ObservedOutcome } from './result.ts';
import type { StepContext } from './run.ts';
import { settleAll } from './settling.ts';
import { finishStreams } from './stream/finish.ts';

/** Mail that a host answered for and that is nowhere any more explains what is missing. */
function lostMail({ ledger, roots }: StepContext['run'], { unmet }: Matching): string[] {
  const lost = unmet.length === 0 ? [] : ledger.violations(roots).filter(({ code }) => code === 'conservation');
  return lost.length === 0 ? [] : ['lost:', ...lost.map(({ message }) => `  ${message}`)];
}

export interface Expectations {
  outcomes: { named: NamedOutcome; path: Path }[];
  checks: { bound: BoundCheck; name: string; value: unknown; path: Path }[];
}

/**
 * The closed world: waits until the mail is settled, then each new outcome must be named once and each named one must
 * have happened.
 * @param options.unwritten the last look of a scenario: copies that the last written `expect` named as waiting may wait on
 * @throws ExpectationError with everything that is wrong, at the place of the first
 */
export async function meet(context: StepContext, { outcomes: items, checks }: Expectations, options: { unwritten: boolean }): Promise<void> {
  const { run } = context;
  await finishStreams(context);
  const outcomes = await settleAll(run);
  const keys = identities(outcomes);
  const fresh = outcomes.filter((outcome) => {
    const key = keys.get(outcome) ?? '';
    return outcome.kind === 'queued' ? !(options.unwritten && run.queuedAndNamed.has(key)) : !run.named.has(key);
  });
  const observed = [...(await observeAll(run, fresh, keys)), ...run.refusals];
  const matching = matchWithNotifications(
    items.map((item) => item.named),
    observed,
  );
  tellRepeats(context, matching.repeated);
  run.observation.outcomes.push({ step: context.index, outcomes: comparable(observed.flatMap(unfolded), matching) });
  const problems: { path: Path; text: string }[] = [];
  if (matching.unmet.length > 0 || matching.surplus.length > 0) {
    const first = matching.unmet[0]?.slot.item;
    const text = explainMatching(matching, (item) => context.at(items[item]?.path ?? []).line);
    problems.push({ path: first === undefined ? [] : (items[first]?.path ?? []), text: [text, ...lostMail(run, matching)].join('\n') });
  }
  for (const { bound, name, value, path } of checks) {
    const wrong = await bound.look(context, observed);
    if (wrong !== undefined) problems.push({ path, text: `line ${context.at(path).line}: ${showItem(name, value)}\n  ${wrong}` });
  }
  const [first] = problems;
  if (first !== undefined) {
    const lead = options.unwritten ? 'after the last step something is left that no `expect` names\n' : '';
    context.fail(first.path, lead + problems.map((problem) => problem.text).join('\n'), options.unwritten ? { hint: 'name it in an `expect` at the end of the scenario' } : {});
  }
  for (const outcome of outcomes) if (outcome.kind !== 'queued') run.named.add(keys.get(outcome) ?? '');
  if (!options.unwritten) {
    run.queuedAndNamed.clear();
    for (const outcome of outcomes) if (outcome.kind === 'queued') run.queuedAndNamed.add(keys.get(outcome) ?? '');
  }
  run.refusals.length = 0;
}

/**
 * What parity compares. Which of many messages was taken where and when, in the time of a fault, is chance: of those
 * that are counted in this way only the end is kept.
 */
function comparable(actuals: readonly Actual[], { pairs, repeated }: Matching): ObservedOutcome[] {
  const counted = new Set(pairs.flatMap(({ slot, actual }) => (slot.named.lostReplies ? [actual] : [])));
  return actuals
    .filter((actual) => !repeated.includes(actual))
    .map((actual) => {
      if (!counted.has(actual)) return actual.observed;
      const { headers: _headers, afterMs: _afterMs, indeterminate: _indeterminate, ...rest } = actual.observed;
      return { ...rest, route: [] };
    });
}

/** A notification counts as the recipients that it reports, unless an item names it as a whole. */
function matchWithNotifications(items: readonly NamedOutcome[], actuals: readonly Actual[]): Matching {
  const slots = toSlots(items);
  const wholeSlots = slots.filter((slot) => slot.named.wholeNotification);
  const candidates = actuals.filter((actual) => actual.kind === 'delivered' && actual.observed.message !== 'mail');
  const whole = matchOutcomes(wholeSlots, candidates);
  const namedWhole = new Set(whole.pairs.map((pair) => pair.actual));
  const rest = actuals.filter((actual) => !namedWhole.has(actual)).flatMap(unfolded);
  const others = matchOutcomes(
    slots.filter((slot) => !slot.named.wholeNotification),
    rest,
  );
  const unmetWhole = whole.unmet.map((unmet) => (unmet.nearest === undefined ? { ...unmet, ...nearestTo(unmet.slot, rest, [], slots) } : unmet));
  return {
    pairs: [...whole.pairs, ...others.pairs],
    unmet: [...unmetWhole, ...others.unmet].sort((a, b) => a.slot.item - b.slot.item),
    surplus: others.surplus,
    repeated: others.repeated,
  };
}

/** A notification as what it says of each recipient. */
export function unfolded(actual: Actual): Actual[] {
  if (actual.kind !== 'delivered') return [actual];
  const reports = returnedOf(actual);
  return reports.length > 0 ? reports : [actual];
}
