import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MailproofError, messageOf } from '../base/index.ts';
import { KEPT } from './owner.ts';
import type { Labels } from './types.ts';

/** Signals that end a run, and the exit status that a shell expects for each. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof SIGNALS;
const signals: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Takes away what this process started when it ends: on a signal in an orderly way, before it ends; at an exit with
 * something left, by a process of its own. What a killed process leaves is found by the next one (`sweep({ crashed: true })`).
 */
export class Farewell {
  readonly #sweep: (instance: string) => Promise<number>;
  /** Instances that this process made something of, and whether they are to outlive it. */
  readonly #instances = new Map<string, { kept: boolean }>();
  readonly #pending = new Set<Promise<unknown>>();
  #watching = false;
  #closing: Signal | undefined;

  constructor(sweep: (instance: string) => Promise<number>) {
    this.#sweep = sweep;
  }

  get leaving(): boolean {
    return this.#closing !== undefined;
  }

  /** Runs something that makes objects with these labels. Refused once the process is on its way out, and waited for then. */
  making<T>(labels: Labels, make: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(new MailproofError('ENGINE_FAILED', `interrupted by ${this.#closing}`));
    this.#watch();
    const instance = labels['mailproof.instance'];
    if (instance !== undefined) this.#instances.set(instance, { kept: labels['mailproof.owner'] === KEPT });
    const made = make();
    this.#pending.add(made);
    const done = (): boolean => this.#pending.delete(made);
    made.then(done, done);
    return made;
  }

  /** Nothing of this instance is left; of all instances for undefined. */
  gone(instance: string | undefined): void {
    if (instance === undefined) this.#instances.clear();
    else this.#instances.delete(instance);
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    for (const signal of signals) process.once(signal, () => void this.#onSignal(signal));
    process.on('exit', () => this.#onExit());
  }

  async #onSignal(signal: Signal): Promise<void> {
    if (this.#closing !== undefined) return;
    this.#closing = signal;
    // The second Ctrl-C does not wait: the exit handler leaves the rest to another process.
    for (const again of signals) process.on(again, () => process.exit(SIGNALS[signal]));
    try {
      // Interrupted by hand, an instance that was to be kept is most likely half started.
      const leaving = [...this.#instances].filter(([, { kept }]) => !kept || signal === 'SIGINT').map(([instance]) => instance);
      if (leaving.length > 0) process.stderr.write(`\n${signal}: removing what this run started\n`);
      await Promise.allSettled(this.#pending);
      await Promise.all(leaving.map((instance) => this.#sweep(instance).then(() => this.gone(instance))));
    } catch (error) {
      process.stderr.write(`${messageOf(error)}\n`);
    }
    process.exit(SIGNALS[signal]);
  }

  /** Nothing asynchronous can be done here any more. */
  #onExit(): void {
    const left = [...this.#instances].filter(([, { kept }]) => !kept).map(([instance]) => instance);
    if (left.length > 0)
      spawn(process.execPath, [fileURLToPath(new URL(`sweeper${path.extname(import.meta.filename)}`, import.meta.url)), ...left], { detached: true, stdio: 'ignore' }).unref();
  }
}
