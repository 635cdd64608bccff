import { type Ledger, ledgerOf } from '../../ledger/index.ts';
import { attachWorld, type InstanceRef, type World } from '../../world/index.ts';

/** One instance as this worker sees it: a connection and a ledger that follows its events from the first. */
export interface Attached {
  world: World;
  ledger: Ledger;
}

const attached = new Map<string, Promise<Attached>>();

/** Attaches once per worker and instance; the ledger has caught up with the past when it resolves. */
export function attach(ref: InstanceRef): Promise<Attached> {
  const known = attached.get(ref.instance);
  if (known) return known;
  const fresh = open(ref);
  attached.set(ref.instance, fresh);
  // A failed attempt must not be handed to the next scenario as well.
  fresh.catch(() => attached.delete(ref.instance));
  return fresh;
}

async function open(ref: InstanceRef): Promise<Attached> {
  const world = await attachWorld(ref);
  const ledger = ledgerOf(world.model);
  await world.hub.events(0, (event) => ledger.apply(event)).caughtUp;
  return { world, ledger };
}

/** Forgets an instance that is not used again, and closes its connection. */
export async function detach(instance: string): Promise<void> {
  const known = attached.get(instance);
  attached.delete(instance);
  if (known) await (await known).world[Symbol.asyncDispose]();
}
