import { EXIT, MailproofError } from '../../base/index.ts';
import { parityExitCode, runTrees } from '../../parity/index.ts';
import { treesText, writeParity } from '../../report/index.ts';
import { readAddresses } from '../../scenario/index.ts';
import { print, text } from '../command.ts';
import { interruptible, REPORTS, report, runningOptions, runOptions } from '../running.ts';
import type { Way } from './way.ts';

/** Two trees of one project: what a change of the configuration does. */
export const trees: Way = {
  usage: '[WORLD...] --base DIR --head DIR [--variant V] [--addresses FILE]',
  options: { ...runningOptions, base: { type: 'string' }, head: { type: 'string' }, variant: { type: 'string' }, addresses: { type: 'string' } },
  askedBy: ['base', 'head', 'addresses'],
  async run(args) {
    const [base, head, variant, addresses] = ['base', 'head', 'variant', 'addresses'].map((name) => text(args, name));
    if (base === undefined || head === undefined)
      throw new MailproofError('USAGE', 'mailproof parity takes both trees', { hint: 'git worktree add ../base main && mailproof parity --base ../base --head .' });
    const probed = addresses === undefined ? undefined : readAddresses(addresses);
    const { signal, end } = interruptible();
    try {
      const { root: _root, ...options } = runOptions(args, signal);
      const { parity, runs } = await runTrees({ ...options, base, head, ...(variant === undefined ? {} : { variant }), ...(probed === undefined ? {} : { addresses: probed }) });
      // What fails on base is not this change's doing.
      if (runs !== undefined) await report(runs, { ...runs, runs: runs.runs.filter((run) => run.variant === 'head') });
      const written = await writeParity(parity, REPORTS);
      print(args, parity, () => [...treesText(parity), ...written.map((file) => `  ${file}`)].join('\n'));
      return parityExitCode(parity);
    } catch (error) {
      if (signal.aborted) return EXIT.indeterminate;
      throw error;
    } finally {
      end();
    }
  },
};
