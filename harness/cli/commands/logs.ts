import { EXIT } from '../../base/index.ts';
import type { WorldEventOf } from '../../internet/index.ts';
import { attachWorld } from '../../world/index.ts';
import { type Command, print, text } from '../command.ts';
import { findInstance, hostOf, onOption } from '../instances.ts';

export const logs: Command = {
  name: 'logs',
  usage: '[HOST] [--on INSTANCE] [--grep TEXT]',
  options: { ...onOption, grep: { type: 'string' } },
  async run(args) {
    await using world = await attachWorld(await findInstance(text(args, 'on')));
    const host = hostOf(world.model, args.positionals[0]);
    const wanted = text(args, 'grep');
    const lines: WorldEventOf<'log'>[] = [];
    const stream = world.hub.events(0, (event) => {
      if (event.type === 'log' && (host === undefined || event.host === host) && (wanted === undefined || event.line.includes(wanted))) lines.push(event);
    });
    await stream.caughtUp;
    stream.close();
    print(args, lines, () => lines.map((event) => `${new Date(event.at).toISOString()} ${event.host.padEnd(8)} ${event.line}`).join('\n'));
    return EXIT.ok;
  },
};
