import { stringify } from 'yaml';
import type { Actual } from './actual.ts';
import type { Matching, Unmet } from './matching.ts';
import { describeActual } from './outcomes/index.ts';

/** An item of `expect` as it stands in the file, on one line. */
export function showItem(kind: string, value: unknown): string {
  return `${kind}: ${stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim()}`;
}

/**
 * Why a step's outcomes are not those that it names: what is missing with what comes nearest, what is too much,
 * then everything else, so that a reader need not look it up.
 * @param lineOf line in the scenario file of the item with this number
 */
export function explainMatching(matching: Matching, lineOf: (item: number) => number): string {
  const out: string[] = [];
  const line = (item: number): string => `line ${lineOf(item)}`;
  if (matching.unmet.length > 0)
    out.push(
      'expected, and did not happen:',
      ...shortened(
        matching.unmet,
        ({ slot }) => line(slot.item),
        (unmet) => explainUnmet(unmet, lineOf),
      ),
    );
  if (matching.surplus.length > 0)
    out.push(
      'happened, and was not named:',
      ...shortened(
        matching.surplus,
        ({ observed }) => `${observed.kind} to ${observed.to}`,
        (actual) => `  ${describeActual(actual)}`,
      ),
    );
  if (matching.pairs.length > 0)
    out.push(
      'as expected:',
      ...shortened(
        matching.pairs,
        ({ slot }) => line(slot.item),
        ({ slot, actual }) => `  ${line(slot.item)}: ${describeActual(actual)}`,
      ),
    );
  if (matching.pairs.length === 0 && matching.surplus.length === 0) out.push('nothing else happened');
  return out.join('\n');
}

/** So many of a kind are shown. */
const MANY = 10;

/** All of a few; of many of a kind the first ones, and how many more there are. */
function shortened<T>(items: readonly T[], kindOf: (item: T) => string, show: (item: T) => string): string[] {
  const left = new Map([...Map.groupBy(items, kindOf)].map(([kind, list]) => [kind, list.length]));
  const shown = new Map<string, number>();
  return items.flatMap((item) => {
    const kind = kindOf(item);
    const count = (shown.get(kind) ?? 0) + 1;
    shown.set(kind, count);
    if (count < MANY || left.get(kind) === MANY) return [show(item)];
    return count === MANY ? [`  ... and ${(left.get(kind) ?? 0) - MANY + 1} more (${kind})`] : [];
  });
}

function explainUnmet({ slot, nearest }: Unmet, lineOf: (item: number) => number): string {
  const head = `  line ${lineOf(slot.item)}: ${showItem(slot.named.kind, slot.named.value)}`;
  if (nearest === undefined) return head;
  if (nearest.differences.length === 0)
    return `${head}\n    the only one like it is named by line ${nearest.takenBy === undefined ? '?' : lineOf(nearest.takenBy)} already: ${describeActual(nearest.actual)}`;
  return [
    head,
    `    nearest: ${describeActual(nearest.actual)}`,
    ...nearest.differences.map(({ field, expected, actual }) => `      ${field}: expected ${expected}, was ${actual}`),
  ].join('\n');
}

/** Outcomes for people, one a line. */
export function listActuals(actuals: readonly Actual[]): string {
  return actuals.map((actual) => `  ${describeActual(actual)}`).join('\n');
}
