import type { Actual, Difference } from './actual.ts';
import type { NamedOutcome } from './outcomes/index.ts';

/** One copy that an item of `expect` names; an item with `count` makes several of these. */
export interface Slot {
  item: number;
  named: NamedOutcome;
}

export interface Unmet {
  slot: Slot;
  /** The outcome that comes nearest, and in what it differs; of the same kind unless there is none. */
  nearest?: { actual: Actual; differences: Difference[]; takenBy?: number };
}

export interface Matching {
  pairs: { slot: Slot; actual: Actual }[];
  unmet: Unmet[];
  surplus: Actual[];
}

export function toSlots(items: readonly NamedOutcome[]): Slot[] {
  return items.flatMap((named, item) => Array.from({ length: named.count }, () => ({ item, named })));
}

/**
 * Closed world: names each outcome once, in any order. A maximum matching (augmenting paths), so that a loose
 * pattern never takes the copy that only a strict one could have named.
 */
export function matchOutcomes(slots: readonly Slot[], actuals: readonly Actual[]): Matching {
  const fits = slots.map((slot) => actuals.map((actual) => slot.named.compare(actual)?.length === 0));
  const takenBy: (number | undefined)[] = actuals.map(() => undefined);
  const place = (slot: number, tried: Set<number>): boolean => {
    for (const [index, fit] of (fits[slot] ?? []).entries()) {
      if (!fit || tried.has(index)) continue;
      tried.add(index);
      const other = takenBy[index];
      if (other === undefined || place(other, tried)) {
        takenBy[index] = slot;
        return true;
      }
    }
    return false;
  };
  slots.forEach((_, slot) => {
    place(slot, new Set());
  });
  absorbSecondCopies(slots, actuals, fits, takenBy);
  const placed = new Set(takenBy);
  return {
    pairs: takenBy.flatMap((slot, index) => {
      const actual = actuals[index];
      const named = slot === undefined ? undefined : slots[slot];
      return actual === undefined || named === undefined ? [] : [{ slot: named, actual }];
    }),
    unmet: slots.flatMap((slot, index) => (placed.has(index) ? [] : [{ slot, ...nearestTo(slot, actuals, takenBy, slots) }])),
    surplus: actuals.filter((_, index) => takenBy[index] === undefined),
  };
}

/** After a lost final reply there is one copy or two: an item that says so names both. */
function absorbSecondCopies(slots: readonly Slot[], actuals: readonly Actual[], fits: readonly boolean[][], takenBy: (number | undefined)[]): void {
  const absorbed = new Set<number>();
  for (const [index, actual] of actuals.entries()) {
    if (takenBy[index] !== undefined || actual.observed.indeterminate !== true) continue;
    const slot = slots.findIndex((candidate, i) => candidate.named.indeterminate && fits[i]?.[index] === true && takenBy.includes(i) && !absorbed.has(i));
    if (slot < 0) continue;
    absorbed.add(slot);
    takenBy[index] = slot;
  }
}

/** @param takenBy the slot that each outcome was given to, where it was */
export function nearestTo(slot: Slot, actuals: readonly Actual[], takenBy: readonly (number | undefined)[], slots: readonly Slot[]): Pick<Unmet, 'nearest'> {
  const candidates = actuals.flatMap((actual, index) => {
    const differences = slot.named.compare(actual);
    if (differences === undefined) return [];
    const owner = takenBy[index];
    // The copy for the same recipient is the likelier one to have been meant, and one that nobody named.
    const weight = differences.length * 2 + (differences.some(({ field }) => field === 'to') ? 6 : 0) + (owner === undefined ? 0 : 3);
    return [{ actual, differences, weight, takenBy: owner === undefined ? undefined : slots[owner]?.item }];
  });
  const best = candidates.sort((a, b) => a.weight - b.weight)[0];
  if (best === undefined) return {};
  return { nearest: { actual: best.actual, differences: best.differences, ...(best.takenBy === undefined ? {} : { takenBy: best.takenBy }) } };
}
