import path from 'node:path';
import { MailproofError } from '../base/index.ts';
import { githubAnnotations, terminalListener, writeReports } from '../report/index.ts';
import type { RunListener, RunOptions } from '../runner/index.ts';
import type { Results } from '../scenario/index.ts';
import { type Arguments, count, flag, progress, text, texts } from './command.ts';

/** Where runs write, below the folder they are started in. */
export const REPORTS = path.join('reports', 'latest');

/** Options that `run` and `parity` share. */
export const runningOptions = {
  name: { type: 'string', short: 't' },
  tag: { type: 'string', multiple: true },
  covers: { type: 'string', multiple: true },
  retries: { type: 'string' },
  lanes: { type: 'string' },
  workers: { type: 'string' },
  keep: { type: 'boolean' },
} as const;

/** Two Ctrl-C end at once; one lets the scenarios under way clean up after themselves. */
export function interruptible(): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) return;
    progress('interrupted: taking everything away');
    controller.abort(new MailproofError('USAGE', 'interrupted'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    end: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

export function runOptions(args: Arguments, signal: AbortSignal): RunOptions {
  const optional = <T>(key: string, value: T | undefined): Record<string, T> => (value === undefined ? {} : { [key]: value });
  return {
    root: process.cwd(),
    targets: args.positionals,
    tags: texts(args, 'tag'),
    covers: texts(args, 'covers'),
    keep: flag(args, 'keep'),
    signal,
    listeners: [listener(args)],
    ...optional('name', text(args, 'name')),
    ...optional('retries', count(args, 'retries')),
    ...optional('lanes', count(args, 'lanes', 1)),
    ...optional('workers', count(args, 'workers', 1)),
  };
}

function listener(args: Arguments): RunListener {
  // With --json standard output is for the results alone.
  return terminalListener({ stream: args.json ? process.stderr : process.stdout, reports: path.join(REPORTS, 'index.html'), requirements: flag(args, 'requirements') });
}

/**
 * Writes the reports of a run, and GitHub's annotations where GitHub runs it.
 * @param added the part that was not reported before
 */
export async function report(results: Results, added = results): Promise<string[]> {
  const written = await writeReports(results, REPORTS);
  if (process.env.GITHUB_ACTIONS === 'true') for (const line of githubAnnotations(added)) process.stdout.write(`${line}\n`);
  return written;
}
