import { MailproofError, quoted, waitUntil } from '../base/index.ts';
import type { Custody, CustodyId, Ledger } from '../ledger/index.ts';
import { isDown } from './replicas.ts';
import type { Run } from './run.ts';

/**
 * Deletes Exim's retry hints under the lock by which its processes take turns at them (dbfn.c): one of them may be at work.
 * The structure is that of fcntl(2) on 64-bit Linux.
 */
const FORGET_EXIM = `cd /var/spool/exim4/db 2>/dev/null && [ -e retry ] || exit 0
perl -e 'use Fcntl; open my $lock, "+<", "retry.lockfile" or die "retry.lockfile: $!\\n";
my $whole = pack "ssx4qqlx4", F_WRLCK, 0, 0, 0, 0;
fcntl $lock, F_SETLKW, $whole or die "retry.lockfile: $!\\n"; unlink "retry"'`;

/** How each MTA is told to forget messages, how it says that one is being delivered just now, and how it forgets what it knows of hosts that failed. */
const REMOVALS: Readonly<Record<string, { script: (ids: readonly string[]) => string; busy: RegExp; example: string; hints?: string }>> = {
  // exim(8) -Mrm; 4.96: `Message 1tDf3x-0000Ab-1C is locked`.
  exim: {
    script: (ids) => `exim4 -Mrm ${ids.map(quoted).join(' ')}`,
    busy: /\bis locked\b/,
    example: 'Message 1xUaN7-00000e-2e is locked',
    hints: FORGET_EXIM,
  },
  // postsuper(1) -d reads ids from its input with `-`; a message under delivery is removed like any other.
  postfix: {
    script: (ids) => `printf '%s\\n' ${ids.map(quoted).join(' ')} | postsuper -d -`,
    busy: /^(?!)/,
    example: '',
    // qmgr(8), TRIGGERS: F purges what is known of dead transports and destinations. A trigger is two writes; qmgr may close after the first.
    hints: "trap '' PIPE; postkick public qmgr F",
  },
  // Sendmail has no command for it: its files go while nobody holds flock(2) on the qf file (queue.c, lockqueue).
  sendmail: {
    script: (ids) => `for id in ${ids.map(quoted).join(' ')}; do
for file in $(find /var/spool/mqueue /var/spool/mqueue-client -name "[qhQ]f$id"); do
flock -w 8 "$file" find "\${file%/*}" "\${file%/*}/../df" "\${file%/*}/../xf" -maxdepth 1 -name "?f$id" -delete 2> /dev/null; [ ! -e "$file" ] || echo "$id could not be removed" 
done; done`,
    busy: /^(?!)/,
    example: '',
    // Host status lies in files where it is kept at all (confHOST_STATUS_DIRECTORY); purgestat(8).
    hints: 'sendmail -bH > /dev/null 2>&1 || true',
  },
  // smtpctl(8): one that is being delivered is removed like any other.
  opensmtpd: {
    script: (ids) => ids.map((id) => `smtpctl remove ${quoted(id)}`).join('\n'),
    busy: /^(?!)/,
    example: '',
    // Routes that failed are shut for a while, by their numbers.
    hints: `for route in $(smtpctl show routes | sed -n 's/^\\([0-9]*\\)\\..*/\\1/p'); do smtpctl resume route "$route" > /dev/null 2>&1 || true; done`,
  },
};
export const removals = REMOVALS;

/** An attempt that is under way has its own limits; this only guards against one that has none. */
const BUSY_DEADLINE_MS = 10_000;

/** Messages of this scenario that a host of the world still holds. */
function held(run: Run, skip: (host: string) => boolean): Map<string, string[]> {
  const open = run.ledger.custodies(run.roots).filter((custody) => !custody.completed && custody.receipt === undefined && !skip(custody.host));
  return new Map([...Map.groupBy(open, (custody: Custody) => custody.host)].map(([host, custodies]) => [host, custodies.map((custody) => custody.queueId)]));
}

/**
 * Takes the messages of a scenario that are still there out of the queues, so that they are not tried again in the time
 * of another one, when their receiver is gone. What has gone in the meantime is no error; what is being delivered is waited for.
 * @param reach hosts that are down are passed over with `up`, and asked with `all`
 * @throws MailproofError when a message cannot be removed
 */
export async function removeLeftovers(run: Run, reach: 'up' | 'all'): Promise<void> {
  const isOff = (host: string): boolean => isDown(run, host) || !['ready', 'linked', 'starting'].includes(run.ledger.hostState(host));
  const skip = (host: string): boolean => reach === 'up' && isOff(host);
  await Promise.all([...held(run, skip)].map(([host, ids]) => removeFrom(run, host, ids)));
}

async function removeFrom(run: Run, host: string, ids: readonly string[]): Promise<void> {
  const software = run.ledger.options.hosts.find((one) => one.name === host)?.software ?? [];
  const [removal] = software.flatMap((name) => REMOVALS[name] ?? []);
  if (removal === undefined)
    throw new MailproofError('USAGE', `messages wait in the queue of ${host}, and mailproof does not know how ${software.join(' or ') || 'its software'} is told to forget them`, {
      hint: 'add it to harness/scenario/leftovers.ts',
    });
  const giveUp = performance.now() + BUSY_DEADLINE_MS;
  for (
    let rest = [...ids];
    rest.length > 0;
    rest =
      held(run, (name) => name !== host)
        .get(host)
        ?.filter((id) => ids.includes(id)) ?? []
  ) {
    const before = run.ledger.seq;
    const { output } = await run.hub.exec({ host, script: removal.script(rest) });
    if (!removal.busy.test(output)) return;
    await waitUntil<true>({
      what: `${host} has ended its attempt to deliver ${rest.join(', ')}, which this scenario leaves behind`,
      deadlineMs: Math.max(1, giveUp - performance.now()),
      // Exim logs each -Mrm that found the message locked, so something is new every time.
      look: () => (run.ledger.seq > before && performance.now() < giveUp ? { met: true, value: true } : { met: false, missing: output.trim() }),
      subscribe: (again) => run.ledger.onChange(again),
    });
  }
}

/** Custodies whose troubles their hosts were made to forget, for each ledger. */
const forgotten = new WeakMap<Ledger, Set<CustodyId>>();

/**
 * Lets hosts that could not deliver something forget when they want to try again, also those whose mail went to another
 * host then: another scenario's mail to the same host would be put off without a try. For a scenario that has the instance to itself: others' hints go with its own.
 * @param whose of this scenario's mail, or of all that the instance ever had and that was not forgotten yet
 * @throws MailproofError when a host cannot
 */
export async function forgetTroubles(run: Run, whose: 'own' | 'all'): Promise<void> {
  const done = forgotten.get(run.ledger) ?? new Set();
  forgotten.set(run.ledger, done);
  const troubled = (whose === 'own' ? run.ledger.custodies(run.roots) : run.ledger.allCustodies()).filter(
    (custody) =>
      !done.has(custody.id) && (custody.nextHopFailed === true || custody.recipients.some((recipient) => recipient.attempts.some((attempt) => attempt.result === 'deferred'))),
  );
  for (const { id } of troubled) done.add(id);
  await Promise.all(
    [...new Set(troubled.map((custody) => custody.host))].map(async (host) => {
      const software = run.ledger.options.hosts.find((one) => one.name === host)?.software ?? [];
      const [script] = software.flatMap((name) => REMOVALS[name]?.hints ?? []);
      if (script === undefined) return;
      const { status, output } = await run.hub.exec({ host, script });
      if (status !== 0) throw new MailproofError('HOST_NOT_UP', `${host}: ${output.trim()}`);
    }),
  );
}
