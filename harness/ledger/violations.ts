import type { Stray, WorldEventOf } from '../internet/index.ts';
import type { Book } from './book.ts';
import { closure, rootEntry } from './closure.ts';
import { addressee, type Entry, isFinal, sameAddress } from './entry.ts';
import type { Places } from './links.ts';
import { notifies } from './look.ts';
import { accountOf } from './outcomes.ts';
import type { Outcome, Recipient, Root, Violation } from './types.ts';

export interface Evidence {
  book: Book;
  places: Places;
  parties: readonly string[];
  roots: readonly Root[];
  strays: readonly Stray[];
  unknownNames: readonly WorldEventOf<'dns'>[];
}

/** One host may see one message a few times on its honest way (a content filter, an alias that points back); beyond that it goes in circles. */
const PLAUSIBLE_VISITS = 3;

/** What must hold of every message whatever a scenario says. */
export function findViolations(evidence: Evidence): Violation[] {
  const { book, roots, strays, unknownNames } = evidence;
  const starts = roots.flatMap((root) => rootEntry(book, root) ?? []);
  const entries = closure(book, starts);
  const accounts = roots.map((root) => accountOf(book, root));
  const outcomes = accounts.flatMap((account) => account.outcomes);
  return [
    ...entries.flatMap((entry) => conservation(book, entry, notifies(book, entry, roots), outcomes)),
    ...duplicates(outcomes, roots),
    ...entries.flatMap((entry) => bounceToBounce(entry)),
    ...loops(entries),
    ...truth(evidence, entries),
    ...accounts.flatMap(({ unexplained }) =>
      unexplained.map(
        ({ entry, record }): Violation => ({
          code: 'truth',
          host: entry.custody.host,
          custody: entry.custody.id,
          message: `${record.host} put a copy of ${entry.custody.messageId} into the mailbox of ${record.user}, and the log of ${entry.custody.host} does not say that it delivered it there`,
        }),
      ),
    ),
    ...strays.map(
      (stray): Violation => ({
        code: 'stray',
        ...(stray.host === undefined ? {} : { host: stray.host }),
        message: `${stray.host ?? stray.from} sent ${stray.packets} packets to ${stray.to} ${stray.protocol}/${stray.port}, which this world does not know`,
      }),
    ),
    ...onePerName(unknownNames).map(
      (event): Violation => ({
        code: 'unknown-name',
        ...(event.host === undefined ? {} : { host: event.host }),
        message: `${event.host ?? event.client} asked for ${event.name} ${event.qtype}, a name that this world does not know`,
      }),
    ),
  ];
}

function conservation(book: Book, entry: Entry, notified: boolean, outcomes: readonly Outcome[]): Violation[] {
  const { custody } = entry;
  if (!custody.completed) return [];
  const at = { code: 'conservation' as const, host: custody.host, custody: custody.id };
  const found: Violation[] = [];
  if (custody.recipients.length === 0 && entry.removedBy === undefined)
    found.push({ ...at, message: `${custody.id} was closed by ${custody.host} without an end for any recipient` });
  for (const recipient of custody.recipients) {
    const { state } = recipient;
    // A host that was killed between the delivery and its line has no line of it, but the copy is there.
    if (!isFinal(state) && !(book.mayHaveLost(entry, recipient) && (arrived(outcomes, entry, addressee(recipient)) || passedOn(book, entry, recipient))))
      found.push({ ...at, message: `${custody.id} was closed by ${custody.host}, but ${recipient.address} was neither delivered, returned nor discarded (it is ${state.end})` });
    if (state.end === 'failed' && state.dsn === undefined && state.untold === undefined && custody.from !== '' && notified)
      found.push({ ...at, message: `${custody.id}: ${recipient.address} failed (${state.reason}) and the sender ${custody.from} was not told` });
    if (state.end !== 'relayed') continue;
    const link = entry.links.get(recipient);
    if (link?.kind === 'store') {
      const record = book.stored(entry, recipient);
      if (!record)
        found.push({
          ...at,
          host: link.host,
          message: `${link.host} answered Saved for ${recipient.address} (session ${link.session}) and logged no delivery: ${custody.id} is lost there`,
        });
      else if (!record.events.some((event) => event.kind === 'stored' || event.kind === 'store-discarded' || event.kind === 'store-sent'))
        found.push({ ...at, host: link.host, message: `${link.host} answered Saved for ${recipient.address} (session ${link.session}) although it could not store it` });
    }
    if (link?.kind === 'receipt' && !book.receipt(link.id))
      found.push({
        ...at,
        code: 'truth',
        message: `${custody.id}: the log says that ${state.next} took ${recipient.address} as ${link.id}, but no receiver of the outside has it`,
      });
    if (link?.kind === 'unknown')
      found.push({ ...at, message: `${custody.id}: ${state.next} took ${recipient.address} with "${state.reply}", which names no copy that could be followed` });
  }
  return found;
}

const arrived = (outcomes: readonly Outcome[], entry: Entry, to: string): boolean =>
  outcomes.some((outcome) => outcome.kind === 'delivered' && outcome.custody === entry.custody.id && outcome.to.toLowerCase() === to.toLowerCase());

/** A next hop has the message from this host, though no line says so. An address that no line was about may have become any other. */
const passedOn = (book: Book, entry: Entry, { address, original, attempts }: Recipient): boolean =>
  book.kin
    .unheard(entry)
    .some(({ custody }) => (attempts.length === 0 && sameAddress(address, original)) || custody.recipients.some((taken) => sameAddress(taken.original, address)));

function placeOf(outcome: Extract<Outcome, { kind: 'delivered' }>): string {
  const { place } = outcome;
  if ('mailbox' in place) return `${place.mailbox.host}:${place.mailbox.user}/${place.mailbox.folder}`;
  if ('outside' in place) return place.outside.party;
  return `${place.local.host}:${place.local.what}`;
}

function duplicates(outcomes: readonly Outcome[], roots: readonly Root[]): Violation[] {
  const named = new Set(roots.flatMap((root) => root.to.map((to) => `${root.id} ${to.toLowerCase()}`)));
  const groups = new Map<string, Extract<Outcome, { kind: 'delivered' }>[]>();
  for (const outcome of outcomes) {
    if (outcome.kind !== 'delivered' || outcome.messageId === undefined) continue;
    const recipient = 'mailbox' in outcome.place ? '' : outcome.to.toLowerCase();
    const key = [outcome.root, outcome.messageId, recipient, placeOf(outcome)].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), outcome]);
  }
  return [...groups.values()].flatMap((copies): Violation[] => {
    const [first] = copies;
    // Who names alice@ and alice+x@ asks for two copies; who names one recipient does not, whatever the aliases make of it.
    const asked = new Set(copies.map((copy) => copy.original.toLowerCase()).filter((original) => named.has(`${first?.root} ${original}`)));
    if (!first || copies.length <= Math.max(1, asked.size) || copies.some((copy) => copy.indeterminate)) return [];
    return [
      {
        code: 'duplicate',
        custody: first.custody,
        message: `message ${first.messageId} came ${copies.length} times to ${placeOf(first)} for ${[...new Set(copies.map((copy) => `${copy.to} (sent to ${copy.original})`))].join(', ')}`,
      },
    ];
  });
}

function bounceToBounce(entry: Entry): Violation[] {
  const { custody } = entry;
  if (custody.from !== '') return [];
  return custody.recipients.flatMap((recipient): Violation[] =>
    recipient.state.end === 'failed' && recipient.state.dsn !== undefined
      ? [
          {
            code: 'bounce-to-bounce',
            host: custody.host,
            custody: custody.id,
            message: `${custody.host} answered the notification ${custody.id} to ${recipient.address} with another one, ${recipient.state.dsn} (RFC 5321 section 6.1 forbids it)`,
          },
        ]
      : [],
  );
}

function loops(entries: readonly Entry[]): Violation[] {
  const visits = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { custody } = entry;
    if (custody.receipt || custody.messageId === undefined) continue;
    const recipients = custody.recipients.map((one) => one.original.toLowerCase()).sort();
    const key = [custody.host, custody.messageId, custody.from, ...recipients].join('\n');
    visits.set(key, [...(visits.get(key) ?? []), entry]);
  }
  return [...visits.values()].flatMap((seen): Violation[] => {
    const [first] = seen;
    if (!first || seen.length <= PLAUSIBLE_VISITS) return [];
    return [
      {
        code: 'loop',
        host: first.custody.host,
        custody: first.custody.id,
        message: `${first.custody.host} took message ${first.custody.messageId} for ${first.custody.recipients.map((one) => one.original).join(', ')} ${seen.length} times: ${seen.map((one) => one.custody.queueId).join(', ')}`,
      },
    ];
  });
}

/** Receivers and logs must tell the same story. */
function truth({ book, places }: Evidence, entries: readonly Entry[]): Violation[] {
  const all = new Set(entries);
  for (const entry of entries) for (const same of book.withMessageId(entry.custody.messageId)) if (same.custody.receipt) all.add(same);
  return [...all].flatMap((entry): Violation[] => {
    const { receipt } = entry.custody;
    if (!receipt?.replySent) return [];
    const host = places.hostOf(receipt.client, '');
    if (host === undefined) return [];
    const told = entry.custody.parents.flatMap((id) => book.entries.get(id) ?? []);
    const unsure = book.withMessageId(entry.custody.messageId).filter((other) => places.isFrom(receipt.client, '', other.custody.host));
    // Sendmail logs an address as it was before its tables made another one of it; its line names the receipt, and stands for one recipient.
    const renamed = told.flatMap((parent) =>
      parent.custody.recipients.filter((one) => {
        const link = parent.links.get(one);
        return one.state.end === 'relayed' && link?.kind === 'receipt' && link.id === receipt.id && !receipt.to.some((address) => sameAddress(address, one.address));
      }),
    );
    return receipt.to
      .filter(
        (address) =>
          !told.some((parent) => parent.custody.recipients.some((one) => sameAddress(one.address, address) && one.state.end === 'relayed')) &&
          !unsure.some((parent) => parent.custody.recipients.some((one) => sameAddress(one.address, address) && book.mayHaveLost(parent, one))),
      )
      .slice(renamed.length)
      .map(
        (address): Violation => ({
          code: 'truth',
          host,
          custody: entry.custody.id,
          message: `${receipt.party} holds ${receipt.id} for ${address} from ${host}, ${places.passesOn(host) ? 'and no log of a host behind it says' : 'whose log does not say'} that it delivered it there`,
        }),
      );
  });
}

function onePerName(events: readonly WorldEventOf<'dns'>[]): WorldEventOf<'dns'>[] {
  return [...new Map(events.map((event) => [`${event.host ?? event.client} ${event.name} ${event.qtype}`, event])).values()];
}
