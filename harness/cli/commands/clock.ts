import { EXIT, MailproofError, parseDuration } from '../../base/index.ts';
import { doByHand } from '../../scenario/index.ts';
import { attachWorld } from '../../world/index.ts';
import { type Command, print, text } from '../command.ts';
import { findInstance, onOption } from '../instances.ts';

export const clock: Command = {
  name: 'clock',
  usage: '[advance DURATION] [--host HOST] [--on INSTANCE]',
  options: { ...onOption, host: { type: 'string' } },
  async run(args) {
    await using world = await attachWorld(await findInstance(text(args, 'on')));
    const [word, ...amounts] = args.positionals;
    const amount = amounts.join(' ');
    const host = text(args, 'host');
    if (word !== undefined) {
      const ms = parseDuration(amount.replace(/^-/, ''));
      if (word !== 'advance' || ms === undefined || (host === undefined && amount.startsWith('-')))
        throw new MailproofError('USAGE', `mailproof clock: "${args.positionals.join(' ')}" is not understood`, {
          hint: 'mailproof clock advance 4d 23h, or for the clock of one host alone: mailproof clock advance -10m --host mx',
        });
      await doByHand(world, { verb: 'clock', value: host === undefined ? `advance ${amount}` : { host, skew: amount } });
    }
    const state = (await world.hub.status()).clock;
    print(args, state, () => [new Date(state.now).toISOString(), ...Object.entries(state.skews).map(([name, ms]) => `  ${name}: ${ms} ms off`)].join('\n'));
    return EXIT.ok;
  },
};
