import { Writable } from 'node:stream';
import { createVitest } from 'vitest/node';
import { InputError, MailproofError } from '../base/index.ts';
import type { Results } from '../scenario/index.ts';
import { mailproofVitest } from './config.ts';
import type { RunListener } from './listener.ts';
import { readRequirements } from './requirements.ts';
import { type SelectedProject, type SelectionOptions, selectScenarios } from './selection.ts';

export interface RunOptions extends Omit<SelectionOptions, 'root' | 'targets'> {
  root?: string;
  targets?: readonly string[];
  /** Each failed scenario is tried so often again. */
  retries?: number;
  /** `2/5`: the second of five parts of the suite. */
  shard?: string;
  /** Instances stay after the run. */
  keep?: boolean;
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
  const projects = selectScenarios({ ...options, root, targets: options.targets ?? [] });
  refuseProblems(projects);
  for (const dir of new Set(projects.map((project) => project.model.dir))) readRequirements(dir);
  if (projects.length === 0) throw new MailproofError('NOT_FOUND', 'no scenario was selected', { hint: 'look at the filters: name, --tag, --covers, line' });
  let results: Results | undefined;
  const config = mailproofVitest({
    root,
    models: projects.map((project) => project.model),
    alone: new Map(
      projects.flatMap((project) => project.files.map(({ file, tests }): [string, number] => [`${project.name} ${file}`, tests.filter((test) => test.mode === 'alone').length])),
    ),
    listeners,
    report: (line) => {
      for (const listener of listeners) listener.line?.(line);
    },
    onResults: (all) => {
      results = all;
    },
    ...(options.retries === undefined ? {} : { retries: options.retries }),
    ...(options.keep === undefined ? {} : { keep: options.keep }),
    ...(options.lanes === undefined ? {} : { lanes: options.lanes }),
    ...(options.workers === undefined ? {} : { workers: options.workers }),
  });
  const said: string[] = [];
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      said.push(String(chunk));
      done();
    },
  });
  const { test, ...vite } = config;
  const vitest = await createVitest({ ...test, config: false, root, watch: false, reporters: [], ...(options.shard === undefined ? {} : { shard: options.shard }) }, vite, {
    stdout: sink,
    stderr: sink,
  });
  // Vitest speaks through process.exitCode; here the results do, and the caller decides.
  const before = process.exitCode;
  const cancel = (): void => void vitest.cancelCurrentRun('keyboard-input');
  options.signal?.addEventListener('abort', cancel, { once: true });
  try {
    if (options.signal?.aborted !== true) await vitest.runTestSpecifications(specificationsOf(vitest, projects), false);
  } finally {
    options.signal?.removeEventListener('abort', cancel);
    await vitest.close();
    process.exitCode = before;
  }
  if (results === undefined) throw new MailproofError('ENGINE_FAILED', `no scenario was run\n${said.join('').trim()}`);
  return results;
}

type Running = Awaited<ReturnType<typeof createVitest>>;

function specificationsOf(vitest: Running, projects: readonly SelectedProject[]) {
  return projects.flatMap((selected) => {
    const project = vitest.getProjectByName(selected.name);
    return selected.files.map(({ file, tests, total }) => project.createSpecification(file, tests.length === total ? undefined : { testNames: tests.map((test) => test.title) }));
  });
}

function refuseProblems(projects: readonly SelectedProject[]): void {
  const files = projects.flatMap((project) => project.files);
  const diagnostics = files.flatMap((file) => file.diagnostics);
  if (diagnostics.length === 0) return;
  // A file is read once for each variant, and mostly says the same each time.
  const unique = [...new Map(diagnostics.map((one) => [`${one.file}:${one.line}:${one.col}:${one.message}`, one])).values()];
  throw new InputError(unique, new Map(files.map((file) => [file.shown, file.source])));
}
