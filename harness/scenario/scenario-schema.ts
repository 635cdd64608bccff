import { z } from 'zod';
import { type AnyVerb, VERBS } from './verbs/index.ts';

/** A step: a map with exactly one verb. */
function stepSchema(verbs: readonly AnyVerb[]): z.ZodType<Record<string, unknown>> {
  return z.strictObject(Object.fromEntries(verbs.map((verb) => [verb.name, verb.schema.optional().describe(verb.description)]))).check(({ value, issues }) => {
    const names = Object.keys(value);
    // A verb that is not known has been said already.
    if (names.length === 1 || (names.length === 0 && issues.length > 0)) return;
    issues.push({ code: 'custom', input: value, message: names.length === 0 ? 'a step without a verb' : `one verb a step, not ${names.join(' and ')}: begin each with "- "` });
  });
}

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** One document of a `*.scenario.yaml`. */
export const scenarioSchema = z.strictObject({
  scenario: z.string().min(1).describe('one sentence about behaviour'),
  covers: z.array(z.string()).optional().describe("ids of the world's requirements.yaml"),
  tags: z.array(z.string()).optional(),
  given: z
    .array(stepSchema(VERBS.filter((verb) => verb.given)))
    .optional()
    .describe('what holds before the first step; undone after the scenario'),
  examples: z.array(z.record(z.string(), cell)).min(1).optional().describe(`one test of each row; \${name} is replaced by its value`),
  steps: z.array(stepSchema(VERBS)).min(1),
});
export type ScenarioYaml = z.infer<typeof scenarioSchema>;
