import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Reporter, TestCase, TestModule, TestSpecification } from 'vitest/node';
import type { AttemptRecord, Results, ScenarioRun } from '../scenario/index.ts';
import { RESULTS_VERSION } from '../scenario/index.ts';
import type { WorldModel } from '../world/index.ts';
import type { RunListener } from './listener.ts';
import type { ScenarioMeta } from './meta.ts';
import { outcomeOf, overallOutcome } from './outcome.ts';
import type { LeaseMode } from './pool/messages.ts';
import { type Requirement, readRequirements, requirementTable } from './requirements.ts';
import { findScenarioFiles } from './selection.ts';
import type { AloneEfforts } from './sequencer.ts';
import { readScenarioFile, SCENARIO_SUFFIX } from './vite/plugin.ts';
import type { HostEvidence, WorldHost } from './world-host.ts';

export interface CollectorOptions {
  root: string;
  host: WorldHost;
  /** Variant of a world by the name of its Vitest project. */
  projects: ReadonlyMap<string, WorldModel>;
  alone: AloneEfforts;
  listeners: readonly RunListener[];
}

/** Vitest reporter that turns tests into results: the only place where Vitest's words become ours. */
export class Collector implements Reporter {
  readonly #options: CollectorOptions;
  readonly #requirements: { world: string; list: Requirement[] }[];
  #started = Date.now();
  #began = performance.now();
  /** By project: several Vitests may report here, each for its own. */
  readonly #runs = new Map<string, ScenarioRun[]>();
  readonly #counts = new Map<string, { planned: number; done: number }>();

  /** What projects will run whose world's turn has not come. */
  readonly #awaited = new Map<string, Record<LeaseMode, number>>();

  /** @throws InputError when a catalogue of requirements is wrong */
  constructor(options: CollectorOptions) {
    this.#options = options;
    const worlds = new Map([...options.projects.values()].map((model) => [model.name, model.dir]));
    this.#requirements = [...worlds].map(([world, dir]) => ({ world, list: readRequirements(dir) }));
  }

  onTestRunStart(specifications: ReadonlyArray<TestSpecification>): void {
    // Watch mode begins anew; the second of two Vitests does not.
    if (this.#counts.size === 0 || specifications.some(({ project }) => this.#counts.has(project.name))) {
      this.#started = Date.now();
      this.#began = performance.now();
      this.#counts.clear();
      this.#runs.clear();
    }
    const counts = new Map<string, { 'side-by-side': number; alone: number }>();
    for (const specification of specifications) {
      const { project, moduleId } = specification;
      const model = this.#options.projects.get(project.name);
      if (model === undefined || !moduleId.endsWith(SCENARIO_SUFFIX)) continue;
      const { tests } = readScenarioFile(moduleId, readFileSync(moduleId, 'utf8'), model);
      const names = specification.testNames;
      const wanted = tests.filter((test) => names === undefined || names.includes(test.title));
      const count = counts.get(project.name) ?? { 'side-by-side': 0, alone: 0 };
      for (const test of wanted) count[test.mode]++;
      counts.set(project.name, count);
      const known = this.#counts.get(project.name) ?? { planned: 0, done: 0 };
      this.#counts.set(project.name, { ...known, planned: known.planned + wanted.length });
    }
    for (const [project, count] of counts) this.#awaited.set(project, count);
    const first = [...this.#options.projects.keys()].find((project) => counts.has(project));
    if (first !== undefined) this.#begin(first);
    for (const listener of this.#options.listeners) {
      const planned = [...counts].reduce((sum, [, count]) => sum + count.alone + count['side-by-side'], 0);
      if (planned > 0) listener.planned?.(planned, [...counts.keys()]);
    }
  }

  onTestModuleQueued({ project }: TestModule): void {
    if (this.#awaited.has(project.name)) this.#begin(project.name);
  }

  /**
   * The instances of a world start when its turn comes, of all its variants, in turns of one each. Those of a later world would
   * take the processor from the mail systems that run.
   */
  #begin(project: string): void {
    const dir = this.#options.projects.get(project)?.dir;
    for (const [name, count] of this.#awaited) {
      if (this.#options.projects.get(name)?.dir !== dir) continue;
      this.#awaited.delete(name);
      this.#options.host.expect(name, count);
    }
  }

  onTestCaseReady(test: TestCase): void {
    const { mailproof } = test.meta();
    if (mailproof) for (const listener of this.#options.listeners) listener.scenarioStarted?.({ project: `${mailproof.world}/${mailproof.variant}`, scenario: mailproof.scenario });
  }

  onTestCaseResult(test: TestCase): void {
    const { mailproof } = test.meta();
    if (mailproof === undefined || test.result().state === 'skipped') return;
    const count = this.#counts.get(test.project.name);
    if (count) count.done++;
    const run = this.#toRun(test, mailproof);
    const total = (what: 'done' | 'planned'): number => [...this.#counts.values()].reduce((sum, one) => sum + one[what], 0);
    for (const listener of this.#options.listeners) listener.scenarioFinished?.(run, { done: total('done'), planned: total('planned') });
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    for (const module of modules) {
      const { name } = module.project;
      const model = this.#options.projects.get(name);
      if (model !== undefined) this.#runs.set(name, [...(this.#runs.get(name) ?? []), ...this.#runsOf(module, model)]);
    }
  }

  /** What the last run came to, once its instances said what they met. */
  results(evidence: HostEvidence): Results {
    const { root } = this.#options;
    const runs = [...this.#runs.values()]
      .flat()
      .sort((a, b) => a.world.localeCompare(b.world) || a.variant.localeCompare(b.variant) || a.file.localeCompare(b.file) || a.line - b.line);
    return {
      version: RESULTS_VERSION,
      outcome: overallOutcome(runs),
      started: new Date(this.#started).toISOString(),
      duration_ms: Math.round(performance.now() - this.#began),
      environment: { mailproof: versionOf(root), node: process.versions.node, engine: evidence.engine, images: evidence.images },
      runs,
      strays: evidence.strays,
      unparsed: evidence.unparsed,
      unknownNames: evidence.unknownNames,
      whole: this.#whole(runs),
      requirements: this.#requirements.flatMap(({ world, list }) => requirementTable(world, list, runs)),
    };
  }

  /** Worlds of which each scenario was run, on one variant at least. */
  #whole(runs: readonly ScenarioRun[]): string[] {
    const ran = new Set(runs.map((run) => JSON.stringify([run.world, run.file, run.scenario])));
    const models = new Map([...this.#options.projects.values()].map((model) => [model.name, model]));
    return [...models.values()]
      .filter((model) =>
        findScenarioFiles(model.dir).every((file) =>
          readScenarioFile(file, readFileSync(file, 'utf8'), model).tests.every((test) => ran.has(JSON.stringify([model.name, this.#show(file), test.title]))),
        ),
      )
      .map((model) => model.name);
  }

  #runsOf(module: TestModule, model: WorldModel): ScenarioRun[] {
    const runs: ScenarioRun[] = [];
    for (const test of module.children.allTests()) {
      const { mailproof } = test.meta();
      if (test.result().state === 'skipped' && (mailproof?.attempts.length ?? 0) === 0) continue;
      runs.push(mailproof ? this.#toRun(test, mailproof) : this.#broken(module, model, test.name, test.location?.line ?? 1, errorText(test.result().errors)));
    }
    const errors = module.errors();
    if (errors.length > 0) runs.push(this.#broken(module, model, path.basename(module.moduleId), 1, errorText(errors)));
    return runs;
  }

  #toRun(test: TestCase, meta: ScenarioMeta): ScenarioRun {
    const result = test.result();
    const attempts = [...meta.attempts];
    // A test can fail outside of any attempt, when its worker ended or the run was cancelled.
    if (result.state === 'failed' && attempts.at(-1)?.outcome !== 'failed') attempts.push(failedAttempt('INTERNAL', errorText(result.errors), this.#show(meta.file), meta.line));
    return {
      world: meta.world,
      variant: meta.variant,
      scenario: meta.scenario,
      file: this.#show(meta.file),
      line: meta.line,
      tags: [...meta.tags],
      covers: [...meta.covers],
      outcome: outcomeOf(attempts),
      attempts,
      duration_ms: Math.round(attempts.reduce((sum, attempt) => sum + attempt.duration_ms, 0)),
      again: `npx mailproof run ${this.#show(meta.file)}:${meta.line} --variant ${meta.variant}`,
    };
  }

  #broken(module: TestModule, model: WorldModel, scenario: string, line: number, message: string): ScenarioRun {
    const file = this.#show(module.moduleId);
    return {
      world: model.name,
      variant: model.variant,
      scenario,
      file,
      line,
      tags: [],
      covers: [],
      outcome: 'failed',
      attempts: [failedAttempt('INPUT', message, file, line)],
      duration_ms: 0,
      again: `npx mailproof check ${file}`,
    };
  }

  #show(file: string): string {
    return path.relative(this.#options.root, file).split(path.sep).join('/');
  }
}

function failedAttempt(code: string, message: string, file: string, line: number): AttemptRecord {
  return {
    outcome: 'failed',
    duration_ms: 0,
    error: { code, message, file, line, col: 1 },
    steps: [],
    observation: { replies: [], outcomes: [] },
    violations: [],
    traces: [],
    logs: [],
  };
}

function errorText(errors: readonly { message?: string }[] | undefined): string {
  return (errors ?? []).map((error) => error.message ?? 'no message').join('\n') || 'failed without an error';
}

function versionOf(root: string): string {
  const own = path.join(import.meta.dirname, '..', '..', 'package.json');
  const parsed: unknown = JSON.parse(readFileSync(own, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : `unknown (${path.relative(root, own)})`;
}
