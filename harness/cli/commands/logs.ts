import { EXIT, MailproofError } from '../../base/index.ts';
import type { WorldEventOf } from '../../internet/index.ts';
import type { Trace } from '../../ledger/index.ts';
import { type Command, print, text } from '../command.ts';
import { type Desk, hostOf, onOption, openDesk } from '../instances.ts';

type LogEvent = WorldEventOf<'log'>;

export const logs: Command = {
  name: 'logs',
  usage: '[HOST] [--message QUEUE-ID | MESSAGE-ID | ADDRESS] [--grep TEXT] [--on INSTANCE]',
  options: { ...onOption, message: { type: 'string' }, grep: { type: 'string' } },
  async run(args) {
    const all: LogEvent[] = [];
    const desk = await openDesk(text(args, 'on'), (event) => event.type === 'log' && all.push(event));
    try {
      const host = hostOf(desk.world.model, args.positionals[0]);
      const wanted = text(args, 'grep');
      const message = text(args, 'message');
      const isOfIt = message === undefined ? () => true : ofMessages(desk, message);
      const lines = all.filter((event) => (host === undefined || event.host === host) && (wanted === undefined || event.line.includes(wanted)) && isOfIt(event));
      print(args, lines, () => lines.map((event) => `${new Date(event.at).toISOString()} ${event.host.padEnd(8)} ${event.line}`).join('\n'));
      return EXIT.ok;
    } finally {
      await desk.close();
    }
  },
};

/**
 * Lines about the messages that `what` names: those that the ledger read as theirs, and those with their queue id on that host or with their
 * Message-ID on any, as of filters.
 * @throws MailproofError NOT_FOUND
 */
function ofMessages({ ledger }: Desk, what: string): (event: LogEvent) => boolean {
  const traces = ledger.trace(what);
  if (traces.length === 0) throw new MailproofError('NOT_FOUND', `no message of this world has "${what}" as queue id, Message-ID, sender or recipient`);
  const hops = traces.flatMap((one) => one.hops);
  const read = new Set(hops.flatMap((hop) => hop.lines.map((line) => `${line.host} ${line.line}`)));
  const queued = Map.groupBy(hops, (hop) => hop.host);
  const ids = traces.flatMap((one: Trace) => one.messageId ?? []);
  return ({ host, line }) =>
    read.has(`${host} ${line}`) || ids.some((id) => line.includes(id)) || (queued.get(host) ?? []).some((hop) => hop.queueId !== undefined && holdsWord(line, hop.queueId));
}

/** A queue id of Postfix is letters and digits: a longer one may begin with a shorter one. */
function holdsWord(line: string, word: string): boolean {
  for (let at = line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1)) {
    if (!/[A-Za-z0-9-]/.test(line[at - 1] ?? ' ') && !/[A-Za-z0-9-]/.test(line[at + word.length] ?? ' ')) return true;
  }
  return false;
}
