import path from 'node:path';
import { EXIT, MailproofError } from '../../base/index.ts';
import { answersOf, ask, initialise, type Told } from '../../init/index.ts';
import { type Command, print, text, texts } from '../command.ts';

export const init: Command = {
  name: 'init',
  usage: '[--mta exim|postfix] [--config DIR] [--domain D]... [--dir DIR]',
  options: { mta: { type: 'string' }, config: { type: 'string' }, domain: { type: 'string', multiple: true }, dir: { type: 'string' } },
  async run(args) {
    if (args.positionals.length > 0)
      throw new MailproofError('USAGE', `mailproof init takes no ${args.positionals.join(' ')}`, { hint: 'say what it is: --mta, --config, --domain or --dir' });
    const [mta, config, dir = '.'] = [text(args, 'mta'), text(args, 'config'), text(args, 'dir')];
    const told: Told = { ...(mta === undefined ? {} : { mta }), ...(config === undefined ? {} : { config }), domains: texts(args, 'domain') };
    const terminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
    const done = initialise(answersOf(terminal ? await ask(told, { input: process.stdin, output: process.stderr }) : told), dir);
    const fixtures = done.files.filter((file) => file.startsWith('fixtures/'));
    print(args, done, () =>
      [
        ...done.files.filter((file) => !fixtures.includes(file)).map((file) => `wrote ${path.join(dir, file)}`),
        `wrote ${fixtures.length} files of the configuration to ${path.join(dir, 'fixtures')}: see that no secret is among them`,
        ...Object.entries(Object.groupBy(done.leftOut, ({ why }) => why)).map(([why, files = []]) => `left out, ${why}: ${files.map(({ file }) => file).join(', ')}`),
        ...done.notes.map((note) => `note: ${note}`),
        `next: npx mailproof check && npx mailproof run ${done.world}`,
      ].join('\n'),
    );
    return EXIT.ok;
  },
};
