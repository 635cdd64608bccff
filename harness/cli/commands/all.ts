import { EXIT, type ExitCode } from '../../base/index.ts';
import { parityExitCode, runParity } from '../../parity/index.ts';
import { parityVerdictText, writeParity } from '../../report/index.ts';
import { exitCodeOf, mergeResults, runScenarios } from '../../runner/index.ts';
import type { Results } from '../../scenario/index.ts';
import { loadWorld, ordinaryWorlds } from '../../world/index.ts';
import { type Command, print, progress } from '../command.ts';
import { interruptible, REPORTS, report, runningOptions, runOptions } from '../running.ts';

/** What `npm start` does: the whole tool at once, on the worlds of this repository. A world with two default variants is compared, too. */
export const all: Command = {
  name: 'all',
  usage: '[WORLD]...',
  options: runningOptions,
  async run(args): Promise<ExitCode> {
    const { signal, end } = interruptible();
    const codes: ExitCode[] = [];
    const files = new Set<string>();
    const said: { world: string; verdict: string }[] = [];
    try {
      const named = args.positionals.map((name) => loadWorld(name));
      const models = named.length > 0 ? named : ordinaryWorlds(process.cwd(), progress);
      const compared = models.filter((model) => model.defaultVariants.length > 1);
      let merged: Results | undefined;
      for (const { name, dir, defaultVariants } of models) {
        if (signal.aborted) continue;
        const [reference = '', candidate] = defaultVariants;
        progress(`${name}: ${defaultVariants.slice(0, 2).join(' and ')}`);
        const options = runOptions({ ...args, positionals: [dir] }, signal);
        const parity = candidate === undefined ? undefined : await runParity({ ...options, reference, candidate, everything: true });
        const results = parity?.first ?? (await runScenarios({ ...options, variants: [reference] }));
        merged = merged === undefined ? results : mergeResults(merged, results);
        // After each world, so that an interrupted start leaves what it has.
        for (const file of await report(merged, results)) files.add(file);
        codes.push(exitCodeOf(results));
        if (parity === undefined) said.push({ world: name, verdict: results.outcome });
        else {
          for (const file of await writeParity(parity.parity, REPORTS, compared.length > 1 ? `parity-${name}` : 'parity')) files.add(file);
          codes.push(parityExitCode(parity.parity));
          said.push({ world: name, verdict: parityVerdictText(parity.parity) });
        }
      }
    } finally {
      end();
    }
    print(args, { worlds: said, files: [...files] }, () => ['', ...said.map(({ world, verdict }) => `${world}: ${verdict}`), ...[...files].map((file) => `  ${file}`)].join('\n'));
    return signal.aborted ? EXIT.indeterminate : (codes.find((code) => code !== EXIT.ok) ?? EXIT.ok);
  },
};
