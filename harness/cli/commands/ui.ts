import { EXIT, MailproofError } from '../../base/index.ts';
import { serveUi } from '../../ui/index.ts';
import { attachWorld } from '../../world/index.ts';
import { type Command, count, print, text } from '../command.ts';
import { findInstance, onOption } from '../instances.ts';

/** Tried first, so that a page that is open finds the server again after a restart. */
const USUAL_PORT = 7926;

export const ui: Command = {
  name: 'ui',
  usage: '[--on INSTANCE] [--port N]',
  options: { ...onOption, port: { type: 'string' } },
  async run(args) {
    if (args.positionals.length > 0)
      throw new MailproofError('USAGE', `mailproof ui takes no argument, got "${args.positionals.join(' ')}"`, { hint: 'name the instance with --on: mailproof ui --on starter' });
    const asked = count(args, 'port');
    await using world = await attachWorld(await findInstance(text(args, 'on')));
    await using page = await serveUi({ world, port: asked ?? USUAL_PORT, elsewhere: asked === undefined });
    const { instance, world: name, variant } = world.ref;
    print(args, { instance, world: name, variant, url: page.url }, () => `${name}/${variant} (${instance}) at ${page.url}\nCtrl-C ends it; the world stays`);
    const interrupted = Promise.withResolvers<void>();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.resolve());
    await Promise.race([interrupted.promise, page.ended]);
    return EXIT.ok;
  },
};
