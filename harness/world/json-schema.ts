import { z } from 'zod';
import { worldSchema } from './world-schema.ts';

/** JSON Schema (draft-07) of `world.yaml`, for editors. */
export function worldJsonSchema(): object {
  return z.toJSONSchema(worldSchema, { target: 'draft-7', io: 'input' });
}
