import { type Look, waitUntil } from '../base/index.ts';
import { addressee, type Violation } from '../ledger/index.ts';
import { loginRefused, withMailbox } from './imap-pool.ts';
import { bareId } from './mail-text.ts';
import { countCopies, type Holding } from './mailbox.ts';
import { plainUser } from './observe.ts';
import { storeOf, storesUp } from './replicas.ts';
import type { Run } from './run.ts';

/** A store may log a little after the copy is there (Dovecot logs through another process); this guards against one that never does. Real time. */
const LOG_DEADLINE_MS = 10_000;

/**
 * Copies of this scenario's messages that a mailbox holds and no log line tells of, in the mailboxes of everybody whom
 * the messages were for, came to, or could have come to. Call it when the mail is settled.
 */
export async function storeTruth(run: Run): Promise<Violation[]> {
  const ids = messageIds(run);
  if (ids.length === 0) return [];
  const users = usersConcerned(run);
  return (await Promise.all(storesUp(run).flatMap((host) => users.map((user) => unlogged(run, host, user, ids))))).flat();
}

async function unlogged(run: Run, host: string, user: string, ids: readonly string[]): Promise<Violation[]> {
  const { book } = run.ledger;
  const isTheirs = (copy: { user: string }): boolean => plainUser(copy.user, run.model.accounts?.domain).toLowerCase() === user.toLowerCase();
  const logged = (id: string): number =>
    book.stores
      .ofMessage(id)
      .filter(isTheirs)
      .reduce((sum, record) => sum + record.events.filter((event) => event.kind === 'stored').length, 0) + book.mailboxCopies(id).filter(isTheirs).length;
  const loggedInAll = (): number => ids.reduce((sum, id) => sum + logged(id), 0);
  const held = await withMailbox(run, user, (client) => countCopies(client, run.token, ids, loggedInAll), storeOf(run, host)).catch((error: unknown) => {
    // Whose account is shut has a mailbox that nobody can look into; that matters where something came into it.
    if (loginRefused(error) && loggedInAll() === 0) return new Map<string, Holding[]>();
    throw error;
  });
  const found: Violation[] = [];
  for (const [id, holdings] of held) {
    const folders = delivered(holdings, wrote(run, user, id));
    const told = await settledCount(run, () => logged(id), folders.length);
    // An MTA that was killed between a copy and its line delivers it once more: two copies, one line.
    if (told >= folders.length || (told > 0 && wasKilled(run, host, id))) continue;
    found.push({
      code: 'truth',
      host,
      message: `${user} holds ${folders.length} ${folders.length === 1 ? 'copy' : 'copies'} of message ${id} (${folders.join(', ')}), but ${host} logged ${told === 0 ? 'none' : `only ${told}`}`,
    });
  }
  return found;
}

/** Without the copy that a mail program keeps of what its user wrote. */
function delivered(holdings: readonly Holding[], own: boolean): string[] {
  const kept = own ? holdings.findIndex(({ sent }) => sent) : -1;
  return holdings.filter((_, index) => index !== kept).map(({ folder }) => folder);
}

function wrote(run: Run, user: string, id: string): boolean {
  return run.ledger
    .custodies(run.roots)
    .some(({ messageId, auth, from }) => messageId === id && auth !== undefined && plainUser(from, run.model.accounts?.domain).toLowerCase() === user.toLowerCase());
}

/** The host writes into maildirs itself, and went down after it had taken this message. */
function wasKilled(run: Run, host: string, messageId: string): boolean {
  const { book } = run.ledger;
  return run.model.accounts?.mailboxes?.host === host && book.withMessageId(messageId).some(({ custody }) => custody.host === host && book.outages.since(host, custody.acceptedAt));
}

async function settledCount(run: Run, logged: () => number, wanted: number): Promise<number> {
  const look = (): Look<number> => (logged() >= wanted ? { met: true, value: logged() } : { met: false, missing: `${logged()} of ${wanted} copies are logged` });
  try {
    return await waitUntil({ what: 'the store has logged the copies that it holds', deadlineMs: LOG_DEADLINE_MS, look, subscribe: (again) => run.ledger.onChange(again) });
  } catch {
    return logged();
  }
}

function messageIds(run: Run): string[] {
  const ids = new Set<string>();
  for (const { messageId } of run.sent) if (messageId !== undefined) ids.add(bareId(messageId) ?? '');
  for (const custody of run.ledger.custodies(run.roots)) if (custody.messageId !== undefined) ids.add(custody.messageId);
  return [...ids];
}

function usersConcerned(run: Run): string[] {
  const domain = run.model.accounts?.domain;
  const addresses = [
    ...run.sent.flatMap((message) => message.to),
    ...run.ledger
      .custodies(run.roots)
      .flatMap((custody) =>
        custody.recipients.flatMap((recipient) => [addressee(recipient), recipient.original, ...(recipient.state.end === 'stored' ? [recipient.state.user ?? ''] : [])]),
      ),
  ];
  const users = addresses.map((address) =>
    plainUser(address, domain)
      .replace(/\+[^@]*$/, '')
      .toLowerCase(),
  );
  const stored = [...run.delivered.values()].flatMap(({ ledger }) => ('mailbox' in ledger.place ? [plainUser(ledger.place.mailbox.user, domain)] : []));
  return [...new Set([...users, ...stored])].filter((user) => run.users[user] !== undefined);
}
