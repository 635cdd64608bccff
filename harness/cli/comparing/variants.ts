import { EXIT, MailproofError } from '../../base/index.ts';
import { parityExitCode, runParity } from '../../parity/index.ts';
import { parityVerdictText, writeParity } from '../../report/index.ts';
import { print, text } from '../command.ts';
import { interruptible, REPORTS, report, runningOptions, runOptions } from '../running.ts';
import type { Way } from './way.ts';

/** Two variants of a world. */
export const variants: Way = {
  usage: 'WORLD --reference V --candidate V',
  options: { ...runningOptions, reference: { type: 'string' }, candidate: { type: 'string' } },
  askedBy: ['reference', 'candidate'],
  async run(args) {
    const reference = text(args, 'reference');
    const candidate = text(args, 'candidate');
    if (reference === undefined || candidate === undefined || args.positionals.length === 0) {
      throw new MailproofError('USAGE', 'mailproof parity takes a world and both sides', { hint: 'mailproof parity starter --reference exim --candidate postfix' });
    }
    const { signal, end } = interruptible();
    try {
      const { parity: result, first } = await runParity({ ...runOptions(args, signal), reference, candidate });
      await report(first);
      const written = await writeParity(result, REPORTS);
      print(args, result, () => [parityVerdictText(result), ...written.map((file) => `  ${file}`)].join('\n'));
      return signal.aborted ? EXIT.indeterminate : parityExitCode(result);
    } finally {
      end();
    }
  },
};
