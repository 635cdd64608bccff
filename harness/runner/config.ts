import { cpus } from 'node:os';
import path from 'node:path';
import type { Plugin } from 'vite';
import type { TestProjectInlineConfiguration, ViteUserConfig } from 'vitest/config';
import type { Vitest } from 'vitest/node';
import type { Results } from '../scenario/index.ts';
import { loadWorld, ordinaryWorlds, type WorldModel } from '../world/index.ts';
import type { RunListener } from './listener.ts';
import { type AloneEfforts, sequencerFor } from './sequencer.ts';
import { openStage, type Stage } from './stage.ts';
import { scenarioPlugin } from './vite/plugin.ts';
import type { HostOptions } from './world-host.ts';
import './meta.ts';

export interface VitestOptions extends Partial<HostOptions> {
  /** Folder that holds `scenarios/`; where Vitest runs unless told. */
  root?: string;
  /** Variants to make projects of; every world's default ones unless told. */
  models?: readonly WorldModel[];
  /** Each failed scenario is tried so often again. */
  retries?: number;
  /** Threads; enough that one whose scenarios wait does not idle the machine, unless told. */
  workers?: number;
  listeners?: readonly RunListener[];
  alone?: AloneEfforts;
  /** Instances and results that several Vitests share; whoever made them ends them. One of its own unless told. */
  stage?: Stage;
  /** Called when the instances have ended, with everything that the run came to. */
  onResults?: (results: Results) => void | Promise<void>;
}

/** A worker mostly waits for mail, so there are more of them than cores. */
export function defaultWorkers(): number {
  return Math.max(3, Math.min(8, cpus().length + 2));
}

/** Every default variant of every world below `root/scenarios` that is no draft. */
export function defaultModels(root: string): WorldModel[] {
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  return ordinaryWorlds(root, tell).flatMap((first) => first.defaultVariants.map((variant) => (variant === first.variant ? first : loadWorld(first.dir, variant, root))));
}

/** One Vitest project for a variant of a world. */
function scenarioProject(model: WorldModel, order: number, options: VitestOptions, run: Plugin): TestProjectInlineConfiguration {
  return {
    extends: false,
    root: model.root,
    // Vitest asks the plugins of projects, not those of the root, whether they configure it.
    plugins: [scenarioPlugin(model), run],
    server: { watch: { ignored: ['**/reports/**'] } },
    test: {
      name: `${model.name}/${model.variant}`,
      include: [`${path.relative(model.root, model.dir)}/**/*.scenario.yaml`],
      pool: 'threads',
      isolate: false,
      maxWorkers: options.workers ?? defaultWorkers(),
      // Waits have names and deadlines of their own; the pool decides how many scenarios are under way.
      testTimeout: 0,
      hookTimeout: 0,
      maxConcurrency: 1000,
      // The module depends on the world file and the variant, which Vitest's cache on disk does not know.
      fsModuleCache: false,
      // One world after the other, and not beside the unit tests: mail systems that all start at once wait for each other's processor.
      sequence: { groupOrder: order },
      retry: options.retries ?? 0,
      includeTaskLocation: true,
      // Node runs the harness as it is: its sources, or what they were compiled to in a package.
      server: { deps: { external: [/\/harness\/.*\.ts$/, /\/mailproof\/dist\/.*\.js$/] } },
    },
  };
}

/**
 * Vitest configuration (for `vitest.config.ts`, or for Vitest's Node API) that runs scenarios: a project
 * for each variant of each world, the world instances, and the collection of results.
 * @throws InputError when a world file is wrong
 */
export function mailproofVitest(options: VitestOptions = {}): ViteUserConfig & { test: { projects: TestProjectInlineConfiguration[] } } {
  const root = options.root ?? process.cwd();
  const models = options.models ?? defaultModels(root);
  const alone = options.alone ?? new Map();
  const run = runPlugin(root, models, alone, options);
  const worlds = [...new Set(models.map((model) => model.dir))];
  return {
    root,
    test: {
      sequence: { sequencer: sequencerFor(alone) },
      // Instances are taken away while Vitest closes.
      teardownTimeout: 120_000,
      projects: models.map((model) => scenarioProject(model, 1 + worlds.indexOf(model.dir), options, run)),
    },
  };
}

/** Brings the world instances and the collector into any Vitest that loads the configuration, the editor's too. */
function runPlugin(root: string, models: readonly WorldModel[], alone: AloneEfforts, options: VitestOptions): Plugin {
  // Every project's hook is called; a restart of the watch mode closes and begins again.
  const open = new WeakSet<Vitest>();
  return {
    name: 'mailproof:run',
    async configureVitest({ vitest }) {
      if (open.has(vitest)) return;
      open.add(vitest);
      leaveSignalsToTheEngine();
      const report = options.report ?? ((line: string): void => vitest.logger.log(line));
      const stage = options.stage ?? (await openStage({ ...options, report, root, models, alone, listeners: options.listeners ?? [] }));
      vitest.config.reporters.push(stage.collector);
      vitest.provide('mailproof', stage.orders);
      if (options.stage !== undefined) return;
      vitest.onClose(async () => {
        if (!open.delete(vitest)) return;
        const results = await stage.close();
        if (results.runs.length > 0) await options.onResults?.(results);
      });
    },
  };
}

/**
 * Vitest 5 ends the process a millisecond after a signal, with worlds still running. The engine's farewell takes these away,
 * and then ends the process with the same status; where nothing was started a signal does what it does by itself.
 */
function leaveSignalsToTheEngine(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) for (const listener of process.listeners(signal)) if (listener.name === 'onExit') process.off(signal, listener);
}
