import type { z } from 'zod';
import type { Actual, ActualOf, Difference } from '../actual.ts';
import { type CodePattern, literalPattern, matches, matchesAddress, matchesCode, matchesDuration, type Pattern, showActual, showDuration, showPattern } from '../pattern.ts';

/** One kind of end that `expect` can name. */
export interface OutcomeKind<K extends Actual['kind'], T> {
  kind: K;
  schema: z.ZodType<T>;
  /** As it stands in a file. */
  example: T;
  /** Every field that differs; none when this is what was meant. */
  compare(expected: T, actual: ActualOf<K>): Difference[];
  /** How many such outcomes the item names. */
  count(expected: T): number;
  /** One line for people. */
  describe(actual: ActualOf<K>): string;
  /** The item that names this outcome again, with no more than tells it from another one. */
  item(actual: ActualOf<K>): WrittenItem<T>;
}

export interface WrittenItem<T = unknown> {
  value: T;
  /** What was seen where the value is only a part of it, or nothing. */
  remark?: string;
}

/** An item of `expect`, with the type of its fields closed over. */
export interface NamedOutcome {
  kind: Actual['kind'];
  value: unknown;
  count: number;
  /** A lost reply may have made a second copy: this item then names both. */
  indeterminate: boolean;
  /** It names messages: each once, and again where a final reply of it was lost. */
  lostReplies: boolean;
  /** It names a notification as a whole rather than the recipients it reports. */
  wholeNotification: boolean;
  /** Differences; undefined when the outcome is of another kind. */
  compare(actual: Actual): Difference[] | undefined;
}

export interface AnyOutcomeKind {
  kind: Actual['kind'];
  schema: z.ZodType;
  example: unknown;
  bind(value: unknown): NamedOutcome;
  describe(actual: Actual): string | undefined;
  item(actual: Actual): WrittenItem | undefined;
}

/** Hides the type of the fields, so that all kinds fit one table. */
export function outcomeKind<K extends Actual['kind'], T extends object>(definition: OutcomeKind<K, T>): AnyOutcomeKind {
  const isOwn = (actual: Actual): actual is ActualOf<K> => actual.kind === definition.kind;
  return {
    kind: definition.kind,
    schema: definition.schema,
    example: definition.example,
    bind: (value) => {
      const expected = definition.schema.parse(value);
      return {
        kind: definition.kind,
        value,
        count: definition.count(expected),
        indeterminate: 'indeterminate' in expected && expected.indeterminate === true,
        lostReplies: 'lost replies' in expected && expected['lost replies'] === 'allowed',
        wholeNotification: definition.kind === 'delivered' && 'kind' in expected && typeof expected.kind === 'string' && expected.kind !== 'mail' && expected.kind !== 'auto',
        compare: (actual) => (isOwn(actual) ? definition.compare(expected, actual) : undefined),
      };
    },
    describe: (actual) => (isOwn(actual) ? definition.describe(actual) : undefined),
    item: (actual) => (isOwn(actual) ? definition.item(actual) : undefined),
  };
}

/** Collects the differences of one comparison; a field that the file does not give is not looked at. */
export class Comparison {
  readonly differences: Difference[] = [];

  text(field: string, expected: Pattern | undefined, actual: string | undefined): void {
    if (expected !== undefined && !matches(expected, actual)) this.add(field, showPattern(expected), showActual(actual));
  }

  address(field: string, expected: Pattern | undefined, actual: string | undefined): void {
    if (expected !== undefined && !matchesAddress(expected, actual)) this.add(field, showPattern(expected), actual === '' ? '<>' : showActual(actual));
  }

  code(field: string, expected: CodePattern | undefined, actual: number | undefined): void {
    if (expected !== undefined && !matchesCode(expected, actual)) this.add(field, showPattern(expected), showActual(actual));
  }

  duration(field: string, expected: string | undefined, actualMs: number | undefined): void {
    if (expected !== undefined && !matchesDuration(expected, actualMs)) this.add(field, expected, showDuration(actualMs));
  }

  same(field: string, expected: string | number | boolean | undefined, actual: string | number | boolean | undefined): void {
    if (expected !== undefined && expected !== actual) this.add(field, showActual(expected), showActual(actual));
  }

  add(field: string, expected: string, actual: string): void {
    this.differences.push({ field, expected, actual });
  }
}

/** The recipient of an item, and what the sender called it where that is another address. */
export function writtenRecipient({ to, original }: { to: string; original: string }): { to: string; original?: string } {
  return { to: literalPattern(to), ...(original === '' || matchesAddress(literalPattern(to), original) ? {} : { original: literalPattern(original) }) };
}

/** The code of a reply that a server's log quotes, as a pattern of the whole text. */
export function writtenReason(reason: string): { reason?: string } {
  const code = /(?:^|[\s:"])([45]\d\d)[ -]/.exec(reason)?.[1];
  return code === undefined ? {} : { reason: `*${code}*` };
}

/** A label or a number names one of the scenario's messages. */
export function compareMessage(comparison: Comparison, expected: string | number | undefined, actual: Actual): void {
  if (expected === undefined) return;
  const { sent } = actual;
  const own = typeof expected === 'number' ? sent?.number : (sent?.label ?? `message ${sent?.number ?? '?'}`);
  if (own !== expected) comparison.add('message', showActual(expected), sent === undefined ? 'none of this scenario' : showActual(sent.label ?? sent.number));
}
