import { EXIT, MailproofError } from '../../base/index.ts';
import { commandLine, noted } from '../../scenario/index.ts';
import { attachWorld, type LaidAnew, layAnew, type World } from '../../world/index.ts';
import { type Command, print, text } from '../command.ts';
import { findInstance, hostOf, onOption } from '../instances.ts';

export const reload: Command = {
  name: 'reload',
  usage: 'HOST... [--on INSTANCE]',
  options: onOption,
  async run(args) {
    if (args.positionals.length === 0) throw new MailproofError('USAGE', 'mailproof reload takes a host', { hint: 'mailproof reload mx' });
    await using world = await attachWorld(await findInstance(text(args, 'on')));
    for (const name of args.positionals) hostOf(world.model, name);
    const done: LaidAnew[] = [];
    for (const name of args.positionals) done.push(await layNoted(world, name));
    print(args, done, () => done.map(tellLaid).join('\n'));
    return EXIT.ok;
  },
};

/** Lays a host's files over it, and notes it in the world's journal: as a step of the language where no file differed, which it cannot say. */
export async function layNoted(world: World, host: string): Promise<LaidAnew> {
  return noted(
    world,
    { command: commandLine(['reload', host]) },
    () => layAnew(world, host),
    (laid) => (laid.wrote.length + laid.removed.length === 0 ? { verb: 'reload', value: host } : { remark: tellLaid(laid) }),
  );
}

export function tellLaid({ host, wrote, removed, prepared, reloaded }: LaidAnew): string {
  const parts = [
    wrote.length + removed.length === 0 ? 'no file differs' : '',
    wrote.length === 0 ? '' : `wrote ${wrote.join(' ')}`,
    removed.length === 0 ? '' : `took away ${removed.join(' ')}`,
    prepared === 0 ? '' : `ran prepare (${prepared})`,
    reloaded.length === 0 ? 'no service runs there' : `reloaded ${reloaded.join(' ')}`,
  ];
  return `${host}: ${parts.filter((part) => part !== '').join(', ')}`;
}
