import { existsSync } from 'node:fs';
import path from 'node:path';
import { EXIT, type ExitCode, MailproofError } from '../../base/index.ts';
import { type FaultsResult, faultsMarkdown, faultsText, progressText, runFaults } from '../../faults/index.ts';
import { writeAll } from '../../report/index.ts';
import { findWorlds, loadWorld } from '../../world/index.ts';
import { type Command, count, flag, print, progress, text } from '../command.ts';
import { interruptible, REPORTS } from '../running.ts';

export const faults: Command = {
  name: 'faults',
  usage: '[WORLD] [FAULT]... [--variant V] [--lanes N] [--verify]',
  options: { variant: { type: 'string' }, lanes: { type: 'string' }, verify: { type: 'boolean' } },
  async run(args): Promise<ExitCode> {
    const { worlds, ids } = targetsOf(args.positionals);
    const lanes = count(args, 'lanes', 1);
    const { signal, end } = interruptible();
    const results: FaultsResult[] = [];
    try {
      const models = worlds.map((world) => loadWorld(world, text(args, 'variant')));
      for (const model of models) {
        if (signal.aborted) break;
        results.push(
          await runFaults({
            model,
            ids,
            verify: flag(args, 'verify'),
            report: progress,
            onFault: (run, done, of) => progress(progressText(run, done, of)),
            signal,
            ...(lanes === undefined ? {} : { lanes }),
          }),
        );
      }
    } finally {
      end();
    }
    const written = await writeAll(REPORTS, [{ file: 'faults.md', content: faultsMarkdown(results) }]);
    print(args, results, () => ['', ...results.map(faultsText), '', ...written.map((file) => `look at: ${file}`)].join('\n'));
    return signal.aborted ? EXIT.indeterminate : exitCodeOf(results);
  },
};

/** A world when the first word is one, else every world that has faults; the other words are identifiers. */
function targetsOf([first, ...rest]: readonly string[]): { worlds: string[]; ids: string[] } {
  const worlds = findWorlds(process.cwd());
  const isWorld = first !== undefined && (worlds.some(({ name }) => name === first) || existsSync(path.join(first, 'world.yaml')));
  if (isWorld) return { worlds: [first], ids: rest };
  const all = worlds.filter(({ dir }) => existsSync(path.join(dir, 'faults.yaml'))).map(({ dir }) => dir);
  const ids = first === undefined ? rest : [first, ...rest];
  if (all.length === 0) throw new MailproofError('NOT_FOUND', 'no world here has a faults.yaml', { hint: 'docs/faults.md says how to write one' });
  if (ids.length > 0 && all.length > 1)
    throw new MailproofError('USAGE', `"${ids[0]}" is no world, and several worlds have faults`, {
      hint: `say the world first: ${all.map((dir) => path.basename(dir)).join(', ')}`,
    });
  return { worlds: all, ids };
}

function exitCodeOf(results: readonly FaultsResult[]): ExitCode {
  if (results.some(({ outcome }) => outcome === 'failed')) return EXIT.failed;
  return results.some(({ outcome }) => outcome === 'indeterminate') ? EXIT.indeterminate : EXIT.ok;
}
