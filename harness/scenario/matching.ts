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
  /** Further copies of messages that an item counts once, each of which a lost reply explains. */
  repeated: Actual[];
}

export function toSlots(items: readonly NamedOutcome[]): Slot[] {
  return items.flatMap((named, item) => Array.from({ length: named.count }, () => ({ item, named })));
}

/**
 * Closed world: names each outcome once, in any order. A maximum matching (augmenting paths), so that a loose
 * pattern never takes the copy that only a strict one could have named.
 */
export function matchOutcomes(slots: readonly Slot[], actuals: readonly Actual[]): Matching {
  const ofItem = new Map<NamedOutcome, Fits>();
  for (const { named } of slots) if (!ofItem.has(named)) ofItem.set(named, fitsOf(named, actuals));
  const fits = slots.map(({ named }) => ofItem.get(named)?.fits ?? new Set<number>());
  const takenBy: (number | undefined)[] = actuals.map(() => undefined);
  const take = (slot: number, index: number): true => {
    takenBy[index] = slot;
    return true;
  };
  const place = (slot: number, tried: Set<number>): boolean => {
    const own = fits[slot] ?? new Set();
    for (const index of own) if (takenBy[index] === undefined) return take(slot, index);
    for (const index of own) {
      if (tried.has(index)) continue;
      tried.add(index);
      const other = takenBy[index];
      // What the other one of the same item could take, this one could have taken.
      if (other === undefined || (fits[other] !== own && place(other, tried))) return take(slot, index);
    }
    return false;
  };
  slots.forEach((_, slot) => {
    place(slot, new Set());
  });
  absorbSecondCopies(slots, actuals, fits, takenBy);
  const repeated = absorbRepeats(ofItem, slots, actuals, takenBy);
  const placed = new Set(takenBy);
  return {
    pairs: takenBy.flatMap((slot, index) => {
      const actual = actuals[index];
      const named = slot === undefined ? undefined : slots[slot];
      return actual === undefined || named === undefined ? [] : [{ slot: named, actual }];
    }),
    unmet: slots.flatMap((slot, index) => (placed.has(index) ? [] : [{ slot, ...nearestTo(slot, actuals, takenBy, slots) }])),
    surplus: actuals.filter((_, index) => takenBy[index] === undefined),
    repeated,
  };
}

interface Fits {
  /** Indexes of the outcomes that it may name. */
  fits: Set<number>;
  /** Further copies of messages that it counts once. */
  again: number[];
}

function fitsOf(named: NamedOutcome, actuals: readonly Actual[]): Fits {
  const result: Fits = { fits: new Set(), again: [] };
  const counted = new Set<number>();
  for (const [index, actual] of actuals.entries()) {
    if (named.compare(actual)?.length !== 0) continue;
    const message = named.lostReplies ? actual.sent?.number : undefined;
    if (message !== undefined && counted.has(message)) result.again.push(index);
    else result.fits.add(index);
    if (message !== undefined) counted.add(message);
  }
  return result;
}

/** A copy that came again is covered when its own final reply was doubtful, or when it is what another host took without being heard. */
function absorbRepeats(ofItem: ReadonlyMap<NamedOutcome, Fits>, slots: readonly Slot[], actuals: readonly Actual[], takenBy: (number | undefined)[]): Actual[] {
  const repeated: Actual[] = [];
  for (const [named, { fits, again }] of ofItem) {
    const firsts = new Map([...fits].map((index) => [actuals[index]?.sent?.number, index]));
    const roots = new Set([...fits].map((index) => rootOf(actuals[index])));
    for (const index of again) {
      const actual = actuals[index];
      const slot = takenBy[firsts.get(actual?.sent?.number) ?? -1];
      if (actual === undefined || takenBy[index] !== undefined || slot === undefined || slots[slot]?.named !== named) continue;
      if (actual.observed.indeterminate !== true && roots.has(rootOf(actual))) continue;
      roots.add(rootOf(actual));
      takenBy[index] = slot;
      repeated.push(actual);
    }
  }
  return repeated;
}

const rootOf = (actual: Actual | undefined): string | undefined => (actual?.kind === 'delivered' ? actual.ledger.root : undefined);

/** After a lost final reply there is one copy or two: an item that says so names both. */
function absorbSecondCopies(slots: readonly Slot[], actuals: readonly Actual[], fits: readonly ReadonlySet<number>[], takenBy: (number | undefined)[]): void {
  const absorbed = new Set<number>();
  for (const [index, actual] of actuals.entries()) {
    if (takenBy[index] !== undefined || actual.observed.indeterminate !== true) continue;
    const slot = slots.findIndex((candidate, i) => candidate.named.indeterminate && fits[i]?.has(index) === true && takenBy.includes(i) && !absorbed.has(i));
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
