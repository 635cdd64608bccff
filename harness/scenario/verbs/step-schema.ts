import { z } from 'zod';
import type { AnyVerb } from './verb.ts';

/** A step: a map with exactly one verb of these. */
export function stepSchema(verbs: readonly AnyVerb[]): z.ZodType<Record<string, unknown>> {
  return z.strictObject(Object.fromEntries(verbs.map((verb) => [verb.name, verb.schema.optional().describe(verb.description)]))).check(({ value, issues }) => {
    const names = Object.keys(value);
    // A verb that is not known has been said already.
    if (names.length === 1 || (names.length === 0 && issues.length > 0)) return;
    issues.push({ code: 'custom', input: value, message: names.length === 0 ? 'a step without a verb' : `one verb a step, not ${names.join(' and ')}: begin each with "- "` });
  });
}
