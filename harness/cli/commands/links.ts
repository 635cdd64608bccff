import { EXIT, type ExitCode, MailproofError } from '../../base/index.ts';
import type { LinkRequest } from '../../internet/index.ts';
import { doByHand } from '../../scenario/index.ts';
import { attachWorld } from '../../world/index.ts';
import { type Arguments, type Command, count, print, text } from '../command.ts';
import { findInstance, onOption } from '../instances.ts';

/** A host and a host, or an outside domain or address, as the verb of that name has them in a scenario. Nothing is put back. */
async function change(action: LinkRequest['action'], args: Arguments, hint: string): Promise<ExitCode> {
  const [one, other, delay, ...more] = args.positionals;
  const lose = count(args, 'lose-one-in', 2);
  if (one === undefined || other === undefined || more.length > 0 || (action !== 'slow' && delay !== undefined))
    throw new MailproofError('USAGE', `mailproof ${action} takes two ends, got "${args.positionals.join(' ')}"`, { hint });
  const between: [string, string] = [one, other];
  const slowed = { ...(delay === undefined ? {} : { delay }), ...(lose === undefined ? {} : { 'lose one in': lose }) };
  await using world = await attachWorld(await findInstance(text(args, 'on')));
  await doByHand(world, action === 'slow' ? { verb: action, value: { between, ...slowed } } : { verb: action, value: between });
  print(
    args,
    { action, between, ...slowed },
    () =>
      `${action} ${between.join(' and ')}${Object.entries(slowed)
        .map(([what, value]) => `, ${what} ${value}`)
        .join('')}`,
  );
  return EXIT.ok;
}

function linkCommand(action: LinkRequest['action'], usage: string, options: Command['options'] = {}): Command {
  const whole = `${usage} [--on INSTANCE]`;
  return { name: action, usage: whole, options: { ...onOption, ...options }, run: (args) => change(action, args, `mailproof ${action} ${whole}`) };
}

export const cut = linkCommand('cut', 'END END');
export const heal = linkCommand('heal', 'END END');
export const slow = linkCommand('slow', 'END END [DELAY] [--lose-one-in N]', { 'lose-one-in': { type: 'string' } });
