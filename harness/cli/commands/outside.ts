import { EXIT, MailproofError } from '../../base/index.ts';
import { behaving, behaviourOf, doByHand, restoreOutside } from '../../scenario/index.ts';
import { attachWorld, normalName } from '../../world/index.ts';
import { type Command, flag, print, text } from '../command.ts';
import { findInstance, onOption } from '../instances.ts';

export const outside: Command = {
  name: 'outside',
  usage: "DOMAIN (BEHAVIOUR... | --restore) [--on INSTANCE], such as 'greylist: 5m', 'enforce spf', 'reply: 451 4.3.0 later, at: rcpt, times: 2'",
  options: { ...onOption, restore: { type: 'boolean' } },
  async run(args) {
    const [name, ...texts] = args.positionals;
    const restore = flag(args, 'restore');
    if (name === undefined || restore === texts.length > 0)
      throw new MailproofError('USAGE', 'mailproof outside takes a domain and how it behaves, or --restore', { hint: "mailproof outside hosted.test 'greylist: 5m'" });
    const domain = normalName(name);
    await using world = await attachWorld(await findInstance(text(args, 'on')));
    const behaves = texts.map(behaviourOf);
    if (restore) await restoreOutside(world, domain);
    else await doByHand(world, { verb: 'outside', value: behaving(world, domain, behaves) });
    print(args, { domain, behaves }, () => (restore ? `${domain} behaves as the world file says` : `${domain}: ${texts.join('; ')}`));
    return EXIT.ok;
  },
};
