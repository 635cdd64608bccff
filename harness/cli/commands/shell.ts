import { EXIT, MailproofError } from '../../base/index.ts';
import { openEngine } from '../../engine/index.ts';
import { attachWorld } from '../../world/index.ts';
import { type Command, print, progress, text } from '../command.ts';
import { findInstance, onOption } from '../instances.ts';

export const shell: Command = {
  name: 'shell',
  usage: 'HOST [COMMAND ...] [--on INSTANCE]',
  options: { ...onOption },
  async run(args) {
    const ref = await findInstance(text(args, 'on'));
    const [host, ...command] = args.positionals;
    if (host === undefined) throw new MailproofError('USAGE', 'mailproof shell takes a host', { hint: 'mailproof shell mx' });
    if (command.length === 0) {
      const engine = await openEngine(progress);
      return (await engine.shell(`mailproof-${ref.instance}-${host}`)) === 0 ? EXIT.ok : EXIT.failed;
    }
    await using world = await attachWorld(ref);
    const result = await world.hub.exec({ host, script: command.join(' ') });
    print(args, result, () => result.output.trimEnd());
    return result.status === 0 ? EXIT.ok : EXIT.failed;
  },
};
