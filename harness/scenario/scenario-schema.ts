import { z } from 'zod';
import { VERBS } from './verbs/index.ts';
import { stepSchema } from './verbs/step-schema.ts';

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** One document of a `*.scenario.yaml`. */
export const scenarioSchema = z.strictObject({
  scenario: z.string().min(1).describe('one sentence about behaviour'),
  covers: z.array(z.string()).optional().describe("ids of the world's requirements.yaml"),
  tags: z.array(z.string()).optional(),
  alone: z.literal(true).optional().describe('it has an instance to itself, though none of its steps needs that'),
  variants: z
    .strictObject({ only: z.array(z.string()).min(1), why: z.string().min(1) })
    .optional()
    .describe('it runs on these variants of the world only; the reason is shown where two variants are compared'),
  given: z
    .array(stepSchema(VERBS.filter((verb) => verb.given)))
    .optional()
    .describe('what holds before the first step; undone after the scenario'),
  examples: z.array(z.record(z.string(), cell)).min(1).optional().describe(`one test of each row; \${name} is replaced by its value`),
  steps: z.array(stepSchema(VERBS)).min(1),
});
export type ScenarioYaml = z.infer<typeof scenarioSchema>;
