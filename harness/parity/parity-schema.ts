import { z } from 'zod';
import type { Trace } from '../ledger/index.ts';
import { PARITY_CLASSES, PARITY_VERSION, type Parity } from './model.ts';

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'a sha256' });
const classSchema = z.enum(PARITY_CLASSES);
const countsSchema = z.record(classSchema, count);
const outcomeSchema = z.enum(['passed', 'failed', 'flaky', 'skipped', 'indeterminate', 'missing']);
const runOutcomeSchema = outcomeSchema.exclude(['missing']);
const place = { world: z.string(), scenario: z.string(), file: z.string(), line: count };

// JSON has no keys without a value: what is absent there is undefined here.
const comparisonSchema = z
  .strictObject({
    subject: z.string(),
    field: z.string(),
    class: classSchema,
    rules: z.array(z.string()),
    accepted: z.string().optional(),
    note: z.string().optional(),
    reference: z.string().optional(),
    noise: z.strictObject({ second: z.string().optional() }).optional(),
    candidate: z.string().optional(),
  })
  .transform(({ reference, candidate, noise, ...rest }) => ({ ...rest, reference, candidate, ...(noise === undefined ? {} : { noise: { second: noise.second } }) }));

/** The ledger's own form, which has no schema: enough is looked at to show it. */
const traceSchema = z.custom<Trace>(
  (value) => z.looseObject({ root: z.string(), hops: z.array(z.looseObject({ host: z.string(), lines: z.array(z.unknown()) })) }).safeParse(value).success,
  {
    error: 'a trace',
  },
);

const scenarioSchema = z.strictObject({
  ...place,
  covers: z.array(z.string()),
  class: classSchema,
  outcomes: z.strictObject({ reference: outcomeSchema, second: outcomeSchema, candidate: outcomeSchema }),
  notCompared: z.array(z.string()),
  byChoice: z.boolean().optional(),
  counts: countsSchema,
  comparisons: z.array(comparisonSchema),
  traces: z.strictObject({ reference: z.array(traceSchema), candidate: z.array(traceSchema) }),
});

const sideSchema = z.strictObject({
  variant: z.string(),
  hash: sha256,
  engine: z.string(),
  mailproof: z.string(),
  started: z.string(),
  hosts: z.array(z.strictObject({ world: z.string(), host: z.string(), image: z.string(), release: z.string(), versions: z.array(z.string()), hash: sha256 })),
});

const treeSchema = z.strictObject({ folder: z.string(), commit: z.string().optional() });
const treesSchema = z.strictObject({
  base: treeSchema,
  head: treeSchema,
  changes: z.array(
    z.strictObject({
      worlds: z.array(z.string()),
      host: z.string(),
      file: z.string(),
      change: z.enum(['added', 'removed', 'changed']),
      added: count,
      removed: count,
      diff: z.string(),
      cut: count,
    }),
  ),
  notes: z.array(z.string()),
  addresses: z.strictObject({
    compared: count,
    different: z.array(
      z.strictObject({
        address: z.string(),
        class: z.enum(['different', 'indeterminate']),
        base: z.array(z.string()),
        head: z.array(z.string()),
        shownBy: z.array(z.string()),
      }),
    ),
  }),
  turned: z.array(z.strictObject({ ...place, base: runOutcomeSchema, head: runOutcomeSchema })),
  uncompared: z.array(z.strictObject({ ...place, state: z.enum(['added', 'removed', 'cannot run on base']), why: z.string() })),
});

/** `parity.json`. */
export const paritySchema: z.ZodType<Parity> = z.strictObject({
  version: z.literal(PARITY_VERSION),
  verdict: z.enum(['same', 'same but accepted differences', 'different', 'indeterminate']),
  because: z.array(z.string()),
  worlds: z.array(z.string()),
  reference: sideSchema,
  candidate: sideSchema,
  counts: countsSchema,
  scenarios: z.array(scenarioSchema),
  acceptances: z.array(
    z.strictObject({
      id: z.string(),
      reason: z.string(),
      owner: z.string(),
      ticket: z.string(),
      created: z.string(),
      expires: z.string(),
      state: z.enum(['used', 'expired', 'unmatched']),
      count,
    }),
  ),
  rules: z.array(z.strictObject({ name: z.string(), makes: z.enum(['identical', 'equivalent']), why: z.string(), used: count })),
  trees: treesSchema.optional(),
  requirements: z.array(
    z.strictObject({ world: z.string(), id: z.string(), text: z.string(), untested: z.string().optional(), class: z.enum([...PARITY_CLASSES, 'not covered']) }),
  ),
});
