import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { scenarioJsonSchema } from './json-schema.ts';
import { OUTCOME_KINDS } from './outcomes/index.ts';
import { VERBS } from './verbs/index.ts';

/** As much of JSON Schema draft-07 as the generated schema uses; any other keyword is an error. */
function valid(schema: unknown, value: unknown, root: unknown): boolean {
  if (typeof schema === 'boolean') return schema;
  const node = object(schema);
  return Object.entries(node).every(([keyword, argument]) => {
    switch (keyword) {
      case '$schema':
      case 'description':
      case 'definitions':
      case 'id':
      case 'default':
      case 'format':
      case 'contentEncoding':
      case 'additionalItems': // beside maxItems it says nothing more
        return true;
      case '$ref':
        return valid(
          String(argument)
            .slice(2)
            .split('/')
            .reduce<unknown>((at, name) => object(at)[name], root),
          value,
          root,
        );
      case 'type':
        return [argument].flat().some((type) => isType(value, type));
      case 'const':
        return value === argument;
      case 'enum':
        return list(argument).includes(value);
      case 'anyOf':
      case 'oneOf':
        return list(argument).some((one) => valid(one, value, root));
      case 'allOf':
        return list(argument).every((one) => valid(one, value, root));
      case 'not':
        return !valid(argument, value, root);
      case 'pattern':
        return typeof value !== 'string' || new RegExp(String(argument), 'u').test(value);
      case 'minLength':
        return typeof value !== 'string' || value.length >= Number(argument);
      case 'minimum':
        return typeof value !== 'number' || value >= Number(argument);
      case 'maximum':
        return typeof value !== 'number' || value <= Number(argument);
      case 'exclusiveMinimum':
        return typeof value !== 'number' || value > Number(argument);
      case 'minItems':
        return !Array.isArray(value) || value.length >= Number(argument);
      case 'maxItems':
        return !Array.isArray(value) || value.length <= Number(argument);
      case 'items':
        return !Array.isArray(value) || value.every((item, i) => (Array.isArray(argument) ? valid(argument[i] ?? true, item, root) : valid(argument, item, root)));
      case 'required':
        return !isObject(value) || list(argument).every((name) => String(name) in value);
      case 'minProperties':
        return !isObject(value) || Object.keys(value).length >= Number(argument);
      case 'maxProperties':
        return !isObject(value) || Object.keys(value).length <= Number(argument);
      case 'propertyNames':
        return !isObject(value) || Object.keys(value).every((name) => valid(argument, name, root));
      case 'properties':
        return !isObject(value) || Object.entries(value).every(([name, inner]) => !(name in object(argument)) || valid(object(argument)[name], inner, root));
      case 'additionalProperties':
        return (
          !isObject(value) ||
          Object.entries(value).every(
            ([name, inner]) =>
              name in object(node.properties ?? {}) ||
              Object.keys(object(node.patternProperties ?? {})).some((pattern) => new RegExp(pattern, 'u').test(name)) ||
              valid(argument, inner, root),
          )
        );
      case 'patternProperties':
        return (
          !isObject(value) ||
          Object.entries(value).every(([name, inner]) =>
            Object.entries(object(argument)).every(([pattern, fit]) => !new RegExp(pattern, 'u').test(name) || valid(fit, inner, root)),
          )
        );
      default:
        throw new Error(`the schema uses ${keyword}, which this test does not know`);
    }
  });
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const object = (value: unknown): Record<string, unknown> => {
  if (!isObject(value)) throw new Error(`not an object: ${JSON.stringify(value)}`);
  return value;
};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

function isType(value: unknown, type: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return type === 'null' ? value === null : typeof value === type;
}

const REPOSITORY = path.join(import.meta.dirname, '../..');
const schema = scenarioJsonSchema();
const fits = (document: unknown): boolean => valid(schema, document, schema);
const step = (verb: string, value: unknown): unknown => ({ scenario: 'x', steps: [{ [verb]: value }] });

test('the schema says that it is draft-07', () => {
  expect(schema).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#', additionalProperties: false });
});

test('every example of every verb and outcome fits the schema', () => {
  for (const verb of VERBS) for (const example of verb.examples) expect(fits(step(verb.name, example)), `${verb.name} ${JSON.stringify(example)}`).toBe(true);
  for (const kind of OUTCOME_KINDS) expect(fits(step('expect', [{ [kind.kind]: kind.example }])), kind.kind).toBe(true);
});

test('a placeholder may stand where a number or a chosen word is wanted', () => {
  expect(fits(step('send', { from: 'a@b.test', to: `\${to}`, tls: `\${tls}`, port: `\${port}` }))).toBe(true);
});

test('a placeholder may say which verb a step has, and a word that is no verb may not', () => {
  expect(fits(step(`\${fault}`, 'mx'))).toBe(true);
  expect(fits(step('fault', 'mx'))).toBe(false);
});

test('every scenario file of this repository fits the schema', () => {
  const files = globSync('scenarios/*/*.scenario.yaml', { cwd: REPOSITORY });
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    for (const document of parseAllDocuments(readFileSync(path.join(REPOSITORY, file), 'utf8'))) {
      const value: unknown = document.toJS();
      if (value !== null) expect(fits(value), `${file}: ${JSON.stringify(isObject(value) ? value.scenario : value)}`).toBe(true);
    }
  }
});

test.for<[string, unknown]>([
  ['an unknown key at the top', { scenario: 'x', steps: [{ clock: 'advance 5d' }], tag: [] }],
  ['no steps', { scenario: 'x' }],
  ['an unknown verb', step('sned', {})],
  ['two verbs in a step', { scenario: 'x', steps: [{ stop: 'mx', start: 'mx' }] }],
  ['an unknown key of a verb', step('send', { from: 'a@b.test', too: 'c@d.test' })],
  ['a word that is none of the choice', step('send', { from: 'a@b.test', to: 'c@d.test', tls: 'always' })],
  ['a verb that cannot be undone in given', { scenario: 'x', given: [{ clock: 'advance 5d' }], steps: [{ stop: 'mx' }] }],
  ['an unknown field of an outcome', step('expect', [{ delivered: { fodler: 'INBOX' } }])],
  ['two outcomes in an item', step('expect', [{ queued: {}, failed: {} }])],
  ['a dialog line that is no text', step('dialog', { lines: [17] })],
  ['a count that is no number', step('expect', [{ queued: { count: 'many' } }])],
  ['an unknown check', step('expect', [{ routes: ['mx'] }])],
  ['a flag that may only be true', step('send', { from: 'a@b.test', to: 'c@d.test', smtputf8: false })],
  ['an empty list of recipients', step('send', { from: 'a@b.test', to: [] })],
  ['a record of an unknown type', step('dns', { 'x.test': { MXX: '10 mx.x.test' } })],
  ['an unknown behaviour', step('outside', { 'x.test': { behaves: [{ sulks: true }] } })],
])('%s does not fit', ([, document]) => {
  expect(fits(document)).toBe(false);
});
