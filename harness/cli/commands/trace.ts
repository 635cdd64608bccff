import { EXIT, MailproofError } from '../../base/index.ts';
import { renderTrace } from '../../ledger/index.ts';
import { type Command, print, text } from '../command.ts';
import { onOption, openDesk } from '../instances.ts';

export const trace: Command = {
  name: 'trace',
  usage: 'QUEUE-ID | MESSAGE-ID | ADDRESS | last [--on INSTANCE]',
  options: { ...onOption },
  async run(args) {
    const [what] = args.positionals;
    if (what === undefined)
      throw new MailproofError('USAGE', 'mailproof trace takes a queue id, a Message-ID, an address, or `last`', { hint: 'mailproof trace alice@example.test' });
    const desk = await openDesk(text(args, 'on'));
    try {
      const traces = desk.ledger.trace(what);
      if (traces.length === 0 && what === 'last') throw new MailproofError('NOT_FOUND', 'no message has come in yet', { hint: 'mailproof send --to ADDRESS' });
      if (traces.length === 0) throw new MailproofError('NOT_FOUND', `no message of this world has "${what}" as queue id, Message-ID, sender or recipient`);
      print(args, traces, () => traces.map((one) => renderTrace(one)).join('\n\n'));
      return EXIT.ok;
    } finally {
      await desk.close();
    }
  },
};
