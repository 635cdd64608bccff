import type { Engine } from '../engine/index.ts';
import { type Ledger, ledgerOf } from '../ledger/index.ts';
import { type HostModel, type OverlayFile, type StartedWorld, startWorld, type WorldModel } from '../world/index.ts';
import type { Candidate } from './candidates.ts';

/** A running instance, and a ledger that follows its events from the first. */
export interface Instance {
  world: StartedWorld;
  ledger: Ledger;
  /** Scenarios that were run in it. Not every one can be run twice: servers remember dead receivers, mailboxes keep their mail. */
  ran: Set<Candidate>;
}

/** Starts instances of one variant. @throws MailproofError HOST_NOT_UP */
export type OpenInstance = (overlay?: (host: HostModel) => OverlayFile[]) => Promise<Instance>;

export function instancesOf(model: WorldModel, engine: Engine, report: (line: string) => void): OpenInstance {
  return async (overlay) => {
    const world = await startWorld(model, { engine, report, ...(overlay === undefined ? {} : { overlay }) });
    const ledger = ledgerOf(model);
    await world.hub.events(0, (event) => ledger.apply(event)).caughtUp;
    return { world, ledger, ran: new Set() };
  };
}

/** true when some host still holds a message: what came of a fault must not be another fault's riddle. */
export function holdsMail({ ledger }: Instance): boolean {
  const custodies = [...ledger.custodies(ledger.roots().map((root) => root.id)), ...ledger.orphans()];
  return custodies.some((custody) => !custody.completed && custody.receipt === undefined);
}

/** A place where faults are tried one after the other: one instance, and another when that one cannot be used again. */
export class Lane {
  readonly #open: OpenInstance;
  #opening: Promise<Instance> | undefined;

  constructor(open: OpenInstance) {
    this.#open = open;
  }

  async instance(): Promise<Instance> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Takes the instance away; the next who asks gets a new one. */
  async discard(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    // One that did not start has taken itself away.
    const instance = await opening?.catch(() => undefined);
    await instance?.world.stop();
  }
}
