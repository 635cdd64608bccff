import { stringify } from 'yaml';

/** A value on one line, quoted where YAML needs it. */
export function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

/** Where an installed mailproof has its schemas, from a world's folder. */
export const schemaLine = (name: 'world' | 'scenario'): string => `# yaml-language-server: $schema=../../node_modules/mailproof/docs/schema/${name}.json`;
