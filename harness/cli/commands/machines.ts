import { EXIT, type ExitCode, MailproofError } from '../../base/index.ts';
import { doByHand } from '../../scenario/index.ts';
import { attachWorld } from '../../world/index.ts';
import { type Arguments, type Command, print, text } from '../command.ts';
import { findInstance, onOption } from '../instances.ts';

const DONE = { stop: 'stopped', start: 'started', kill: 'killed', pause: 'frozen', restart: 'restarted' } as const;
type Action = keyof typeof DONE;

/** Hosts, or single services of them, as the verb of that name does it in a scenario. Nothing is put back. */
async function act(action: Action, args: Arguments): Promise<ExitCode> {
  const targets = args.positionals;
  if (targets.length === 0) throw new MailproofError('USAGE', `mailproof ${action} takes a host`, { hint: `mailproof ${action} mx` });
  await using world = await attachWorld(await findInstance(text(args, 'on')));
  const [only = '', ...more] = targets;
  await doByHand(world, { verb: action, value: more.length === 0 ? only : targets });
  const { hosts } = await world.hub.status();
  print(args, hosts, () => targets.map((target) => `${target} is ${DONE[action]}`).join('\n'));
  return EXIT.ok;
}

function machineCommand(action: Action, usage: string): Command {
  return { name: action, usage: `${usage} [--on INSTANCE]`, options: onOption, run: (args) => act(action, args) };
}

export const start = machineCommand('start', 'HOST[/SERVICE]...');
export const stop = machineCommand('stop', 'HOST[/SERVICE]...');
export const kill = machineCommand('kill', 'HOST...');
export const pause = machineCommand('pause', 'HOST...');
export const restart = machineCommand('restart', 'HOST[/SERVICE]...');
