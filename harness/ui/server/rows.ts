import type { WorldEventOf } from '../../internet/index.ts';
import { type CustodyId, describeEnd, type Entry, type Ledger, type MailEventBody, type RecipientEnd } from '../../ledger/index.ts';
import type { Row, RowState } from '../wire.ts';

/** The worst end of any copy is that of the message: who looks for trouble must not miss one copy of ten. */
const WORST: readonly RowState[] = ['on its way', 'waiting', 'failed', 'discarded', 'delivered'];

/** One recipient at one host. */
interface End {
  end: RecipientEnd;
  state: RowState;
}

const STATES: Readonly<Record<RecipientEnd['end'], RowState>> = {
  pending: 'on its way',
  waiting: 'waiting',
  failed: 'failed',
  discarded: 'discarded',
  relayed: 'delivered',
  stored: 'delivered',
};

export interface MessageRow {
  row: Row;
  /** Every custody that came of it. */
  members: CustodyId[];
  open: boolean;
}

/** A message and all that came of it as one line. */
export function messageRow(ledger: Ledger, start: CustodyId, n: number): MessageRow | undefined {
  const entries = ledger.cameOf(start).sort((a, b) => a.custody.acceptedAt - b.custody.acceptedAt);
  const first = entries.find(({ custody }) => custody.id === start);
  if (first === undefined || !first.accepted) return undefined;
  const { custody } = first;
  const ends = entries.flatMap((entry) => endsOf(ledger, entry));
  const state = WORST.find((one) => ends.some((end) => end.state === one)) ?? 'on its way';
  const told = [...new Set(ends.filter((one) => one.state === state && !isPassedOn(one.end)).map(({ end }) => describeEnd(end)))];
  const stores = ends.flatMap(({ end }) => (end.end === 'stored' ? [end.host] : []));
  return {
    row: {
      id: start,
      n,
      at: custody.acceptedAt,
      kind: 'message',
      state,
      from: custody.from,
      to: [...new Set(custody.recipients.map((recipient) => recipient.original))],
      hosts: [...new Set([...entries.map((entry) => entry.custody.host), ...stores])],
      text: told.length > 3 ? `${told.slice(0, 2).join('; ')}; and ${told.length - 2} more` : told.join('; '),
      ids: [...new Set(entries.flatMap((entry) => [entry.custody.queueId, ...(entry.custody.messageId === undefined ? [] : [entry.custody.messageId])]))],
      client: clientText(custody.client),
    },
    members: entries.map((entry) => entry.custody.id),
    open: state === 'on its way' || state === 'waiting',
  };
}

function endsOf(ledger: Ledger, entry: Entry): End[] {
  return entry.custody.recipients.map((recipient) => {
    const end = ledger.endOf(entry, recipient);
    // A store has taken it, and has not said yet where it put it.
    const unsaid = end.end === 'relayed' && entry.links.get(recipient)?.kind === 'store';
    return { end, state: unsaid ? 'on its way' : STATES[end.end] };
  });
}

/** Its end is told where it went on. */
const isPassedOn = (end: RecipientEnd): boolean => end.end === 'relayed' && end.child !== undefined;

/** true while the host has to do something about it. */
export const isOpen = ({ accepted, custody }: Entry): boolean =>
  accepted && !custody.completed && (custody.recipients.length === 0 || custody.recipients.some(({ state }) => state.end === 'pending' || state.end === 'waiting'));

const clientText = (client: { name?: string; address?: string } | undefined): string =>
  [client?.name, client?.address === undefined ? undefined : `[${client.address}]`].filter((part) => part !== undefined).join(' ');

/** A message, or a recipient of one, that a host of the world did not take. */
export function refusalRow(refusal: { at: number; host: string; event: Extract<MailEventBody, { kind: 'refused' }> }, n: number): Row {
  const { at, host, event } = refusal;
  return {
    id: `refused/${n}`,
    n,
    at,
    kind: 'refused',
    state: 'refused',
    from: event.from ?? '',
    to: event.to === undefined ? [] : [event.to],
    hosts: [host],
    text: `at ${event.stage}: ${event.reply}`,
    ids: [...(event.queueId === undefined ? [] : [event.queueId]), ...(event.messageId === undefined ? [] : [event.messageId])],
    client: clientText(event.client),
  };
}

/** One that a receiver outside did not take, or dropped the connection of. */
export function outsideRow(event: WorldEventOf<'refusal'> | WorldEventOf<'dropped'>, client: string): Row {
  return {
    id: `refused/${event.seq}`,
    n: event.seq,
    at: event.at,
    kind: 'refused',
    state: event.type === 'refusal' ? 'refused' : 'dropped',
    from: event.from ?? '',
    to: [event.to ?? []].flat(),
    hosts: [event.party],
    text: event.type === 'refusal' ? `at ${event.stage}: ${event.reply}` : `connection dropped at ${event.stage}`,
    ids: event.messageId === undefined ? [] : [event.messageId],
    client,
  };
}

/** A conversation with a receiver outside, from the first reply to the end. */
export function sessionRow(event: WorldEventOf<'transcript'>, client: string): Row {
  const commands = event.lines.filter(({ mark }) => mark === '->' || mark === '~>');
  const argument = (command: RegExp): string[] => commands.flatMap(({ text }) => command.exec(text)?.[1] ?? []);
  const worst = event.lines.findLast(({ mark }) => mark === '<**' || mark === '<~*');
  return {
    id: `session/${event.seq}`,
    n: event.seq,
    at: event.at,
    kind: 'session',
    state: 'ended',
    from: argument(/^MAIL FROM:<([^>]*)>/i)[0] ?? '',
    to: argument(/^RCPT TO:<([^>]*)>/i),
    hosts: [event.party],
    text: `${event.lines.length} lines${worst === undefined ? '' : `, ${worst.text}`}`,
    ids: [event.session],
    client,
  };
}
