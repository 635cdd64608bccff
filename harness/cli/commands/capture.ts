import { writeFileSync } from 'node:fs';
import { EXIT, MailproofError, messageOf } from '../../base/index.ts';
import { attachWorld } from '../../world/index.ts';
import { type Command, print, text } from '../command.ts';
import { findInstance, onOption } from '../instances.ts';

export const capture: Command = {
  name: 'capture',
  usage: '(start | stop FILE.pcap) [--on INSTANCE]',
  options: onOption,
  async run(args) {
    const [word, file, ...more] = args.positionals;
    const understood = more.length === 0 && ((word === 'start' && file === undefined) || (word === 'stop' && file !== undefined));
    if (!understood)
      throw new MailproofError('USAGE', `mailproof capture: "${args.positionals.join(' ')}" is not understood`, {
        hint: 'mailproof capture start, and later: mailproof capture stop mail.pcap',
      });
    await using world = await attachWorld(await findInstance(text(args, 'on')));
    if (file === undefined) {
      await world.hub.capture.start();
      print(args, { capturing: true }, () => 'every packet of the world is recorded until: mailproof capture stop FILE.pcap');
      return EXIT.ok;
    }
    // Before the capture ends: what cannot be written would be lost.
    write(file, Buffer.alloc(0));
    const packets = await world.hub.capture.stop();
    write(file, packets);
    print(args, { file, bytes: packets.length }, () => `${file}: ${packets.length} bytes`);
    return EXIT.ok;
  },
};

function write(file: string, content: Buffer): void {
  try {
    writeFileSync(file, content);
  } catch (cause) {
    throw new MailproofError('USAGE', `cannot write ${file}: ${messageOf(cause)}`, { cause });
  }
}
