import { expect, test } from 'vitest';
import { z } from 'zod';
import { renderDiagnostics } from './diagnostics.ts';
import { readYaml } from './yaml-input.ts';

const schema = z.strictObject({
  name: z.string(),
  steps: z.array(z.union([z.strictObject({ send: z.strictObject({ from: z.string(), times: z.int().optional() }) }), z.strictObject({ stop: z.string() })])),
});

function told(text: string): string {
  const diagnostics = readYaml('a.yaml', text).flatMap((source) => source.check(schema).diagnostics);
  return renderDiagnostics(diagnostics, new Map([['a.yaml', text]]));
}

test('a value that fits is returned', () => {
  const [source] = readYaml('a.yaml', 'name: x\nsteps: [{ stop: mx }]\n');
  expect(source?.check(schema)).toEqual({ value: { name: 'x', steps: [{ stop: 'mx' }] }, diagnostics: [] });
});

test('of a union the branch that was meant is explained', () => {
  expect(told('name: x\nsteps:\n  - send: { form: a@b.test, times: many }\n')).toMatchInlineSnapshot(`
    "a.yaml:3:11 missing-key "from" is missing
      3 |   - send: { form: a@b.test, times: many }
        |           ^
      expected: string

    a.yaml:3:13 unknown-key unknown key "form"
      3 |   - send: { form: a@b.test, times: many }
        |             ^^^^
      received: form
      expected: one of from, times
      did you mean "from"?

    a.yaml:3:36 invalid-type "times" has the wrong type
      3 |   - send: { form: a@b.test, times: many }
        |                                    ^^^^
      received: "many"
      expected: number"
  `);
});

test('a missing key is told at the map that lacks it', () => {
  expect(told('steps: []\n')).toMatchInlineSnapshot(`
    "a.yaml:1:1 missing-key "name" is missing
      1 | steps: []
        | ^
      expected: string"
  `);
});

test('a syntax error has its place and stops further checks of that document', () => {
  expect(told('name: [x\nsteps: []\n')).toMatchInlineSnapshot(`
    "a.yaml:2:1 yaml Flow sequence in block collection must be sufficiently indented and end with a ]
      2 | steps: []
        | ^"
  `);
});

test('a key that stands twice is an error, not the last one wins', () => {
  expect(told('name: x\nname: y\nsteps: []\n')).toMatch(/^a\.yaml:2:1 yaml Map keys must be unique/);
});

test('places of later documents count lines from the start of the file', () => {
  const sources = readYaml('a.yaml', 'name: x\n---\nname: y\n');
  expect(sources[1]?.at(['name'])).toMatchObject({ line: 3, col: 7 });
});
