import type { TranscriptLine, WorldEvent, WorldEventOf } from '../../internet/index.ts';
import type { Trace } from '../../ledger/index.ts';
import type { HostQuestion } from '../../scenario/index.ts';

/** What is kept in memory at most: log lines, DNS questions, conversations, and of messages that were handed over here what was said, with those that are not too long. */
const KEPT = { lines: 20_000, questions: 5000, sessions: 500, handedOver: 200, handedOverBytes: 250_000 } as const;
/** Lists are cut only when they are so much too long. */
const SLACK = 500;

/** A message that was handed over from here. */
export interface HandedOver {
  transcript: TranscriptLine[];
  /** As it was handed over. */
  raw?: Buffer;
}

/** What was seen around the messages, for who opens one; the oldest is let go. */
export class Evidence {
  readonly #nameOf: (address: string) => string;
  readonly #lines: WorldEventOf<'log'>[] = [];
  readonly #questions: WorldEventOf<'dns'>[] = [];
  /** By row. */
  readonly #sessions = new Map<string, WorldEventOf<'transcript'>>();
  readonly #handedOver = new Map<string, HandedOver>();

  /** @param nameOf the host that has an address */
  constructor(nameOf: (address: string) => string) {
    this.#nameOf = nameOf;
  }

  addLine(line: WorldEventOf<'log'>): void {
    keep(this.#lines, line, KEPT.lines);
  }

  addQuestion(question: WorldEventOf<'dns'>): void {
    keep(this.#questions, question, KEPT.questions);
  }

  addSession(row: string, session: WorldEventOf<'transcript'>): void {
    this.#sessions.set(row, session);
    shorten(this.#sessions, KEPT.sessions);
  }

  addHandedOver(row: string, { transcript, raw }: HandedOver): void {
    this.#handedOver.set(row, { transcript, ...(raw === undefined || raw.length > KEPT.handedOverBytes ? {} : { raw }) });
    shorten(this.#handedOver, KEPT.handedOver);
  }

  /** The row is let go. */
  forget(row: string): void {
    this.#sessions.delete(row);
    this.#handedOver.delete(row);
  }

  session(row: string): WorldEventOf<'transcript'> | undefined {
    return this.#sessions.get(row);
  }

  handedOver(row: string): HandedOver | undefined {
    return this.#handedOver.get(row);
  }

  /** Conversations with receivers outside in which a hop of this message named one of its recipients. */
  sessionsOf({ hops }: Trace): WorldEventOf<'transcript'>[] {
    const began = Math.min(...hops.map(({ at }) => at));
    return [...this.#sessions.values()].filter(({ client, lines, at }) => {
      const host = this.#nameOf(client);
      const addresses = hops.filter((hop) => hop.host === host).flatMap((hop) => hop.recipients.map(({ address }) => `rcpt to:<${address.toLowerCase()}>`));
      return at >= began && addresses.some((command) => lines.some(({ text }) => text.toLowerCase().startsWith(command)));
    });
  }

  /** Log lines, oldest first. */
  lines(fits: (line: WorldEventOf<'log'>) => boolean): WorldEventOf<'log'>[] {
    return this.#lines.filter(fits);
  }

  /** DNS questions, oldest first. */
  questions(fits: (event: WorldEvent) => event is HostQuestion): HostQuestion[] {
    return this.#questions.filter(fits);
  }
}

export function keep<T>(list: T[], one: T, most: number): void {
  list.push(one);
  if (list.length > most + SLACK) list.splice(0, list.length - most);
}

function shorten(map: Map<string, unknown>, most: number): void {
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}
