import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, type Path, type Position, readYaml, type Span, type YamlSource } from '../base/index.ts';
import { variantsOf, type WorldModel } from '../world/index.ts';
import { CheckContext } from './check-context.ts';
import { checkPlaceholders, type Filled, fillIn, RUN_TOKEN, readRows } from './examples.ts';
import { scenarioSchema } from './scenario-schema.ts';
import { type BoundVerb, VERBS } from './verbs/index.ts';

/** One step as it stands in the file. */
export interface ScenarioStep {
  verb: string;
  /** One line for people. */
  summary: string;
  line: number;
  col: number;
  /** Place of a path inside the step's value. */
  at(path: Path): Position;
  /** The step with the token of a run in it. */
  bind(token: string): BoundVerb;
}

/** One test: the scenario with one row of its examples. */
export interface ScenarioExample {
  /** The sentence, with the row's values in it. */
  title: string;
  given: ScenarioStep[];
  steps: ScenarioStep[];
  /** How long it takes, in steps of the usual kind. */
  effort: number;
}

export interface Scenario {
  /** The sentence as it stands in the file. */
  name: string;
  file: string;
  line: number;
  col: number;
  tags: string[];
  covers: string[];
  /** `alone`: a step changes what other scenarios in the same instance would see. Follows from the verbs. */
  mode: 'side-by-side' | 'alone';
  /** One at least: a scenario without `examples:` has one. */
  examples: ScenarioExample[];
}

/** A scenario that says that it is for other variants of the world. */
export interface ElsewhereScenario {
  name: string;
  line: number;
  only: string[];
  why: string;
}

export interface ParsedScenarios {
  /** Those that run on the variant they were read for. */
  scenarios: Scenario[];
  elsewhere: ElsewhereScenario[];
  diagnostics: Diagnostic[];
}

const cache = new Map<string, Map<string, { text: string; parsed: ParsedScenarios }>>();
const fingerprints = new WeakMap<WorldModel, string>();

/** Every instance that is attached brings a model of its own; equal ones of equal worlds read a file alike. */
function fingerprint(model: WorldModel): string {
  const known =
    fingerprints.get(model) ??
    createHash('sha256')
      .update(JSON.stringify([model.variant, ...variantsOf(model)]))
      .digest('hex');
  fingerprints.set(model, known);
  return known;
}

/**
 * Reads a scenario file against its world. All that is wrong in it is in `diagnostics`; a scenario with something
 * wrong in it is left out. A file that was read already with the same text is not read again.
 */
export function parseScenarios(file: string, text: string, model: WorldModel): ParsedScenarios {
  const key = fingerprint(model);
  const known = cache.get(key) ?? new Map<string, { text: string; parsed: ParsedScenarios }>();
  cache.set(key, known);
  const last = known.get(file);
  if (last?.text === text) return last.parsed;
  const parsed = read(file, text, model);
  known.set(file, { text, parsed });
  return parsed;
}

function read(file: string, text: string, model: WorldModel): ParsedScenarios {
  const scenarios: Scenario[] = [];
  const elsewhere: ElsewhereScenario[] = [];
  const diagnostics: Diagnostic[] = [];
  const sources = readYaml(file, text);
  if (sources.length === 0 || sources.every((source) => source.value === null)) {
    diagnostics.push({ file, line: 1, col: 1, code: 'empty', message: 'the file holds no scenario', expected: 'scenario: A sentence about behaviour' });
  }
  const titles = new Map<string, number>();
  for (const source of sources) {
    if (source.value === null) continue;
    const { scenario, elsewhere: other, diagnostics: found } = readScenario(source, model);
    diagnostics.push(...found);
    if (other !== undefined) elsewhere.push(other);
    if (scenario === undefined) continue;
    for (const title of new Set(scenario.examples.map((example) => example.title))) {
      const first = titles.get(title);
      if (first !== undefined) diagnostics.push(source.problem(['scenario'], 'title-twice', `another scenario of this file is called so too (line ${first})`, { received: title }));
      titles.set(title, scenario.line);
    }
    scenarios.push(scenario);
  }
  return { scenarios, elsewhere, diagnostics };
}

function readScenario(source: YamlSource, model: WorldModel): { scenario?: Scenario; elsewhere?: ElsewhereScenario; diagnostics: Diagnostic[] } {
  if (source.diagnostics.length > 0) return { diagnostics: source.diagnostics };
  const { rows, diagnostics } = readRows(source);
  const body = withoutExamples(source.value);
  const filled = rows.map((row) => fillIn(body, row));
  diagnostics.push(...checkPlaceholders(source, filled, rows));
  const examples = filled.map((one) => readExample(source, one, model, diagnostics));
  const found = unique(diagnostics);
  const [first] = examples;
  if (found.length > 0 || first === undefined) return { diagnostics: found };
  const complete = examples.flatMap((example) => example ?? []);
  const { line, col } = source.keyAt(['scenario']);
  if (first.variants !== undefined && !first.variants.only.includes(model.variant)) return { elsewhere: { name: first.name, line, ...first.variants }, diagnostics: [] };
  const steps = complete.flatMap((example) => [...example.given, ...example.steps]);
  const { name, tags, covers } = first;
  return {
    scenario: {
      name,
      file: source.file,
      line,
      col,
      tags,
      covers,
      mode: first.alone || steps.some((step) => step.bind(CHECK_TOKEN).changes(model)) ? 'alone' : 'side-by-side',
      examples: complete.map(({ title, given, steps: own, effort }) => ({ title, given, steps: own, effort })),
    },
    diagnostics: [],
  };
}

/** Stands for the token of a run while a file is checked; fits wherever a real one does. */
const CHECK_TOKEN = 'run0';

interface ReadExample extends ScenarioExample {
  name: string;
  variants: { only: string[]; why: string } | undefined;
  alone: boolean;
  tags: string[];
  covers: string[];
}

function readExample(source: YamlSource, filled: Filled, model: WorldModel, diagnostics: Diagnostic[]): ReadExample | undefined {
  const withToken = fillIn(filled.value, { [RUN_TOKEN]: CHECK_TOKEN });
  const place = (at: Path): Path => filled.place(withToken.place(at));
  const checked = source.check(scenarioSchema, { value: withToken.value, place });
  if (checked.value === undefined) {
    diagnostics.push(...checked.diagnostics);
    return undefined;
  }
  const context = new CheckContext(model, source, place);
  const { variants } = checked.value;
  for (const [index, name] of (variants?.only ?? []).entries()) context.known(['variants', 'only', index], 'variant', name, model.variants);
  const isElsewhere = variants !== undefined && !variants.only.includes(model.variant);
  const toSteps = (list: 'given' | 'steps'): ScenarioStep[] =>
    rawSteps(filled.value, list).map(([name, raw], index) => toStep(source, [list, index, name], raw, filled.place, context));
  // What it names may not exist here: it is checked where it runs.
  const given = isElsewhere ? [] : toSteps('given');
  const steps = isElsewhere ? [] : toSteps('steps');
  checkCovers(checked.value.covers ?? [], model, context);
  diagnostics.push(...context.diagnostics);
  return {
    name: nameOf(source.value),
    title: checked.value.scenario.replaceAll(CHECK_TOKEN, `\${${RUN_TOKEN}}`),
    tags: checked.value.tags ?? [],
    covers: checked.value.covers ?? [],
    variants,
    alone: checked.value.alone === true,
    given,
    steps,
    effort: [...given, ...steps].reduce((sum, step) => sum + step.bind(CHECK_TOKEN).effort(), 0),
  };
}

function toStep(source: YamlSource, prefix: Path, raw: unknown, place: (path: Path) => Path, context: CheckContext): ScenarioStep {
  const verb = VERBS.find((one) => one.name === prefix.at(-1));
  if (verb === undefined) throw new Error(`verb ${String(prefix.at(-1))} passed the schema and is not in the table`);
  const bind = (token: string): BoundVerb => verb.bind(fillIn(raw, { [RUN_TOKEN]: token }).value);
  const bound = bind(CHECK_TOKEN);
  context.enter(prefix);
  bound.check(context);
  context.enter([]);
  const { line, col } = source.keyAt(place(prefix));
  return {
    verb: verb.name,
    summary: bound.summary().replaceAll(CHECK_TOKEN, `\${${RUN_TOKEN}}`),
    line,
    col,
    at: (path) => position(path.length === 0 ? source.keyAt(place(prefix)) : source.at(place([...prefix, ...path]))),
    bind,
  };
}

const position = ({ file, line, col }: Span): Position => ({ file, line, col });

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Verb and value of each step; the schema has seen to it that there is one verb each. */
function rawSteps(value: unknown, list: 'given' | 'steps'): [string, unknown][] {
  const steps = isMap(value) ? value[list] : undefined;
  return Array.isArray(steps) ? steps.flatMap((step: unknown) => (isMap(step) ? Object.entries(step).slice(0, 1) : [])) : [];
}

function withoutExamples(value: unknown): unknown {
  if (!isMap(value)) return value;
  const { examples: _, ...rest } = value;
  return rest;
}

const nameOf = (value: unknown): string => (isMap(value) && typeof value.scenario === 'string' ? value.scenario : '');

/** Ids in `covers` must be those of requirements.yaml, where the world has one. */
function checkCovers(covers: readonly string[], model: WorldModel, context: CheckContext): void {
  const ids = covers.length === 0 ? undefined : requirementIds(path.join(model.dir, 'requirements.yaml'));
  if (ids === undefined) return;
  covers.forEach((id, index) => {
    context.known(['covers', index], 'requirement', id, ids);
  });
}

const requirements = new Map<string, { mtimeMs: number; ids: string[] }>();

/** Asked for by every row of every scenario, read when it changed. */
function requirementIds(file: string): string[] | undefined {
  const mtimeMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (mtimeMs === undefined) return undefined;
  const known = requirements.get(file);
  if (known?.mtimeMs === mtimeMs) return known.ids;
  const list = readYaml(file, readFileSync(file, 'utf8'))[0]?.value;
  const ids = Array.isArray(list) ? list.flatMap((one: unknown) => (isMap(one) && typeof one.id === 'string' ? [one.id] : [])) : [];
  requirements.set(file, { mtimeMs, ids });
  return ids;
}

/** A problem that every row of the examples has is said once. */
function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...new Map(diagnostics.map((d) => [`${d.line}:${d.col}:${d.code}:${d.message}`, d])).values()];
}
