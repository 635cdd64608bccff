import { MailproofError, messageOf } from '../../base/index.ts';
import type { LeaseMode } from './messages.ts';

/** One running copy of a world. */
export interface Instance<Ref> {
  id: string;
  ref: Ref;
  close(): Promise<void>;
}

/** In what state a scenario left its instance. */
export interface AfterUse {
  /** Why the instance cannot serve another scenario: it is thrown away and replaced. */
  broken?: string;
  /** The scenario failed: mail of it may still be in queues, and would be another scenario's riddle. */
  failed?: boolean;
}

export interface Lease<Ref> {
  instance: string;
  ref: Ref;
  /** It was had alone by whoever had it last, or is new. */
  afterAlone: boolean;
  /** Gives it back. */
  release(after?: AfterUse): void;
}

export interface PoolOptions<Ref> {
  /** For messages: `starter/exim`. */
  name: string;
  start: () => Promise<Instance<Ref>>;
  /** Instances for scenarios that run alone, besides the shared one. */
  lanes: number;
  /** Scenarios that may use the shared instance at the same time. */
  sideBySide: number;
  /** Every scenario gets an instance to itself, also one that would not disturb others. */
  allAlone?: boolean;
  report: (line: string) => void;
}

interface Slot<Ref> {
  role: 'shared' | 'lane';
  state:
    | { is: 'starting' }
    | { is: 'ready'; instance: Instance<Ref>; side: number; alone: boolean; wasShared?: boolean; broken?: string; littered?: boolean }
    | { is: 'failed'; error: unknown };
  settled: Promise<void>;
}

interface Request<Ref> {
  mode: LeaseMode;
  grant: (lease: Lease<Ref>) => void;
  refuse: (error: unknown) => void;
}

/** How often an instance is replaced before its scenarios are refused. */
const MOST_REPLACEMENTS = 3;

/**
 * Lends instances of one world: any number of side-by-side scenarios share the first instance,
 * a scenario that changes the world for others gets one to itself. The shared one serves
 * those too once nobody wants it side by side.
 */
export class InstancePool<Ref> {
  readonly #options: PoolOptions<Ref>;
  readonly #slots: Slot<Ref>[] = [];
  #requests: Request<Ref>[] = [];
  #replacements = 0;
  #expected = 0;
  #closed = false;

  constructor(options: PoolOptions<Ref>) {
    this.#options = options;
  }

  /** Starts what so many scenarios of each mode will need, without waiting for it. */
  expect(counts: Record<LeaseMode, number>): void {
    if (this.#options.allAlone !== true) this.#expected += counts['side-by-side'];
    this.warm(counts);
  }

  /** Starts instances for so many scenarios, which are expected later. */
  warm(wanted: Record<LeaseMode, number>): void {
    const counts = this.#options.allAlone === true ? { 'side-by-side': 0, alone: wanted['side-by-side'] + wanted.alone } : wanted;
    if (counts['side-by-side'] > 0) this.#need('shared', 1);
    const lanes = Math.min(this.#options.lanes, counts.alone);
    if (lanes > 0) this.#need('lane', lanes);
    else if (counts.alone > 0) this.#need('shared', 1);
  }

  lease(wanted: LeaseMode, signal?: AbortSignal): Promise<Lease<Ref>> {
    const mode = this.#options.allAlone === true ? 'alone' : wanted;
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new MailproofError('ENGINE_FAILED', `${this.#options.name}: the run is over, no instance is lent any more`));
      const request: Request<Ref> = { mode, grant: resolve, refuse: reject };
      signal?.addEventListener('abort', () => {
        if (!this.#requests.includes(request)) return;
        this.#requests = this.#requests.filter((other) => other !== request);
        reject(signal.reason);
      });
      this.#requests.push(request);
      if (mode === 'side-by-side') this.#need('shared', 1);
      else if (this.#options.lanes === 0) this.#need('shared', 1);
      else this.#need('lane', Math.min(this.#options.lanes, this.#requests.filter((other) => other.mode === 'alone').length));
      this.#schedule();
    });
  }

  /** Ids of the instances that run now. */
  instances(): string[] {
    return this.#slots.flatMap((slot) => (slot.state.is === 'ready' ? [slot.state.instance.id] : []));
  }

  /** Ends every instance, those under way too. */
  async close(): Promise<void> {
    this.refuse();
    const slots = this.#slots.splice(0);
    await Promise.all(
      slots.map(async (slot) => {
        await slot.settled;
        if (slot.state.is === 'ready') await slot.state.instance.close();
      }),
    );
  }

  /** Lends nothing any more, to those that wait neither. */
  refuse(): void {
    this.#closed = true;
    for (const request of this.#requests) request.refuse(new MailproofError('ENGINE_FAILED', `${this.#options.name}: the run was ended while it waited for an instance`));
    this.#requests = [];
  }

  #need(role: Slot<Ref>['role'], count: number): void {
    let missing = count - this.#slots.filter((slot) => slot.role === role).length;
    for (; missing > 0; missing--) this.#start(role);
  }

  #start(role: Slot<Ref>['role']): void {
    const slot: Slot<Ref> = { role, state: { is: 'starting' }, settled: Promise.resolve() };
    slot.settled = this.#options.start().then(
      (instance) => {
        slot.state = { is: 'ready', instance, side: 0, alone: false };
        this.#schedule();
      },
      (error: unknown) => {
        slot.state = { is: 'failed', error };
        this.#schedule();
      },
    );
    this.#slots.push(slot);
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#requests = this.#requests.filter((request) => {
      const slot = this.#slots.find((candidate) => this.#serves(candidate, request.mode));
      if (slot) {
        request.grant(this.#lend(slot, request.mode));
        return false;
      }
      const able = this.#slots.filter((candidate) => (request.mode === 'alone' ? candidate.role === 'lane' || !this.#littered(candidate) : candidate.role === 'shared'));
      const failure = able.find((candidate) => candidate.state.is === 'failed');
      // A lane that failed to start is no reason to refuse while another instance can still serve.
      if (failure?.state.is === 'failed' && able.every((candidate) => candidate.state.is === 'failed')) {
        request.refuse(failure.state.error);
        return false;
      }
      return true;
    });
  }

  #serves(slot: Slot<Ref>, mode: LeaseMode): boolean {
    if (slot.state.is !== 'ready' || slot.state.alone || slot.state.broken !== undefined) return false;
    if (mode === 'side-by-side') return slot.role === 'shared' && slot.state.side < this.#options.sideBySide;
    if (slot.state.side > 0) return false;
    if (slot.role === 'lane') return true;
    const wanted = this.#requests.some((request) => request.mode === 'side-by-side');
    const onlyOne = this.#options.lanes === 0 || this.#laneIsLost();
    return !wanted && !this.#littered(slot) && (onlyOne || this.#expected <= 0);
  }

  #littered({ state }: Slot<Ref>): boolean {
    return state.is === 'ready' && state.littered === true;
  }

  /** There are lanes, and none of them will ever be ready: then the shared instance is not kept free for scenarios that may never come. */
  #laneIsLost(): boolean {
    const lanes = this.#slots.filter((slot) => slot.role === 'lane');
    return lanes.length > 0 && lanes.every((slot) => slot.state.is === 'failed');
  }

  #lend(slot: Slot<Ref>, mode: LeaseMode): Lease<Ref> {
    const { state } = slot;
    if (state.is !== 'ready') throw new MailproofError('ENGINE_FAILED', `${this.#options.name}: an instance that is not ready was lent`);
    const afterAlone = state.wasShared !== true;
    state.wasShared = mode === 'side-by-side';
    if (mode === 'alone') state.alone = true;
    else state.side++;
    let open = true;
    return {
      instance: state.instance.id,
      ref: state.instance.ref,
      afterAlone,
      release: ({ broken, failed } = {}) => {
        if (!open) return;
        open = false;
        if (mode === 'alone') state.alone = false;
        else {
          state.side--;
          this.#expected--;
        }
        state.broken ??= broken;
        if (failed === true) state.littered = true;
        const idle = state.side === 0 && !state.alone;
        if (state.broken !== undefined && idle) this.#replace(slot, state.instance, state.broken);
        else if (state.littered === true && idle && (mode === 'alone' || this.#options.lanes === 0)) this.#renew(slot, state.instance);
        this.#schedule();
      },
    };
  }

  /** Ends an instance, and starts another in its place when somebody waits for it. */
  #renew(slot: Slot<Ref>, instance: Instance<Ref>): void {
    if (this.#closed) return;
    this.#drop(slot, instance);
    this.#startWhereWanted(slot.role);
  }

  /** Who comes later asks for one himself. */
  #startWhereWanted(role: Slot<Ref>['role']): void {
    if (this.#requests.some((request) => role === 'shared' || request.mode === 'alone')) this.#start(role);
  }

  #drop(slot: Slot<Ref>, instance: Instance<Ref>): void {
    this.#slots.splice(this.#slots.indexOf(slot), 1);
    instance.close().catch((error: unknown) => this.#options.report(`${this.#options.name}: instance ${instance.id} could not be removed: ${messageOf(error)}`));
  }

  #replace(slot: Slot<Ref>, instance: Instance<Ref>, why: string): void {
    if (this.#closed) return;
    this.#drop(slot, instance);
    if (++this.#replacements > MOST_REPLACEMENTS) {
      const error = new MailproofError('HOST_NOT_UP', `${this.#options.name}: ${MOST_REPLACEMENTS} instances were left unusable, the last because ${why}`);
      this.#slots.push({ role: slot.role, state: { is: 'failed', error }, settled: Promise.resolve() });
      return;
    }
    this.#options.report(`${this.#options.name}: instance ${instance.id} is given up: ${why}`);
    this.#startWhereWanted(slot.role);
  }
}
