import { EXIT, MailproofError, messageOf } from '../../base/index.ts';
import type { TranscriptLine, WorldEvent } from '../../internet/index.ts';
import { renderTrace, type Trace } from '../../ledger/index.ts';
import { deskAccess, type FoundCopy, hostsByName, placesOf, questionsAround, type ShownHeader, shownHeader } from '../../scenario/index.ts';
import { type Command, print, text } from '../command.ts';
import { type Desk, onOption, openDesk } from '../instances.ts';

interface Question {
  at: number;
  host: string;
  name: string;
  qtype: string;
  answer: string;
}

/** All that is known of one message's way. */
interface Way extends Trace {
  copies: ({ place: string; problem?: string } & Partial<ShownHeader>)[];
  /** Names that its hosts asked for while they worked on it. */
  questions: Question[];
}

export const trace: Command = {
  name: 'trace',
  usage: 'QUEUE-ID | MESSAGE-ID | ADDRESS | last [--on INSTANCE] [--brief]',
  options: { ...onOption, brief: { type: 'boolean' } },
  async run(args) {
    const [what] = args.positionals;
    if (what === undefined)
      throw new MailproofError('USAGE', 'mailproof trace takes a queue id, a Message-ID, an address, or `last`', { hint: 'mailproof trace alice@example.test' });
    const history: WorldEvent[] = [];
    const desk = await openDesk(text(args, 'on'), (event) => history.push(event));
    try {
      const traces = desk.ledger.trace(what);
      if (traces.length === 0 && what === 'last') throw new MailproofError('NOT_FOUND', 'no message has come in yet', { hint: 'mailproof send --to ADDRESS' });
      if (traces.length === 0) throw new MailproofError('NOT_FOUND', `no message of this world has "${what}" as queue id, Message-ID, sender or recipient`);
      if (args.values.brief === true) {
        print(args, traces, () => traces.map((one) => renderTrace(one, { lines: false })).join('\n\n'));
        return EXIT.ok;
      }
      const ways = await Promise.all(traces.map((one) => wayOf(desk, history, one)));
      print(args, ways, () => ways.map(tell).join('\n\n'));
      return EXIT.ok;
    } finally {
      await desk.close();
    }
  },
};

async function wayOf({ world, ledger }: Desk, history: readonly WorldEvent[], one: Trace): Promise<Way> {
  const [first] = one.hops;
  const places = first === undefined ? [] : placesOf(ledger, deskAccess(world), first.custody);
  const found = await Promise.all(
    places.map(async ({ name, read }): Promise<FoundCopy> => ({ place: name, ...(await read().catch((error: unknown) => ({ problem: messageOf(error) }))) })),
  );
  return {
    ...one,
    copies: found.map(({ place, raw, problem }) => ({
      place,
      ...(problem === undefined ? {} : { problem }),
      ...(raw === undefined ? {} : shownHeader(raw, one.hops, hostsByName(world.model))),
    })),
    questions: history.filter(questionsAround(one)).map(({ at, host, name, qtype, answer }) => ({ at, host, name, qtype, answer })),
  };
}

function tell(way: Way): string {
  const [began = 0] = way.hops.map(({ at }) => at);
  return [
    renderTrace(way),
    ...way.copies.map(tellCopy),
    ...(way.transcripts ?? []).map(({ with: party, lines }) => `said to ${party}:\n${lines.map(tellLine).join('\n')}`),
    ...(way.questions.length === 0
      ? []
      : [
          `names asked by its hosts in that time:\n${way.questions.map(({ at, host, name, qtype, answer }) => `  ${since(at - began)} ${host}  ${name} ${qtype}: ${answer}`).join('\n')}`,
        ]),
  ].join('\n');
}

/** The fields that hops put on top; what the sender wrote is left out. */
function tellCopy({ place, problem, fields = [] }: Way['copies'][number]): string {
  const added = fields.filter(({ mark }) => mark !== '').map(({ by, name, value }) => `  + ${by}  ${name}: ${value.replace(/\s+/g, ' ').trim()}`);
  const head = `header in ${place}:${problem === undefined ? '' : ` ${problem}`}`;
  return [head, ...(problem === undefined && added.length === 0 ? ['  as it was sent'] : added)].join('\n');
}

const tellLine = ({ mark, text: said }: TranscriptLine): string => `  ${mark.padEnd(3)} ${said}`;
const since = (ms: number): string => `${ms < 0 ? '-' : '+'}${Math.abs(ms)}ms`.padStart(9);
