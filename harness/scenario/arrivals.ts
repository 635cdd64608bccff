import { formatDuration, MailproofError, waitUntil } from '../base/index.ts';
import { type Custody, catchUp } from '../ledger/index.ts';
import type { SentMessage } from './actual.ts';
import { matchesAddress, type Pattern, showPattern } from './pattern.ts';
import type { Run } from './run.ts';

/** Real time that a message may take to come into a log after the command that made it has ended. */
const ARRIVAL_DEADLINE_MS = 20_000;

export interface Wanted {
  from?: Pattern;
  to: Pattern;
  /** Host that takes it; any unless told. */
  at?: string;
  count: number;
}

/** Messages that the system sends by itself from a moment on: those that came of no other. */
export class Arrivals {
  readonly #run: Run;
  readonly #before: ReturnType<Run['ledger']['known']>;
  readonly #atMs: number;

  private constructor(run: Run) {
    this.#run = run;
    this.#before = run.ledger.known();
    this.#atMs = run.since(run.now());
  }

  /** From now on. */
  static async watch(run: Run): Promise<Arrivals> {
    await catchUp(run.ledger, run.hub, ARRIVAL_DEADLINE_MS);
    return new Arrivals(run);
  }

  /**
   * Waits until the logs name so many messages that fit, or more.
   * @throws MailproofError DEADLINE with the messages that were named instead
   */
  async find(wanted: Wanted): Promise<Custody[]> {
    const { ledger, hub } = this.#run;
    const giveUp = performance.now() + ARRIVAL_DEADLINE_MS;
    const rest = (): number => Math.max(1, giveUp - performance.now());
    const look = (): Custody[] => ledger.beginnings(this.#before).filter((custody) => fits(custody, wanted));
    for (;;) {
      await waitUntil<true>({
        what: `${wanted.at ?? 'a host'} takes ${describeWanted(wanted)}`,
        deadlineMs: rest(),
        look: () => (look().length >= wanted.count ? { met: true, value: true } : { met: false, missing: this.#instead() }),
        subscribe: (again) => ledger.onChange(again),
      });
      // Each host's log comes by itself: the second host of a message may have been heard before the first.
      await catchUp(ledger, hub, rest());
      const found = look();
      if (found.length >= wanted.count) return found;
      if (performance.now() >= giveUp)
        throw new MailproofError(
          'DEADLINE',
          `gave up after ${formatDuration(ARRIVAL_DEADLINE_MS)} waiting until ${wanted.at ?? 'a host'} takes ${describeWanted(wanted)}: ${this.#instead()}`,
        );
    }
  }

  /** Makes one of them a message of the scenario, like a sent one. */
  enter(custody: Custody, label: string | undefined): void {
    const run = this.#run;
    const message: SentMessage = {
      number: run.sent.length + 1,
      ...(label === undefined ? {} : { label }),
      ...(custody.messageId === undefined ? {} : { messageId: `<${custody.messageId}>` }),
      from: custody.from,
      to: [...new Set(custody.recipients.map((recipient) => recipient.original))],
      atMs: this.#atMs,
    };
    message.root = `${run.token}/${message.number}`;
    run.sent.push(message);
    run.ledger.addRoot({
      id: message.root,
      host: custody.host,
      reply: '',
      custody: custody.id,
      ...(custody.messageId === undefined ? {} : { messageId: custody.messageId }),
      from: custody.from,
      to: [],
    });
  }

  #instead(): string {
    const seen = this.#run.ledger.beginnings(this.#before);
    return seen.length === 0 ? 'no log names a new message' : `the logs name ${seen.map(describeArrival).join('; ')}`;
  }
}

function fits(custody: Custody, { from, to, at }: Wanted): boolean {
  return (
    (at === undefined || custody.host === at) &&
    (from === undefined || matchesAddress(from, custody.from)) &&
    custody.recipients.some((recipient) => matchesAddress(to, recipient.original) || matchesAddress(to, recipient.address))
  );
}

function describeWanted({ from, to, count }: Wanted): string {
  return `${count === 1 ? 'a message' : `${count} messages`}${from === undefined ? '' : ` from ${showPattern(from)}`} to ${showPattern(to)}`;
}

/** `mx/1tDf3x-0000Ab-1C from <root@example.test> to alice@example.test` */
export function describeArrival({ id, from, recipients }: Custody): string {
  const to = [...new Set(recipients.map((recipient) => recipient.original))].join(', ');
  return `${id} from <${from}> to ${to || 'recipients that its log does not tell yet'}`;
}
