import { addressee, type Outcome } from '../ledger/index.ts';
import type { Actual, Copy, DeliveredActual, ReturnedActual, SentMessage } from './actual.ts';
import { type Dsn, parseDsn } from './dsn.ts';
import { bareId, bodyHash, headerValue, sameBody, splitMessage } from './mail-text.ts';
import { findCopies, findRunsCopies, type StoredCopy } from './mailbox.ts';
import { storeOf } from './replicas.ts';
import type { ObservedOutcome } from './result.ts';
import type { Run } from './run.ts';

type DeliveredOutcome = Extract<Outcome, { kind: 'delivered' }>;

/** Names one end of one copy; `nth` tells equal ones apart. */
export function identities(outcomes: readonly Outcome[]): Map<Outcome, string> {
  const seen = new Map<string, number>();
  return new Map(
    outcomes.map((outcome) => {
      const key = [outcome.kind, outcome.custody, outcome.original, outcome.to, outcome.kind === 'delivered' ? placeOf(outcome, undefined) : outcome.host].join('|');
      const nth = (seen.get(key) ?? 0) + 1;
      seen.set(key, nth);
      return [outcome, `${key}|${nth}`];
    }),
  );
}

interface Reading {
  /** Copies that need not be looked at. */
  unread: (outcome: DeliveredOutcome) => boolean;
  /** Copies that an outcome was found for: SHELF/FOLDER/UID. */
  taken: Set<string>;
  /** By store and user, and by Message-ID. */
  shelves: ReadonlyMap<string, ReadonlyMap<string, StoredCopy[]>>;
}

/** More new copies than these for one user are read in one go. */
const FEW = 3;

/** Many copies for one user are read at once: each by itself would look through all folders. */
async function readShelves(run: Run, outcomes: readonly Outcome[], keys: ReadonlyMap<Outcome, string>): Promise<Reading['shelves']> {
  const fresh = outcomes.filter((outcome) => outcome.kind === 'delivered' && 'mailbox' in outcome.place && !run.delivered.has(keys.get(outcome) ?? ''));
  const shelves = Map.groupBy(fresh, (outcome) => (outcome.kind === 'delivered' ? shelfOf(run, outcome.place).key : ''));
  const many = [...shelves.values()].flatMap((copies) => (copies.length > FEW && copies[0]?.kind === 'delivered' ? [shelfOf(run, copies[0].place)] : []));
  return new Map(await Promise.all(many.map(async ({ key, user, server }) => [key, await findRunsCopies(run, user, server)] as const)));
}

/**
 * Outcomes of the ledger with what the stores and receivers really hold; DSNs and what they report belong together.
 * @param options.unread copies that need not be looked at
 */
export async function observeAll(
  run: Run,
  outcomes: readonly Outcome[],
  keys: ReadonlyMap<Outcome, string>,
  { unread = () => false }: Partial<Pick<Reading, 'unread'>> = {},
): Promise<Actual[]> {
  const read = outcomes.filter((outcome) => outcome.kind === 'delivered' && !unread(outcome));
  const reading: Reading = { unread, taken: new Set(), shelves: await readShelves(run, read, keys) };
  const actuals: Actual[] = [];
  for (const outcome of outcomes) {
    // A recipient that was given up with a notice ends in the notice.
    if (outcome.kind === 'failed' && outcome.dsn !== undefined) continue;
    actuals.push(outcome.kind === 'delivered' ? await observeDelivered(run, outcome, keys.get(outcome) ?? '', reading) : observeOther(run, outcome));
  }
  return actuals;
}

/** What a notification says, one outcome for each recipient that it reports. */
export function returnedOf(carrier: DeliveredActual): ReturnedActual[] {
  const { dsn } = carrier;
  if (dsn === undefined) return [];
  return dsn.recipients.map((recipient) => ({
    kind: 'returned',
    carrier,
    dsn,
    recipient,
    ...(carrier.sent === undefined ? {} : { sent: carrier.sent }),
    observed: {
      ...carrier.observed,
      kind: 'returned',
      message: kindOfAction(recipient.action),
      dsn: {
        status: recipient.status,
        action: recipient.action,
        recipient: recipient.recipient,
        ...(recipient.diagnostic === undefined ? {} : { diagnostic: recipient.diagnostic }),
        original: dsn.returned,
      },
    },
  }));
}

async function observeDelivered(run: Run, outcome: DeliveredOutcome, key: string, reading: Reading): Promise<DeliveredActual> {
  const known = run.delivered.get(key);
  if (known) {
    if (known.copyKey !== undefined) reading.taken.add(known.copyKey);
    return known;
  }
  const sent = run.messageOf(outcome.root);
  const { place } = outcome;
  const isUnread = reading.unread(outcome);
  const stored = 'mailbox' in place && !isUnread ? await storedCopy(run, outcome, place.mailbox, sent, reading) : undefined;
  const copy = stored ?? ('outside' in place && !isUnread ? await receivedCopy(run, place.outside.receipt.id) : undefined);
  const receipt = 'outside' in place ? place.outside.receipt : undefined;
  const dsn = copy === undefined ? undefined : parseDsn(copy.raw);
  const observed: ObservedOutcome = {
    kind: 'delivered',
    to: outcome.to,
    original: outcome.original,
    envelopeFrom: outcome.envelopeFrom,
    message: kindOf(outcome, copy, dsn, sent),
    place: placeOf(outcome, run.model.accounts?.domain),
    route: outcome.route,
    ...(copy === undefined ? {} : { headers: copy.headers, body: bodyHash(withoutToken(copy.body, run.token)), flags: copy.flags }),
    ...(copy === undefined || sent?.raw === undefined || dsn !== undefined ? {} : { bodyIntact: sameBody(splitMessage(sent.raw).body, copy.body) }),
    ...(receipt === undefined
      ? {}
      : {
          exchanger: receipt.exchanger,
          source: receipt.client,
          helo: receipt.helo,
          tls: receipt.tls === false ? false : receipt.tls.version,
          auth: { spf: receipt.auth.spf.result, dkim: receipt.auth.dkim.map((signature) => signature.result), dmarc: receipt.auth.dmarc.result, arc: receipt.auth.arc.result },
        }),
    ...endedAt(run, outcome),
    ...(isIndeterminate(run, outcome) ? { indeterminate: true } : {}),
    raw: { custody: outcome.custody, messageId: outcome.messageId ?? null, root: outcome.root, ...(receipt === undefined ? {} : { receipt: receipt.id }) },
  };
  const actual: DeliveredActual = {
    kind: 'delivered',
    ledger: outcome,
    observed,
    ...(sent === undefined ? {} : { sent }),
    ...(copy === undefined ? {} : { copy }),
    ...(receipt === undefined ? {} : { receipt }),
    ...(dsn === undefined ? {} : { dsn }),
    ...(stored === undefined ? {} : { copyKey: copyKey(shelfOf(run, place).key, stored) }),
  };
  run.delivered.set(key, actual);
  return actual;
}

/** Two runs of one scenario have the same body, though each wrote its token into it. */
const withoutToken = (body: Buffer, token: string): Buffer => (body.includes(token) ? Buffer.from(body.toString('latin1').replaceAll(token, '{run}'), 'latin1') : body);

/** A final reply on the way of this copy was lost, so that it may be the second of one: the other one is as doubtful. */
function isIndeterminate(run: Run, outcome: DeliveredOutcome): boolean {
  if (outcome.indeterminate === true) return true;
  if (!run.ledger.custodies([outcome.root]).some((custody) => custody.indeterminate === true)) return false;
  return run.ledger
    .outcomes([outcome.root])
    .some((other) => other.kind === 'delivered' && other.indeterminate === true && other.to === outcome.to && other.messageId === outcome.messageId);
}

/** The copy in the user's folders that this outcome is about; its absence is a violation, as the store said that it has it. */
async function storedCopy(
  run: Run,
  outcome: DeliveredOutcome,
  mailbox: { host: string; user: string; folder: string },
  sent: SentMessage | undefined,
  { taken, shelves }: Reading,
): Promise<StoredCopy | undefined> {
  const { key: shelf, user, server } = shelfOf(run, outcome.place);
  const messageId = outcome.messageId ?? loggedId(run, outcome);
  const wanted = messageId === undefined ? { subject: sent?.raw === undefined ? undefined : headerValue(splitMessage(sent.raw).headers, 'Subject') } : { messageId };
  const read = messageId === undefined ? undefined : shelves.get(shelf)?.get(bareId(messageId) ?? '');
  const copies = (read ?? (await findCopies(run, user, wanted, server))).filter((copy) => !taken.has(copyKey(shelf, copy)));
  const copy = copies.find((one) => one.folder === mailbox.folder) ?? copies[0];
  if (copy === undefined) {
    run.violations.push({
      code: 'truth',
      host: mailbox.host,
      custody: outcome.custody,
      message: `${mailbox.host} logged that ${messageId ?? 'a message without Message-ID'} was put into ${mailbox.folder} of ${user}, but no folder of ${user} holds it`,
    });
    return undefined;
  }
  taken.add(copyKey(shelf, copy));
  return copy;
}

/** The store names the Message-ID where the relay's log does not (Exim writes none for its own notifications). */
function loggedId(run: Run, outcome: DeliveredOutcome): string | undefined {
  const { book } = run.ledger;
  const entry = book.entries.get(outcome.custody);
  const recipient = entry?.custody.recipients.find((one) => addressee(one) === outcome.to);
  return entry === undefined || recipient === undefined ? undefined : book.stored(entry, recipient)?.messageId;
}

const copyKey = (shelf: string, copy: StoredCopy): string => `${shelf}/${copy.folder}/${copy.uid}`;

interface Shelf {
  key: string;
  user: string;
  /** The store to look into, where there are several. */
  server?: string;
}

/** Whose mailbox a copy is in, and where that is read. */
function shelfOf(run: Run, place: DeliveredOutcome['place']): Shelf {
  if (!('mailbox' in place)) return { key: '', user: '' };
  const user = plainUser(place.mailbox.user, run.model.accounts?.domain);
  const server = storeOf(run, place.mailbox.host);
  return server === undefined ? { key: user, user } : { key: `${server}/${user}`, user, server };
}

/** The name of an account: the address without the domain of the accounts. */
export function plainUser(user: string, domain: string | undefined): string {
  return domain !== undefined && user.toLowerCase().endsWith(`@${domain.toLowerCase()}`) ? user.slice(0, -domain.length - 1) : user;
}

async function receivedCopy(run: Run, id: string): Promise<Copy> {
  const raw = await run.hub.receipt(id);
  return { raw, flags: [], ...splitMessage(raw) };
}

function placeOf(outcome: DeliveredOutcome, domain: string | undefined): string {
  const { place } = outcome;
  if ('mailbox' in place) return `${place.mailbox.host}:${plainUser(place.mailbox.user, domain)}/${place.mailbox.folder}`;
  return 'outside' in place ? place.outside.party : `${place.local.host}:${place.local.what}`;
}

/** What the message is: its own words count more than the way it was made. */
function kindOf(outcome: DeliveredOutcome, copy: Copy | undefined, dsn: Dsn | undefined, sent: SentMessage | undefined): string {
  if (dsn !== undefined) return kindOfAction(dsn.recipients[0]?.action ?? 'failed');
  if (isOwn(outcome.messageId, sent)) return 'mail';
  const auto = copy === undefined ? undefined : headerValue(copy.headers, 'Auto-Submitted');
  return outcome.message === 'mail' && auto !== undefined && !/^no\b/i.test(auto) ? 'auto' : outcome.message;
}

/** The very message that the scenario sent or had sent, and no notification: a null reverse-path alone makes none. */
function isOwn(messageId: string | undefined, sent: SentMessage | undefined): boolean {
  return sent !== undefined && bareId(messageId) === bareId(sent.messageId) && (sent.raw === undefined || parseDsn(sent.raw) === undefined);
}

function kindOfAction(action: string): string {
  return action === 'failed' ? 'bounce' : action === 'delayed' ? 'delay' : 'success';
}

function observeOther(run: Run, outcome: Exclude<Outcome, { kind: 'delivered' }>): Actual {
  const sent = run.messageOf(outcome.root);
  const base = {
    to: outcome.to,
    original: outcome.original,
    message: isOwn(run.ledger.book.entries.get(outcome.custody)?.custody.messageId, sent) ? 'mail' : outcome.message,
    place: outcome.host,
    route: outcome.route,
    ...endedAt(run, outcome),
    raw: { custody: outcome.custody, root: outcome.root },
  };
  const link = sent === undefined ? {} : { sent };
  if (outcome.kind === 'queued') {
    const nextTryMs = outcome.nextTry === undefined ? {} : { nextTryMs: Math.round(outcome.nextTry - run.now()) };
    return {
      kind: 'queued',
      ledger: outcome,
      ...link,
      observed: {
        kind: 'queued',
        ...base,
        envelopeFrom: outcome.envelopeFrom,
        ...nextTryMs,
        ...(outcome.frozen ? { frozen: true } : {}),
        raw: { ...base.raw, reason: outcome.reason, frozen: outcome.frozen },
      },
    };
  }
  if (outcome.kind === 'discarded')
    return { kind: 'discarded', ledger: outcome, ...link, observed: { kind: 'discarded', ...base, reason: outcome.rule, raw: { ...base.raw, rule: outcome.rule } } };
  return {
    kind: 'failed',
    ledger: outcome,
    ...link,
    observed: { kind: 'failed', ...base, reason: outcome.reason, raw: { ...base.raw, reason: outcome.reason, reply: outcome.reply ?? null } },
  };
}

/** World time of the end since the scenario began, where the ledger knows it. */
function endedAt(run: Run, outcome: Outcome): { afterMs?: number } {
  const at = run.ledger.book.entries.get(outcome.custody)?.custody.recipients.find((recipient) => addressee(recipient) === outcome.to)?.state;
  if (at !== undefined && 'at' in at) return { afterMs: run.since(at.at) };
  return {};
}
