import { EXIT, MailproofError } from '../../base/index.ts';
import { attachWorld, type LaidAnew, layAnew } from '../../world/index.ts';
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
    for (const name of args.positionals) done.push(await layAnew(world, name));
    print(args, done, () => done.map(tellLaid).join('\n'));
    return EXIT.ok;
  },
};

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
