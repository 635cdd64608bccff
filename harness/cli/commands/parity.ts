import { MailproofError } from '../../base/index.ts';
import type { Arguments, Command } from '../command.ts';
import { explore } from '../comparing/explore.ts';
import { trees } from '../comparing/trees.ts';
import { variants } from '../comparing/variants.ts';
import type { Way } from '../comparing/way.ts';

/** What options of one and another have in common is for the last that is asked for. */
const WAYS: readonly Way[] = [variants, trees, explore];

export const parity: Command = {
  name: 'parity',
  usage: WAYS.map((way) => way.usage).join('\n       mailproof parity '),
  options: Object.assign({}, ...WAYS.map((way) => way.options)),
  run: async (args) => wayOf(args).run(args),
};

/** @throws MailproofError USAGE for options that do not belong together */
function wayOf(args: Arguments): Way {
  const given = Object.keys(args.values).filter((name) => name !== 'json' && name !== 'help');
  const asked = WAYS.filter((way) => way.askedBy.some((name) => given.includes(name)));
  const way = asked.at(-1) ?? variants;
  const stray = given.find((name) => !(name in way.options));
  if (stray !== undefined) throw new MailproofError('USAGE', `--${stray} does not go with the other options`, { hint: `usage: mailproof parity ${way.usage}` });
  return way;
}
