import { type Outcome, settle } from '../ledger/index.ts';
import { findUnanswered } from './hand-over.ts';
import type { Run } from './run.ts';
import { claimUnloggedCopies } from './unlogged-copies.ts';

/** Real time after which mail that is still on its way is a hang, milliseconds. */
const SETTLE_DEADLINE_MS = 45_000;

/** Waits until no copy of this scenario's messages is on its way. @throws MailproofError DEADLINE naming what was not settled */
export async function settleAll(run: Run): Promise<Outcome[]> {
  const settled = (): Promise<Outcome[]> =>
    run.roots.length === 0 ? Promise.resolve([]) : settle({ ledger: run.ledger, hub: run.hub, roots: run.roots, deadlineMs: SETTLE_DEADLINE_MS });
  findUnanswered(run);
  const outcomes = await settled();
  // What a log or the next hop has named only meanwhile has to settle, too.
  const more = findUnanswered(run) ? await settled() : outcomes;
  return (await claimUnloggedCopies(run)) ? run.ledger.outcomes(run.roots) : more;
}
