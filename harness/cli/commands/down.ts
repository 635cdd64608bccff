import { EXIT, MailproofError } from '../../base/index.ts';
import { openEngine } from '../../engine/index.ts';
import { type Command, flag, print, progress } from '../command.ts';
import { findInstance } from '../instances.ts';

export const down: Command = {
  name: 'down',
  usage: '[INSTANCE | WORLD | --all]',
  options: { all: { type: 'boolean' } },
  async run(args) {
    if (flag(args, 'all') && args.positionals.length > 0) throw new MailproofError('USAGE', 'mailproof down takes an instance or --all, not both');
    const engine = await openEngine(progress);
    const removed = flag(args, 'all') ? await engine.sweep({}) : await engine.sweep({ 'mailproof.instance': (await findInstance(args.positionals[0])).instance });
    print(args, { removed }, () => `removed ${removed} containers, networks and volumes`);
    return EXIT.ok;
  },
};
