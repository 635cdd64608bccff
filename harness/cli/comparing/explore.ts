import path from 'node:path';
import { EXIT, MailproofError } from '../../base/index.ts';
import { parityExitCode, runExploration, writeFindings } from '../../parity/index.ts';
import { explorationText } from '../../report/index.ts';
import { count, print, progress, text } from '../command.ts';
import { interruptible, REPORTS } from '../running.ts';
import type { Way } from './way.ts';

/** Two variants of a world under messages that nobody thought of. */
export const explore: Way = {
  usage: 'WORLD --reference V --candidate V --explore N [--seed S]',
  options: { reference: { type: 'string' }, candidate: { type: 'string' }, explore: { type: 'string' }, seed: { type: 'string' } },
  askedBy: ['explore', 'seed'],
  async run(args) {
    const [reference, candidate] = [text(args, 'reference'), text(args, 'candidate')];
    const messages = count(args, 'explore', 1);
    const [world, ...more] = args.positionals;
    if (reference === undefined || candidate === undefined || messages === undefined || world === undefined || more.length > 0) {
      throw new MailproofError('USAGE', 'mailproof parity --explore takes one world, both sides and a number of messages', {
        hint: 'mailproof parity starter --reference exim --candidate postfix --explore 500',
      });
    }
    // Any will do; what it was is told, so that it can be had again.
    const seed = count(args, 'seed') ?? Math.floor(Math.random() * 1_000_000);
    const { signal, end } = interruptible();
    try {
      const explored = await runExploration({ world, reference, candidate, count: messages, seed, root: process.cwd(), report: progress, signal });
      const written = writeFindings(explored, path.join(REPORTS, 'explored'));
      print(args, written, () => explorationText(written).join('\n'));
      return signal.aborted ? EXIT.indeterminate : parityExitCode(written);
    } finally {
      end();
    }
  },
};
