/** What is wanted of a world on two cores with its images there; milliseconds. */
export interface Wanted {
  ready: number;
  suite: number;
}

const WANTED: Readonly<Record<string, Wanted>> = {
  starter: { ready: 3_000, suite: 25_000 },
  wikimedia: { ready: 6_000, suite: 60_000 },
};

/** Of a world that nobody has said anything of, no less than of the largest. */
export function wantedOf(world: string): Wanted {
  return WANTED[world] ?? { ready: 6_000, suite: 60_000 };
}
