import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { InputError, readYaml } from '../base/index.ts';
import { matches, patternSchema } from '../scenario/index.ts';
import type { Comparison } from './model.ts';

const daySchema = z.iso.date({ error: 'a day such as 2026-12-31' });

const acceptanceSchema = z.strictObject({
  id: z.string().min(1),
  /** What it accepts: every pattern named must fit. */
  matches: z
    .strictObject({
      scenario: patternSchema.optional(),
      subject: patternSchema.optional(),
      field: patternSchema.optional(),
      reference: patternSchema.optional(),
      candidate: patternSchema.optional(),
      /** Reference and candidate variant, in this order. */
      between: z.tuple([z.string(), z.string()]).optional(),
    })
    .refine(({ between: _, ...patterns }) => Object.keys(patterns).length > 0, { error: 'accepts everything: name a scenario, subject, field or value' }),
  reason: z.string().min(1),
  owner: z.string().min(1),
  ticket: z.string().min(1),
  created: daySchema,
  expires: daySchema,
});
export type Acceptance = z.infer<typeof acceptanceSchema>;

/** `accepted.yaml` of a world's folder; none when there is no such file. @throws InputError */
export function readAccepted(dir: string): Acceptance[] {
  const file = path.join(dir, 'accepted.yaml');
  if (!existsSync(file)) return [];
  return parseAccepted(path.relative(process.cwd(), file) || file, readFileSync(file, 'utf8'));
}

/** @throws InputError with everything that is wrong */
export function parseAccepted(file: string, text: string): Acceptance[] {
  const source = readYaml(file, text)[0];
  // An empty file is a list without an entry.
  if (source === undefined || (source.value === null && source.diagnostics.length === 0)) return [];
  const checked = source.check(z.array(acceptanceSchema));
  if (checked.value === undefined) throw new InputError(checked.diagnostics, new Map([[file, text]]));
  const seen = new Set<string>();
  const wrong = checked.value.flatMap(({ id, created, expires }, index) => {
    const twice = seen.has(id);
    seen.add(id);
    return [
      ...(twice ? [source.problem([index, 'id'], 'duplicate', `${id} is there twice`)] : []),
      ...(expires < created
        ? [source.problem([index, 'expires'], 'invalid-value', `${id} expires before it was created`, { received: expires, expected: `a day after ${created}` })]
        : []),
    ];
  });
  if (wrong.length > 0) throw new InputError(wrong, new Map([[file, text]]));
  return checked.value;
}

/** true when the acceptance names this difference. */
export function accepts({ matches: wanted }: Acceptance, scenario: string, difference: Pick<Comparison, 'subject' | 'field' | 'reference' | 'candidate'>): boolean {
  const { subject, field, reference, candidate } = difference;
  const has = { scenario, subject, field, reference: reference ?? 'absent', candidate: candidate ?? 'absent' };
  return (['scenario', 'subject', 'field', 'reference', 'candidate'] as const).every((key) => {
    const pattern = wanted[key];
    return pattern === undefined || matches(pattern, has[key]);
  });
}
