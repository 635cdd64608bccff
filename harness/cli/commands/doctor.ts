import { EXIT } from '../../base/index.ts';
import { doctor as examine } from '../../engine/index.ts';
import { type Command, print } from '../command.ts';

export const doctor: Command = {
  name: 'doctor',
  usage: '',
  options: {},
  async run(args) {
    const checks = await examine();
    print(args, checks, () =>
      checks.map((one) => `${one.ok ? 'ok     ' : 'MISSING'} ${one.name}: ${one.detail}${one.hint === undefined || one.ok ? '' : `\n        ${one.hint}`}`).join('\n'),
    );
    return checks.every((one) => one.ok) ? EXIT.ok : EXIT.environment;
  },
};
