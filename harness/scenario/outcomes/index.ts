import type { Actual } from '../actual.ts';
import { delivered } from './delivered.ts';
import { discarded } from './discarded.ts';
import { failed } from './failed.ts';
import type { AnyOutcomeKind } from './outcome.ts';
import { queued } from './queued.ts';
import { refused } from './refused.ts';
import { returned } from './returned.ts';

/** Every end that `expect` can name. A new kind is one file and one line here. */
export const OUTCOME_KINDS: readonly AnyOutcomeKind[] = [delivered, refused, returned, queued, discarded, failed];

/** One line for people. */
export function describeActual(actual: Actual): string {
  for (const kind of OUTCOME_KINDS) {
    const text = kind.describe(actual);
    if (text !== undefined) return text;
  }
  return actual.kind;
}

export type { AnyOutcomeKind, NamedOutcome } from './outcome.ts';
