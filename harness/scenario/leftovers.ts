import { MailproofError } from '../base/index.ts';
import { readManifest } from '../world/index.ts';
import type { Run } from './run.ts';
import { quoted } from './shell.ts';

/** How each MTA is told to forget messages: exim(8) -Mrm, postsuper(1) -d. */
const REMOVALS: Readonly<Record<string, (ids: readonly string[]) => string>> = {
  exim: (ids) => `exim4 -Mrm ${ids.map(quoted).join(' ')}`,
  postfix: (ids) => ids.map((id) => `postsuper -d ${quoted(id)}`).join('; '),
};

/**
 * Takes the messages of a scenario that still wait out of the queues, so that they are not tried again in the time of
 * another one. What has gone in the meantime is no error.
 */
export async function removeLeftovers(run: Run): Promise<void> {
  const waiting = new Map<string, Set<string>>();
  for (const outcome of run.ledger.outcomes(run.roots)) {
    const custody = outcome.kind === 'queued' ? run.ledger.book.entries.get(outcome.custody)?.custody : undefined;
    if (custody === undefined) continue;
    const ids = waiting.get(custody.host) ?? new Set<string>();
    waiting.set(custody.host, ids.add(custody.queueId));
  }
  await Promise.all(
    [...waiting].map(async ([host, ids]) => {
      const image = run.model.hosts.find((one) => one.name === host)?.image;
      const { software } = readManifest(image ?? '');
      const removal = REMOVALS[software];
      if (removal === undefined)
        throw new MailproofError('USAGE', `messages wait in the queue of ${host}, and mailproof does not know how ${software} is told to forget them`, {
          hint: 'add it to harness/scenario/leftovers.ts',
        });
      await run.hub.exec({ host, script: removal([...ids]) });
    }),
  );
}
