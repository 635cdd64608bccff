import path from 'node:path';
import { EXIT, type ExitCode, formatDuration, MailproofError } from '../../base/index.ts';
import { type HereRun, runHere } from '../../runner/index.ts';
import type { LaidAnew } from '../../world/index.ts';
import { type Arguments, type Command, print, progress, text, texts } from '../command.ts';
import { type Desk, onOption, openDesk } from '../instances.ts';
import { Watch, type Watched } from '../watching.ts';
import { layNoted, tellLaid } from './reload.ts';

/** What is written in here is a scenario, not a host. */
const SCENARIOS = '';

/** What a save led to. */
interface Round {
  laid: LaidAnew[];
  runs: HereRun[];
  /** Why the scenarios were not run. */
  trouble?: string;
  ms: number;
}

export const watch: Command = {
  name: 'watch',
  usage: '[WORLD | DIR | FILE[:LINE]]... [-t NAME] [--tag T] [--on INSTANCE]',
  options: { ...onOption, name: { type: 'string', short: 't' }, tag: { type: 'string', multiple: true } },
  async run(args): Promise<ExitCode> {
    const desk = await openDesk(text(args, 'on'));
    const watching = new Watch(foldersOf(desk));
    const end = (): void => watching.close();
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
    let last: Round | undefined;
    try {
      // What was edited before counts, too.
      last = await round(
        desk,
        desk.world.model.hosts.map((host) => host.name),
        args,
      );
      tell(args, last);
      progress('watching: each save is laid over its host and the scenarios are run; Ctrl-C ends');
      for await (const written of watching) {
        last = await round(
          desk,
          [...written].filter((name) => name !== SCENARIOS),
          args,
        );
        tell(args, last);
      }
    } finally {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
      watching.close();
      await desk.close();
    }
    return last.trouble === undefined && last.runs.every(isGood) ? EXIT.ok : EXIT.failed;
  },
};

function foldersOf({ world: { model } }: Desk): Watched[] {
  return [...model.hosts.flatMap(({ name, files }) => files.map((folder) => ({ folder, name }))), { folder: model.dir, name: SCENARIOS }];
}

async function round(desk: Desk, hosts: readonly string[], args: Arguments): Promise<Round> {
  const began = performance.now();
  const done: Round = { laid: [], runs: [], ms: 0 };
  try {
    for (const host of hosts) done.laid.push(await layNoted(desk.world, host));
    const name = text(args, 'name');
    if (args.positionals.length > 0) done.runs = await runHere(desk, { targets: args.positionals, tags: texts(args, 'tag'), ...(name === undefined ? {} : { name }) });
  } catch (error) {
    if (!(error instanceof MailproofError) || error.code === 'HUB_UNREACHABLE') throw error;
    done.trouble = `${error.code}: ${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}`;
  }
  done.ms = Math.round(performance.now() - began);
  return done;
}

const isGood = ({ record, broken }: HereRun): boolean => record.outcome === 'passed' && broken === undefined;

function tell(args: Arguments, done: Round): void {
  const { laid, runs, trouble, ms } = done;
  const good = runs.filter(isGood).length;
  const runsOf = runs.map(({ title, file, line, record: { outcome, error, duration_ms }, broken }) => ({
    title,
    file,
    line,
    outcome,
    duration_ms,
    ...(error === undefined ? {} : { error }),
    ...(broken === undefined ? {} : { broken }),
  }));
  print(args, { ...done, runs: runsOf }, () =>
    [
      ...laid.filter(({ wrote, removed }) => wrote.length + removed.length > 0).map(tellLaid),
      ...runsOf.map(({ title, outcome, duration_ms, error, broken }) =>
        [
          `${outcome === 'passed' ? 'passed' : 'FAILED'} ${title} (${formatDuration(duration_ms)})`,
          ...(error === undefined ? [] : [`${path.relative(process.cwd(), error.file) || error.file}:${error.line}:${error.col} ${error.code} ${error.message}`]),
          ...(broken === undefined ? [] : [`this world is no longer as it was: ${broken}; take it away and start it anew`]),
        ].join('\n'),
      ),
      ...(trouble === undefined ? [] : [trouble]),
      trouble === undefined ? `${good} passed, ${runs.length - good} failed in ${formatDuration(ms)}` : `nothing was run (${formatDuration(ms)})`,
      '',
    ].join('\n'),
  );
}
