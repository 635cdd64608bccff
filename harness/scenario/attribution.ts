import type { Stray, WorldEventOf } from '../internet/index.ts';
import type { Ledger } from '../ledger/index.ts';

type Entry = ReturnType<Ledger['entries']>[number];

/** What a scenario said and did, in whose light what the world met is looked at. */
export interface Deeds {
  ledger: Ledger;
  roots: readonly string[];
  /** All that its file and its messages say. */
  words: readonly string[];
  /** Questions to the DNS in its time. */
  questions: readonly WorldEventOf<'dns'>[];
}

/**
 * Whose is a question for an unknown name, or a packet to an unknown place, that came in the time of a scenario beside
 * which others run? The mail tells: what names it most closely. Only what another's mail accounts for, and this
 * one's does not, is the other's, who is told of it; what nobody's mail accounts for is everybody's who was there: a fault
 * that is missed is worse than one that is told twice.
 */
export class Attribution {
  readonly #own: string;
  readonly #foreign: string;
  readonly #ownLines: string;
  readonly #foreignLines: string;
  readonly #questions: readonly WorldEventOf<'dns'>[];

  constructor({ ledger, roots, words, questions }: Deeds) {
    const mine = new Set(ledger.entries(roots));
    const others = [...ledger.book.entries.values()].filter((entry) => !mine.has(entry));
    this.#questions = questions;
    this.#own = [...words, ...[...mine].flatMap(addresses)].join('\n').toLowerCase();
    // A refused transaction is nobody's custody; who said its addresses said them in its own words too, which count first.
    const refusals = ledger.book.refusals.flatMap(({ event }) => [event.from ?? '', event.to ?? '', event.client?.address ?? '', event.client?.helo ?? '']);
    this.#foreign = [...others.flatMap(addresses), ...refusals].join('\n').toLowerCase();
    this.#ownLines = lines([...mine]);
    this.#foreignLines = lines(others);
  }

  /** Whether this scenario answers for a question of this name. */
  ownsName(name: string): boolean {
    return closeness(this.#own, name) >= closeness(this.#foreign, name);
  }

  /** Whether this scenario answers for packets to this address. */
  ownsStray({ to }: Pick<Stray, 'to'>): boolean {
    if (mentions(this.#ownLines, to) || mentions(this.#own, to)) return true;
    const asked = this.#questions.filter((question) => mentions(question.answer.toLowerCase(), to));
    if (asked.length > 0) return asked.some((question) => this.ownsName(question.name));
    return !mentions(this.#foreignLines, to);
  }
}

const lines = (entries: readonly Entry[]): string =>
  entries
    .flatMap((entry) => entry.lines.map((line) => line.line))
    .join('\n')
    .toLowerCase();

function addresses({ custody }: Entry): string[] {
  return [custody.from, custody.client?.address ?? '', custody.client?.helo ?? '', ...custody.recipients.flatMap((recipient) => [recipient.address, recipient.original])];
}

/** Length of the longest part of a name, itself or a domain above it, that a text mentions; 0 for none. */
function closeness(text: string, name: string): number {
  const address = reverseOf(name);
  if (address !== undefined) return mentions(text, address) ? name.length : 0;
  const labels = name.toLowerCase().split('.');
  for (let skip = 0; skip < Math.max(1, labels.length - 1); skip++) {
    const domain = labels.slice(skip).join('.');
    if (mentions(text, domain)) return domain.length;
  }
  return 0;
}

/** The address that a name of the reverse tree stands for (RFC 1035 section 3.5, RFC 3596 section 2.5). */
function reverseOf(name: string): string | undefined {
  const v4 = /^((?:\d+\.){4})in-addr\.arpa$/i.exec(name)?.[1];
  if (v4 !== undefined) return v4.slice(0, -1).split('.').reverse().join('.');
  const v6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/i.exec(name)?.[1];
  if (v6 === undefined) return undefined;
  const groups = v6.slice(0, -1).split('.').reverse().join('').match(/.{4}/g) ?? [];
  // URLs write IPv6 addresses as RFC 5952 has it.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** `x.test` is in `a@mail.x.test`, and not in `box.test` or `x.test.example`. */
function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<![a-z0-9-])${name.toLowerCase().replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}(?![a-z0-9-]|\\.[a-z0-9]|:[0-9a-f])`).test(text);
}
