import { Writable } from 'node:stream';
import { createVitest } from 'vitest/node';
import { InputError, MailproofError } from '../base/index.ts';
import type { Results } from '../scenario/index.ts';
import { mailproofVitest } from './config.ts';
import type { RunListener } from './listener.ts';
import { readRequirements } from './requirements.ts';
import { type SelectedProject, type SelectionOptions, selectScenarios, shardOf } from './selection.ts';
import type { AloneEfforts } from './sequencer.ts';
import { openStage, type Stage } from './stage.ts';

export interface RunOptions extends Omit<SelectionOptions, 'root' | 'targets'> {
  root?: string;
  targets?: readonly string[];
  /** Each failed scenario is tried so often again. */
  retries?: number;
  /** `2/5`: the second of five parts of the suite. */
  shard?: string;
  /** Instances stay after the run. */
  keep?: boolean;
  /** Folder beside the reports for packet captures, emptied first: every scenario then runs alone, and its packets are recorded. */
  captures?: string;
  lanes?: number;
  workers?: number;
  listeners?: readonly RunListener[];
  /** Ends the run: scenarios under way are finished, the rest are not begun, instances are taken away. */
  signal?: AbortSignal;
}

/**
 * Runs scenarios and says what came of them. Every instance is gone when it resolves, unless kept.
 * @throws InputError when any file is wrong (nothing was started then), MailproofError NOT_FOUND, USAGE
 */
export async function runScenarios(options: RunOptions = {}): Promise<Results> {
  const root = options.root ?? process.cwd();
  const listeners = options.listeners ?? [];
  const report = (line: string): void => {
    for (const listener of listeners) listener.line?.(line);
  };
  const all = selectScenarios({ ...options, root, targets: options.targets ?? [], tell: report }).filter(({ files }) => files.length > 0);
  refuseProblems(all);
  const projects = options.shard === undefined ? all : shardOf(all, options.shard);
  for (const dir of new Set(projects.map((project) => project.model.dir))) readRequirements(dir);
  if (all.length === 0) throw new MailproofError('NOT_FOUND', 'no scenario was selected', { hint: 'look at the filters: name, --tag, --covers, line' });
  const alone = new Map(
    projects.flatMap((project) =>
      project.files.map(({ file, tests }): [string, number] => [
        `${project.name} ${file}`,
        tests.filter((test) => test.mode === 'alone').reduce((sum, test) => sum + test.effort, 0),
      ]),
    ),
  );
  const models = projects.map((project) => project.model);
  const stage = await openStage({ root, models, alone, listeners, report, ...given(options, ['keep', 'lanes', 'captures']) });
  // While Vitest gets ready, the instances do. Without an engine or images nothing can be run, and nothing is.
  const ready = stage.host.prepare().then(() => {
    if (options.signal?.aborted === true) return;
    for (const { name, files } of projects) {
      const tests = files.flatMap((file) => file.tests);
      const own = tests.filter((test) => test.mode === 'alone').length;
      stage.host.warm(name, { alone: own, 'side-by-side': tests.length - own });
    }
  });
  // Each Vitest waits for it; before the first does, its failure is nobody's yet.
  ready.catch(() => {});
  const abort = (): void => stage.host.refuse();
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    // A Vitest of its own for each: one runs its projects in turns, as a worker serves only one of them.
    // All settled first: a Vitest that is still starting could not be closed.
    const ended = await Promise.allSettled(projects.map((project) => runProject(project, { ...options, root }, { stage, alone, ready })));
    const failed = ended.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    const said = ended.map((one) => (one.status === 'fulfilled' ? one.value : ''));
    const results = await stage.close();
    if (results.runs.length === 0 && projects.length > 0 && options.signal?.aborted !== true)
      throw new MailproofError('ENGINE_FAILED', `no scenario was run\n${said.join('').trim()}`);
    return results;
  } catch (error) {
    await stage.host.close();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

/** @returns what Vitest itself had to say */
async function runProject(project: SelectedProject, options: RunOptions & { root: string }, on: { stage: Stage; alone: AloneEfforts; ready: Promise<void> }): Promise<string> {
  const { stage, alone, ready } = on;
  const { root, signal } = options;
  const { test, ...vite } = mailproofVitest({ root, models: [project.model], alone, stage, ...given(options, ['retries', 'workers']) });
  const said: string[] = [];
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      said.push(String(chunk));
      done();
    },
  });
  // Vitest speaks through process.exitCode; here the results do, and the caller decides.
  const before = process.exitCode;
  const vitest = await createVitest({ ...test, config: false, root, watch: false, reporters: [] }, vite, { stdout: sink, stderr: sink });
  const cancel = (): void => void vitest.cancelCurrentRun('keyboard-input');
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    await ready;
    if (signal?.aborted !== true) await vitest.runTestSpecifications(specificationsOf(vitest, [project]), false);
  } finally {
    signal?.removeEventListener('abort', cancel);
    await vitest.close();
    process.exitCode = before;
  }
  return said.join('');
}

/** Those of these options that were given. */
function given<T extends object, K extends keyof T>(options: T, keys: readonly K[]): { [P in K]?: NonNullable<T[P]> } {
  const out: { [P in K]?: NonNullable<T[P]> } = {};
  for (const key of keys) {
    const value = options[key];
    if (value !== undefined && value !== null) out[key] = value;
  }
  return out;
}

type Running = Awaited<ReturnType<typeof createVitest>>;

function specificationsOf(vitest: Running, projects: readonly SelectedProject[]) {
  return projects.flatMap((selected) => {
    const project = vitest.getProjectByName(selected.name);
    return selected.files.map(({ file, tests, total }) => project.createSpecification(file, tests.length === total ? undefined : { testNames: tests.map((test) => test.title) }));
  });
}

/** @throws InputError with everything that is wrong in the files */
export function refuseProblems(projects: readonly SelectedProject[]): void {
  const files = projects.flatMap((project) => project.files);
  const diagnostics = files.flatMap((file) => file.diagnostics);
  if (diagnostics.length === 0) return;
  // A file is read once for each variant, and mostly says the same each time.
  const unique = [...new Map(diagnostics.map((one) => [`${one.file}:${one.line}:${one.col}:${one.message}`, one])).values()];
  throw new InputError(unique, new Map(files.map((file) => [file.shown, file.source])));
}
