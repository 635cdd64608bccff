import { EXIT, type ExitCode } from '../../base/index.ts';
import { parityExitCode, runParity } from '../../parity/index.ts';
import { parityVerdictText, writeParity } from '../../report/index.ts';
import { exitCodeOf } from '../../runner/index.ts';
import { findWorlds, loadWorld } from '../../world/index.ts';
import { type Command, print, progress } from '../command.ts';
import { interruptible, REPORTS, report, runningOptions, runOptions } from '../running.ts';

/** What `npm start` does: the whole tool at once, on the worlds of this repository. */
export const start: Command = {
  name: 'start',
  usage: '',
  options: runningOptions,
  async run(args): Promise<ExitCode> {
    const { signal, end } = interruptible();
    const codes: ExitCode[] = [];
    try {
      for (const { name, dir } of findWorlds(process.cwd())) {
        const [reference, candidate] = loadWorld(dir).defaultVariants;
        if (reference === undefined || candidate === undefined || signal.aborted) continue;
        progress(`${name}: ${reference} and ${candidate}`);
        const { parity, first } = await runParity({ ...runOptions({ ...args, positionals: [name] }, signal), reference, candidate });
        const written = [...(await report(first)), ...(await writeParity(parity, REPORTS))];
        print(args, parity, () => ['', `${name}: ${parityVerdictText(parity)}`, ...written.map((file) => `  ${file}`)].join('\n'));
        codes.push(exitCodeOf(first), parityExitCode(parity));
      }
    } finally {
      end();
    }
    return signal.aborted ? EXIT.indeterminate : (codes.find((code) => code !== EXIT.ok) ?? EXIT.ok);
  },
};
