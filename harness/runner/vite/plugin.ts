import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'vite';
import { type Diagnostic, renderDiagnostics } from '../../base/index.ts';
import { type ElsewhereScenario, parseScenarios } from '../../scenario/index.ts';
import { loadWorld, type WorldModel } from '../../world/index.ts';
import { type ModuleProblem, type ModuleTest, scenarioModule } from './scenario-module.ts';

export const SCENARIO_SUFFIX = '.scenario.yaml';
/** What generated modules import; a file of its own so that it can be loaded by Node as it is. */
export const WORKER_RUNTIME = path.join(import.meta.dirname, '..', 'worker', `index${path.extname(import.meta.filename)}`);

/** What a scenario file holds, in the form that both the plugin and the selection of scenarios use. */
export interface ScenarioFile {
  tests: ModuleTest[];
  /** Scenarios of it that run on other variants only. */
  elsewhere: ElsewhereScenario[];
  diagnostics: Diagnostic[];
}

/** How a file is named in messages. */
export function shownPath(file: string): string {
  return path.relative(process.cwd(), file) || file;
}

const read = new WeakMap<WorldModel, Map<string, { source: string; content: ScenarioFile }>>();

/** Reads one scenario file against its world, once as long as neither changes. Never throws for what is wrong inside the file. */
export function readScenarioFile(file: string, source: string, model: WorldModel): ScenarioFile {
  const known = read.get(model) ?? new Map<string, { source: string; content: ScenarioFile }>();
  read.set(model, known);
  const before = known.get(file);
  if (before?.source === source) return before.content;
  const content = parseFile(file, source, model);
  known.set(file, { source, content });
  return content;
}

function parseFile(file: string, source: string, model: WorldModel): ScenarioFile {
  const { scenarios, elsewhere, diagnostics } = parseScenarios(shownPath(file), source, model);
  const tests = scenarios.flatMap((scenario, index) =>
    scenario.examples.map((example, row) => ({
      title: example.title,
      tags: scenario.tags,
      covers: scenario.covers,
      mode: scenario.mode,
      scenario: index,
      example: row,
      line: scenario.line,
      col: scenario.col,
      effort: example.effort,
      steps: example.steps.map(({ line, col }) => ({ line, col })),
    })),
  );
  return { tests: named(tests), elsewhere, diagnostics };
}

/** Titles are how single tests are selected, so a second one of the same name gets a number. */
export function named(tests: ModuleTest[]): ModuleTest[] {
  const seen = new Map<string, number>();
  return tests.map((test) => {
    const count = (seen.get(test.title) ?? 0) + 1;
    seen.set(test.title, count);
    return count === 1 ? test : { ...test, title: `${test.title} (${count})` };
  });
}

/** What is wrong, as failing tests. */
export function problemsOf(diagnostics: readonly Diagnostic[], file: string, source: string): ModuleProblem[] {
  return diagnostics.map((diagnostic) => ({
    line: diagnostic.line,
    col: diagnostic.col,
    title: `${diagnostic.code}: ${diagnostic.message}`,
    text: renderDiagnostics([diagnostic], new Map([[shownPath(file), source]])),
  }));
}

/** When the files that scenarios are checked against were changed last. */
function stampOf(model: WorldModel): string {
  return [model.file, path.join(model.dir, 'requirements.yaml')].map((file) => (existsSync(file) ? statSync(file).mtimeMs : 'none')).join(' ');
}

/** Vite plugin: `*.scenario.yaml` becomes a test module for one variant of the world in its folder. */
export function scenarioPlugin(of: WorldModel): Plugin {
  let model = of;
  let stamp = stampOf(of);
  return {
    name: 'mailproof:scenario',
    enforce: 'pre',
    load(id) {
      const file = id.split('?')[0] ?? id;
      if (!file.endsWith(SCENARIO_SUFFIX)) return undefined;
      const source = readFileSync(file, 'utf8');
      const now = stampOf(model);
      if (now !== stamp) model = loadWorld(model.dir, model.variant, model.root);
      stamp = now;
      this.addWatchFile(path.resolve(model.file));
      const { tests, diagnostics } = readScenarioFile(file, source, model);
      return scenarioModule({ file, source, world: model.name, variant: model.variant, runtime: WORKER_RUNTIME, tests, problems: problemsOf(diagnostics, file, source) });
    },
  };
}
