import { EXIT, formatDuration, MailproofError } from '../../base/index.ts';
import { openEngine } from '../../engine/index.ts';
import { loadWorld, startWorld } from '../../world/index.ts';
import { type Command, print, progress, text } from '../command.ts';

export const up: Command = {
  name: 'up',
  usage: 'WORLD [--variant V]',
  options: { variant: { type: 'string' } },
  async run(args) {
    const [name, ...more] = args.positionals;
    if (name === undefined || more.length > 0) throw new MailproofError('USAGE', 'mailproof up takes one world', { hint: 'mailproof up starter --variant postfix' });
    const model = loadWorld(name, text(args, 'variant'));
    const engine = await openEngine(progress);
    const world = await startWorld(model, { engine, report: progress, kept: true, desk: true });
    world.hub.close();
    const { world: worldName, variant, instance } = world.ref;
    print(args, { world: worldName, variant, instance, timing: world.timing }, () =>
      [
        `${worldName}/${variant} is up as ${instance}, ready in ${formatDuration(world.timing.ready)}`,
        `  mailproof send --on ${instance} --to ADDRESS    mailproof queue --on ${instance}    mailproof down ${instance}`,
      ].join('\n'),
    );
    return EXIT.ok;
  },
};
