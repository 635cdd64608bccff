import type { Run } from './run.ts';

/** Whether a scenario has stopped, killed or paused a host, or a service of it. */
export function isDown(run: Pick<Run, 'down'>, host: string): boolean {
  return [...run.down].some((name) => name === host || name.startsWith(`${host}/`));
}

type Stores = Pick<Run, 'down' | 'model'>;

/** The hosts that hold mailboxes: one, or those that replicate each other (`accounts.imap.replicas`). */
function stores({ model }: Stores): readonly string[] {
  const { imap } = model.accounts ?? {};
  return imap === undefined ? [] : (imap.replicas ?? [imap.host]);
}

/** Stores that can be looked into now. What one that is down holds is seen by the scenario that starts it. */
export function storesUp(run: Stores): string[] {
  return stores(run).filter((host) => !isDown(run, host));
}

/**
 * Where to look for a copy that a store has taken: there, since a replica has it some time later; while that store is down, on a replica.
 * @returns nothing where only the world's IMAP server can tell
 */
export function storeOf(run: Stores, host: string): string | undefined {
  const { replicas } = run.model.accounts?.imap ?? {};
  if (!replicas?.includes(host)) return undefined;
  return isDown(run, host) ? storesUp(run)[0] : host;
}
