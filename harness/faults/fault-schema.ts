import { z } from 'zod';
import { patternSchema } from '../scenario/index.ts';

const place = {
  host: z.string(),
  file: z.string().regex(/^\//, { error: 'not an absolute path' }).describe("a file of the host's overlays"),
};
const replacement = {
  ...place,
  replace: z.string().min(1).describe('must stand in the file exactly once, or `times`'),
  with: z.string(),
  times: z.int().min(2).optional().describe('how often the text stands there; each is replaced'),
};
const deletion = { ...place, delete: z.literal(true).describe('the file is taken away') };

const changeSchema = z.union([z.strictObject(replacement), z.strictObject(deletion)]);
export type Change = z.infer<typeof changeSchema>;

const common = {
  id: z.string().regex(/^[\w.-]+$/, { error: 'not a word of letters, digits, dots and hyphens' }),
  what: z.string().min(1).describe('one sentence: what is wrong with the mail system then'),
  breaks: z.array(z.string()).min(1).describe('requirements; the scenarios that cover any of them must notice'),
  variants: z.array(z.string()).min(1).optional().describe("variants whose configuration it changes; the world's first default one unless told"),
  'seen by': patternSchema.optional().describe('titles of scenarios; only these must notice'),
  then: z
    .union([z.enum(['restart', 'reload', 'nothing', 'new instance']), z.strictObject({ restart: z.array(z.string()).min(1).describe('services') })])
    .optional()
    .describe('what makes the hosts see it: all their services start anew (restart) unless told; `new instance` for what counts only when a world starts'),
};

const faultSchema = z.union([
  z.strictObject({ ...common, ...replacement }),
  z.strictObject({ ...common, ...deletion }),
  z.strictObject({ ...common, changes: z.array(changeSchema).min(1) }),
]);
export const faultsSchema = z.array(faultSchema);
export type FaultYaml = z.infer<typeof faultSchema>;

/** JSON Schema (draft-07) of `faults.yaml`, for editors. */
export function faultsJsonSchema(): object {
  return z.toJSONSchema(faultsSchema, { target: 'draft-7', io: 'input' });
}
