/** What stands at one place of the reference, of its second run, and of the candidate. */
export type Three<T> = readonly [T, T, T];

/**
 * Lays three lists beside one another, so that what one of them lacks or has besides stands alone and moves nothing else.
 * Of the likeliest pairs the first ones in order are taken; without likeness two stand beside each other when nothing better is left.
 * @param likeness how much speaks for two being the same; below 0 they never are
 */
export function align<T>([a, b, c]: Three<readonly T[]>, likeness: (one: T, other: T) => number): Three<T | undefined>[] {
  const [ofB, ofC] = [pairs(a, b, likeness), pairs(a, c, likeness)];
  const rest = <S>(list: readonly S[], taken: ReadonlyMap<number, number>): S[] => {
    const used = new Set(taken.values());
    return list.filter((_, index) => !used.has(index));
  };
  const [moreB, moreC] = [rest(b, ofB), rest(c, ofC)];
  const ofMore = pairs(moreB, moreC, likeness);
  const at = (list: readonly T[], index: number | undefined): T | undefined => (index === undefined ? undefined : list[index]);
  return [
    ...a.map((item, index): Three<T | undefined> => [item, at(b, ofB.get(index)), at(c, ofC.get(index))]),
    ...moreB.map((item, index): Three<T | undefined> => [undefined, item, at(moreC, ofMore.get(index))]),
    ...rest(moreC, ofMore).map((item): Three<T | undefined> => [undefined, undefined, item]),
  ];
}

/** Index in the one list -> index in the other. */
function pairs<T>(one: readonly T[], other: readonly T[], likeness: (one: T, other: T) => number): Map<number, number> {
  const found = new Map<number, number>();
  if (one.length === 1 && other.length === 1 && one[0] !== undefined && other[0] !== undefined) {
    if (likeness(one[0], other[0]) >= 0) found.set(0, 0);
    return found;
  }
  const candidates = one.flatMap((left, i) => other.map((right, j) => ({ i, j, like: likeness(left, right) }))).filter(({ like }) => like >= 0);
  candidates.sort((x, y) => y.like - x.like || x.i - y.i || x.j - y.j);
  const taken = new Set<number>();
  for (const { i, j } of candidates) {
    if (found.has(i) || taken.has(j)) continue;
    found.set(i, j);
    taken.add(j);
  }
  return found;
}
