import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { InputError, readYaml } from '../base/index.ts';
import type { RequirementResult, ScenarioRun } from '../scenario/index.ts';

const requirementsSchema = z.array(z.strictObject({ id: z.string().min(1), text: z.string().min(1), untested: z.string().min(1).optional() }));
export type Requirement = z.infer<typeof requirementsSchema>[number];

/** `requirements.yaml` of a world's folder; none when there is no such file. @throws InputError */
export function readRequirements(dir: string): Requirement[] {
  const file = path.join(dir, 'requirements.yaml');
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const shown = path.relative(process.cwd(), file);
  const source = readYaml(shown, text)[0];
  const checked = source?.check(requirementsSchema);
  if (checked?.value === undefined) throw new InputError(checked?.diagnostics ?? [], new Map([[shown, text]]));
  const seen = new Set<string>();
  const twice = checked.value.flatMap(({ id }, index) =>
    seen.size === seen.add(id).size && source ? [source.problem([index, 'id'], 'duplicate', `requirement ${id} is there twice`)] : [],
  );
  if (twice.length > 0) throw new InputError(twice, new Map([[shown, text]]));
  return checked.value;
}

/** Each requirement with the scenarios that cover it; what `covers:` names and the catalogue does not is listed too. */
export function requirementTable(world: string, requirements: readonly Requirement[], runs: readonly ScenarioRun[]): RequirementResult[] {
  const own = runs.filter((run) => run.world === world);
  const unknown = [...new Set(own.flatMap((run) => run.covers))]
    .filter((id) => !requirements.some((requirement) => requirement.id === id))
    .map((id): Requirement => ({ id, text: '(not in requirements.yaml)' }));
  return [...requirements, ...(requirements.length > 0 ? unknown : [])].map(({ id, text, untested }) => ({
    world,
    id,
    text,
    ...(untested === undefined ? {} : { untested }),
    covered: own.filter((run) => run.covers.includes(id)).map(({ scenario, variant, outcome }) => ({ scenario, variant, outcome })),
  }));
}
