import { faultsJsonSchema } from '../faults/index.ts';
import { scenarioJsonSchema } from '../scenario/index.ts';
import { worldJsonSchema } from '../world/index.ts';

const asText = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;

/** The JSON Schemas that editors use, made from what the harness itself checks with. `npm run schema` writes them. */
export const SCHEMAS: Readonly<Record<string, () => string>> = {
  'docs/schema/world.json': () => asText(worldJsonSchema()),
  'docs/schema/scenario.json': () => asText(scenarioJsonSchema()),
  'docs/schema/faults.json': () => asText(faultsJsonSchema()),
};
