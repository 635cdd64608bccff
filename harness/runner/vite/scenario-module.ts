import type { ScenarioMeta } from '../meta.ts';
import { type Mapping, type SourceMap, sourceMap } from './source-map.ts';

/** One Vitest test: a scenario, or one row of its examples. Lines and columns count from 1. */
export interface ModuleTest {
  title: string;
  tags: readonly string[];
  covers: readonly string[];
  mode: 'side-by-side' | 'alone';
  /** How long it takes, in steps of the usual kind. */
  effort: number;
  /** Which scenario of the file, and which row of its examples (0 when it has none). */
  scenario: number;
  example: number;
  line: number;
  col: number;
  steps: readonly { line: number; col: number }[];
}

/** Something wrong in the file: it becomes a failing test of its own, at its own place. */
export interface ModuleProblem {
  line: number;
  col: number;
  title: string;
  text: string;
}

export interface ModuleInput {
  /** Absolute path of the scenario file. */
  file: string;
  source: string;
  world: string;
  variant: string;
  /** What the generated module imports `scenario` and `invalid` from. */
  runtime: string;
  tests: readonly ModuleTest[];
  problems: readonly ModuleProblem[];
}

/**
 * Turns a parsed scenario file into a test module. `await step(i)` maps to the step's place in the YAML,
 * `test(...)` and `finish()` to its `scenario:` line, so that failures, task locations and `file:line` filters are the YAML's.
 */
export function scenarioModule(input: ModuleInput): { code: string; map: SourceMap } {
  const lines: string[] = [];
  const mappings: Mapping[] = [];
  const at = (text: string, marker: string, place: { line: number; col: number }): void => {
    mappings.push({ generatedLine: lines.length, generatedColumn: Math.max(0, text.indexOf(marker)), line: place.line - 1, column: place.col - 1 });
    lines.push(text);
  };
  const file = { path: input.file, world: input.world, variant: input.variant, source: input.source };
  lines.push(`import { test } from 'vitest';`, `import { scenario, invalid } from ${JSON.stringify(input.runtime)};`, `const FILE = ${JSON.stringify(file)};`);
  for (const test of input.tests) {
    const { title } = test;
    const meta: ScenarioMeta = {
      world: input.world,
      variant: input.variant,
      scenario: title,
      file: input.file,
      line: test.line,
      tags: test.tags,
      covers: test.covers,
      mode: test.mode,
      attempts: [],
    };
    at(`test.concurrent(${JSON.stringify(title)}, ${JSON.stringify({ meta: { mailproof: meta } })},`, 'test', test);
    lines.push(`(context) => scenario(context, FILE, ${test.scenario}, ${test.example}, async (step, finish) => {`);
    for (const [i, place] of test.steps.entries()) at(`await step(${i});`, 'step', place);
    at('await finish();', 'finish', test);
    lines.push('}));');
  }
  for (const problem of input.problems) {
    at(`test(${JSON.stringify(problem.title)},`, 'test', problem);
    at(`() => invalid(${JSON.stringify(problem.text)}));`, 'invalid', problem);
  }
  // Vitest takes a module without a test for a mistake.
  if (input.tests.length + input.problems.length === 0) lines.push(`test.skip(${JSON.stringify(`no scenario of this file is for ${input.variant}`)}, () => {});`);
  return { code: lines.join('\n'), map: sourceMap(input.file, input.source, mappings) };
}
