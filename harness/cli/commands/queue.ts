import { EXIT } from '../../base/index.ts';
import { listQueues } from '../../ledger/index.ts';
import { type Command, print, text } from '../command.ts';
import { hostOf, onOption, openDesk } from '../instances.ts';

export const queue: Command = {
  name: 'queue',
  usage: '[HOST] [--on INSTANCE]',
  options: { ...onOption },
  async run(args) {
    const desk = await openDesk(text(args, 'on'));
    try {
      const host = hostOf(desk.world.model, args.positionals[0]);
      const entries = (await listQueues(desk.ledger, desk.world.hub)).filter((entry) => host === undefined || entry.host === host);
      print(args, entries, () =>
        entries.length === 0
          ? 'nothing waits'
          : entries
              .map((entry) =>
                [
                  `${entry.host.padEnd(10)} ${entry.queueId.padEnd(18)} ${entry.state.padEnd(9)} from <${entry.from}>`,
                  ...entry.recipients.map(
                    (recipient) =>
                      `  ${recipient.address}${recipient.reason === undefined ? '' : `  ${recipient.reason}`}${entry.nextTry === undefined ? '' : `  next try ${new Date(entry.nextTry).toISOString()}`}`,
                  ),
                ].join('\n'),
              )
              .join('\n'),
      );
      return EXIT.ok;
    } finally {
      await desk.close();
    }
  },
};
