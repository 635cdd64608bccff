import { waitUntil } from '../base/index.ts';
import type { Ledger } from './ledger.ts';

/** Waits until the ledger has read all that had happened when it was called: answers and events come by ways of their own. */
export async function catchUp(ledger: Ledger, hub: { status(): Promise<{ events: number }> }, deadlineMs: number, signal?: AbortSignal): Promise<void> {
  const { events } = await hub.status();
  await waitUntil<true>({
    what: 'the ledger has read what happened until now',
    deadlineMs,
    look: () => (ledger.seq >= events ? { met: true, value: true } : { met: false, missing: `it has read ${ledger.seq} of ${events} events` }),
    subscribe: (again) => ledger.onEvent(again),
    ...(signal ? { signal } : {}),
  });
}
