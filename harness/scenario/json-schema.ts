import { z } from 'zod';
import { scenarioSchema } from './scenario-schema.ts';

const PLACEHOLDER = { type: 'string', pattern: '\\$\\{[^{}]*\\}' };

/**
 * JSON Schema (draft-07) of a scenario file, for editors. Made from the definitions that check the files; where a
 * placeholder may stand (`"${code}"`), a text of that form is allowed besides.
 */
export function scenarioJsonSchema(): object {
  const schema = z.toJSONSchema(scenarioSchema, {
    target: 'draft-7',
    io: 'input',
    reused: 'ref',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (def.type === 'object' && isStepLike(jsonSchema)) {
        jsonSchema.minProperties = 1;
        jsonSchema.maxProperties = 1;
        // Which verb it is may be the examples' business, too: `- "${fault}": mx`.
        jsonSchema.patternProperties = { [PLACEHOLDER.pattern]: {} };
      }
    },
  });
  return withPlaceholders(schema);
}

/** Steps, those inside of a dialog, and items of `expect`: every key optional, exactly one of them there. */
function isStepLike(schema: { properties?: object; required?: string[] }): boolean {
  const names = Object.keys(schema.properties ?? {});
  return (
    ['expect', 'delivered', 'outside', 'kill'].some((name) => names.includes(name)) && (schema.required ?? []).length === 0 && names.length > 3 && !names.includes('envelope from')
  );
}

/** Scalars that are checked for their form may also be a placeholder that the examples fill in. */
function withPlaceholders(schema: unknown): object {
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    const out: Record<string, unknown> = Object.fromEntries(
      Object.entries(node).map(([key, value]) => [key, key === 'const' || key === 'enum' || key === 'required' ? value : walk(value)]),
    );
    const { type } = out;
    const constrained =
      type === 'integer' || type === 'number' || type === 'boolean' || (type === 'string' && ('enum' in out || 'pattern' in out || 'format' in out || 'const' in out));
    if (!constrained) return out;
    const { description, ...inner } = out;
    return { ...(description === undefined ? {} : { description }), anyOf: [inner, PLACEHOLDER] };
  };
  const out = walk(schema);
  return typeof out === 'object' && out !== null ? out : {};
}
