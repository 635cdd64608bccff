import { EXIT, MailproofError, quoted } from '../../base/index.ts';
import { openEngine } from '../../engine/index.ts';
import { commandLine, noted } from '../../scenario/index.ts';
import { attachWorld } from '../../world/index.ts';
import { type Command, print, progress, text } from '../command.ts';
import { findInstance, onOption } from '../instances.ts';

export const shell: Command = {
  name: 'shell',
  usage: 'HOST [SCRIPT | COMMAND WORD...] [--on INSTANCE]',
  options: { ...onOption },
  async run(args) {
    const ref = await findInstance(text(args, 'on'));
    const [host, first, ...rest] = args.positionals;
    if (host === undefined) throw new MailproofError('USAGE', 'mailproof shell takes a host', { hint: 'mailproof shell mx' });
    await using world = await attachWorld(ref);
    const doing = { command: commandLine(['shell', ...args.positionals]) };
    if (first === undefined) {
      const engine = await openEngine(progress);
      return (await noted(world, doing, () => engine.shell(`mailproof-${ref.instance}-${host}`))) === 0 ? EXIT.ok : EXIT.failed;
    }
    // One word is a script of its own, several are a command with its arguments, whatever is in them.
    const script = rest.length === 0 ? first : [first, ...rest].map(quoted).join(' ');
    const result = await noted(world, doing, () => world.hub.exec({ host, script }));
    print(args, result, () => result.output.trimEnd());
    return result.status === 0 ? EXIT.ok : EXIT.failed;
  },
};
