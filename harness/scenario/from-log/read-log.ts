import { worldTime } from '../../base/index.ts';
import { Ledger, parseLine, type Unparsed } from '../../ledger/index.ts';
import { type End, endsOf } from './end.ts';

/** A message that a production host took, or would not take, as far as its log tells. */
export interface LoggedMessage {
  /** Queue id; for what was refused before it had one, the line. */
  id: string;
  /** Where the log first speaks of it. */
  line: number;
  /** The host whose log it is, as syslog names it; none where the log names none. */
  host?: string;
  from: string;
  to: string[];
  client: { address?: string; helo?: string };
  bytes?: number;
  /** Unknown where the server logs it with no message (Postfix). */
  tls?: boolean;
  /** Who logged in to send it. */
  auth?: string;
  ends: End[];
  /** So many times the same was refused. */
  times: number;
}

/** A message, or an attempt, that cannot be sent again, and why. */
export interface LeftOut {
  id: string;
  why: string;
}

export interface ReadLog {
  lines: { all: number; mail: number; other: number };
  /** Lines of a mail server that no rule understood. */
  unparsed: Unparsed[];
  messages: LoggedMessage[];
  leftOut: LeftOut[];
}

/** A line as it stands in a file: of which host it is, and where its server would have written it. */
interface Placed {
  host: string;
  source: string;
  line: string;
}

/** Stands for the one host whose log it is, where the log does not name it. */
const UNNAMED = 'log';
const EXIM_LOG = '/var/log/exim4/mainlog';
/**
 * What syslog, journalctl and `mailproof logs` put before a line: the time, and the host where they name it. A server that writes to the
 * socket itself names none.
 */
const HEADER =
  /^(?:<\d+>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.,]+(?:Z|[+-]\d\d:?\d\d)) +(?:(?<host>[^\s:[\]]+) +)?(?<line>(?:[\w./+-]+(?:\[\d+\])?: |\d{4}-\d\d-\d\d ).*)$/s;
const OF_EXIM = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/;

/** Reads the lines of the main log of Exim, and of Postfix's, of one host or several, in the order of time. */
export function readLog(lines: readonly string[]): ReadLog {
  const placed = lines.map(place);
  const ledger = new Ledger({ hosts: [...new Set(placed.map(({ host }) => host))].map((name) => ({ name, software: [], addresses: [] })), parties: [] });
  let mail = 0;
  const ofExim = new Set<number>();
  for (const [index, one] of placed.entries()) {
    const { software, parsed } = parseLine(one);
    if (parsed.result === 'foreign') continue;
    mail++;
    // The order is what counts; the number of the line stands for its time.
    const at = worldTime(index + 1);
    if (software === 'exim') ofExim.add(at);
    ledger.apply({ seq: index + 1, at, type: 'log', ...one });
  }
  return { lines: { all: lines.length, mail, other: lines.length - mail }, unparsed: ledger.unparsed(), ...messagesOf(ledger, (at) => ofExim.has(at)) };
}

function place(whole: string): Placed {
  const { host = UNNAMED, line = whole } = HEADER.exec(whole)?.groups ?? {};
  return { host, source: OF_EXIM.test(line) ? EXIM_LOG : 'syslog', line };
}

const named = (host: string): { host?: string } => (host === UNNAMED ? {} : { host });

function messagesOf({ book }: Ledger, isExim: (at: number) => boolean): Pick<ReadLog, 'messages' | 'leftOut'> {
  const messages = new Map<string, LoggedMessage>();
  const leftOut: LeftOut[] = [];
  const refusedIds = new Set(book.refusals.map(({ host, event }) => `${host}/${event.queueId ?? ''}`));
  for (const entry of book.entries.values()) {
    const { custody } = entry;
    // What a host made of another message, or because of one, comes of that one again.
    if (custody.parents.length > 0 || custody.cause !== 'received') continue;
    const leave = (why: string): number => leftOut.push({ id: custody.queueId, why });
    const address = custody.client?.address;
    if (address === undefined && custody.client?.name === undefined && custody.protocol === undefined) {
      if (!refusedIds.has(custody.id)) leave('incomplete: the line of its arrival is not in the log');
      continue;
    }
    if (!entry.accepted) {
      if (!refusedIds.has(custody.id)) leave('incomplete: its client came, and the log does not say that it was taken');
      continue;
    }
    if (address === undefined) {
      leave(`handed over on the host itself${custody.client?.name === undefined ? '' : ` (${custody.client.name})`}, not by SMTP`);
      continue;
    }
    const ends = endsOf(book, entry);
    const to = [...new Set(ends.map(({ original }) => original))];
    if (to.length === 0) {
      leave('incomplete: the log does not name its recipients');
      continue;
    }
    messages.set(custody.id, {
      id: custody.queueId,
      line: custody.acceptedAt,
      ...named(custody.host),
      from: custody.from,
      to,
      client: { address, ...heloOf(custody.client, isExim(custody.acceptedAt)) },
      ...(custody.bytes === undefined ? {} : { bytes: custody.bytes }),
      // Exim names the protocol, and TLS beside it where there was any (log_selector +tls_cipher, on unless taken off).
      ...(custody.protocol === undefined ? {} : { tls: custody.tls !== undefined || /^u?esmtps/i.test(custody.protocol) }),
      ...(custody.auth === undefined ? {} : { auth: custody.auth }),
      ends,
      times: 1,
    });
  }
  addRefusals(book.refusals, messages, leftOut, isExim);
  return { messages: [...messages.values()].sort((a, b) => a.line - b.line), leftOut };
}

/** Exim names the HELO apart only where it is not the client's name; Postfix names the client as DNS does. */
function heloOf(client: { name?: string; helo?: string } | undefined, isExim: boolean): { helo?: string } {
  const helo = client?.helo ?? (isExim ? client?.name : undefined);
  return helo === undefined ? {} : { helo };
}

/** A recipient that was refused belongs to the message where the log says so; else it is a message of its own. */
function addRefusals(all: Ledger['book']['refusals'], messages: Map<string, LoggedMessage>, leftOut: LeftOut[], isExim: (at: number) => boolean): void {
  for (const { at, host, event } of all) {
    const { from, to, reply, stage, client, queueId } = event;
    const id = queueId ?? `line ${at}`;
    if (from === undefined || to === undefined) {
      leftOut.push({ id, why: `refused at ${stage}, and the log does not name ${from === undefined ? 'the sender' : 'the recipient'}: ${reply}` });
      continue;
    }
    const end: End = { original: to, address: to, is: 'refused', text: reply, permanent: !reply.startsWith('4'), stage };
    const known = queueId === undefined ? undefined : messages.get(`${host}/${queueId}`);
    if (known !== undefined) {
      known.ends.push(end);
      if (!known.to.includes(to)) known.to.push(to);
      continue;
    }
    const key = JSON.stringify([host, client?.address, client?.helo, from, to, stage, reply]);
    const before = messages.get(key);
    if (before !== undefined) before.times++;
    else
      messages.set(key, {
        id,
        line: at,
        ...named(host),
        from,
        to: [to],
        client: { ...(client?.address === undefined ? {} : { address: client.address }), ...heloOf(client, isExim(at)) },
        ends: [end],
        times: 1,
      });
  }
}
