import { statSync } from 'node:fs';
import path from 'node:path';
import { EXIT, formatDuration, MailproofError } from '../../base/index.ts';
import { openEngine } from '../../engine/index.ts';
import { loadWorld, rememberLaid, startWorld, type WorldModel } from '../../world/index.ts';
import { type Command, print, progress, text, texts } from '../command.ts';
import { hostOf } from '../instances.ts';

export const up: Command = {
  name: 'up',
  usage: 'WORLD [--variant V] [--files HOST=DIR]...',
  options: { variant: { type: 'string' }, files: { type: 'string', multiple: true } },
  async run(args) {
    const [name, ...more] = args.positionals;
    if (name === undefined || more.length > 0) throw new MailproofError('USAGE', 'mailproof up takes one world', { hint: 'mailproof up starter --variant postfix' });
    const model = loadWorld(name, text(args, 'variant'));
    const files = foldersOf(model, texts(args, 'files'));
    const engine = await openEngine(progress);
    const world = await startWorld(model, { engine, report: progress, kept: true, desk: true, ...(Object.keys(files).length === 0 ? {} : { files }) });
    await rememberLaid(world);
    world.hub.close();
    const { world: worldName, variant, instance } = world.ref;
    print(args, { world: worldName, variant, instance, files, timing: world.timing }, () =>
      [
        `${worldName}/${variant} is up as ${instance}, ready in ${formatDuration(world.timing.ready)}`,
        ...Object.entries(files).map(([host, folders]) => `  over ${host}: ${folders.join(', ')}`),
        `  mailproof send --on ${instance} --to ADDRESS    mailproof queue --on ${instance}    mailproof down ${instance}`,
        `  mailproof ui --on ${instance}    its live page: messages, hosts, switches`,
      ].join('\n'),
    );
    return EXIT.ok;
  },
};

/** By host, its folders in the order given. @throws MailproofError USAGE, NOT_FOUND */
function foldersOf(model: WorldModel, given: readonly string[]): Record<string, string[]> {
  const files: Record<string, string[]> = {};
  for (const one of given) {
    const [, name, folder] = /^([^=]+)=(.+)$/.exec(one) ?? [];
    if (name === undefined || folder === undefined)
      throw new MailproofError('USAGE', `--files takes HOST=DIR, got "${one}"`, { hint: 'mailproof up starter --files mx=../puppet-out/mx' });
    const host = hostOf(model, name) ?? name;
    const absolute = path.resolve(folder);
    if (statSync(absolute, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new MailproofError('NOT_FOUND', `--files ${one}: ${absolute} is no folder`, {
        hint: 'it is laid over the root of the host: etc/exim4/exim4.conf in it becomes /etc/exim4/exim4.conf',
      });
    files[host] = [...(files[host] ?? []), absolute];
  }
  return files;
}
