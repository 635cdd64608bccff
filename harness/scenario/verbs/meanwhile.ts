import { cut, heal } from './links.ts';
import { machineVerbs } from './machines.ts';
import { stepSchema } from './step-schema.ts';
import type { AnyVerb, BoundVerb } from './verb.ts';

/** What may happen to machines and links while a dialog's connection is open. */
export const MEANWHILE: readonly AnyVerb[] = [...machineVerbs, cut, heal];

export const meanwhileSchema = stepSchema(MEANWHILE);

/** The one step that is in a value which fits the schema. */
export function bindMeanwhile(value: Record<string, unknown>): BoundVerb {
  for (const verb of MEANWHILE) if (verb.name in value) return verb.bind(value[verb.name]);
  throw new Error(`${Object.keys(value).join(', ')} passed the schema and is not in the table`);
}
