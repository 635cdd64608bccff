import { cpus } from 'node:os';
import { MailproofError, messageOf } from '../../base/index.ts';
import type { Engine } from '../../engine/index.ts';
import { type Ledger, ledgerOf } from '../../ledger/index.ts';
import { type AttemptRecord, type ScenarioRun, startScenario } from '../../scenario/index.ts';
import { type StartedWorld, startWorld, type WorldModel } from '../../world/index.ts';
import { lookAt } from '../look.ts';
import { readCase } from './to-scenario.ts';

/** A scenario to be run, and what it is called. */
export interface Job {
  title: string;
  /** Stands for the file. */
  file: string;
  yaml: string;
}

interface Instance {
  world: StartedWorld;
  ledger: Ledger;
}

/** As many as the pool of instances lets run side by side. */
const LANES = 4 * cpus().length;
/** So many instances in a row that could not be used any more are no chance. */
const MOST_REPLACEMENTS = 5;

/** One variant that runs, with scenarios beside each other in it. */
export class ExploredSide implements AsyncDisposable {
  readonly model: WorldModel;
  readonly #engine: Engine;
  readonly #report: (line: string) => void;
  readonly #opened: Promise<Instance>[] = [];
  #current: Promise<Instance>;

  constructor(model: WorldModel, engine: Engine, report: (line: string) => void) {
    this.model = model;
    this.#engine = engine;
    this.#report = report;
    this.#current = this.#open();
    // Whoever wants it first is told why it did not start.
    this.#current.catch(() => {});
  }

  /** @throws MailproofError HOST_NOT_UP */
  async ready(): Promise<void> {
    await this.#current;
  }

  /** Sends and looks, several beside each other; one after the other with `alone`. @returns in the order of the jobs, those that an abort left out as undefined */
  async look(jobs: readonly Job[], { alone = false, signal }: { alone?: boolean; signal?: AbortSignal | undefined } = {}): Promise<(ScenarioRun | undefined)[]> {
    const runs = jobs.map((): ScenarioRun | undefined => undefined);
    const waiting = [...jobs.entries()];
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined && signal?.aborted !== true; next = waiting.shift()) runs[next[0]] = await this.#look(next[1]);
    };
    await Promise.all(Array.from({ length: alone ? 1 : Math.min(LANES, jobs.length) }, lane));
    return runs;
  }

  /** Runs a scenario with its expectations. @returns why it fails; undefined when it passes */
  async passes({ file, yaml }: Pick<Job, 'file' | 'yaml'>): Promise<string | undefined> {
    const { scenario, example } = readCase(file, yaml, this.model);
    const used = this.#current;
    const { world, ledger } = await used;
    let failure: string | undefined;
    const session = await startScenario(world, ledger, scenario, example);
    try {
      for (const index of example.steps.keys()) await session.step(index);
      await session.finish();
    } catch (error) {
      if (!(error instanceof MailproofError)) throw error;
      failure = error.message;
    }
    const { broken } = await session.close();
    if (broken !== undefined) this.#replace(used, broken);
    return failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // One that did not start has taken itself away.
    await Promise.all(this.#opened.map(async (opening) => (await opening.catch(() => undefined))?.world.stop()));
  }

  #open(): Promise<Instance> {
    const opening = this.#start();
    this.#opened.push(opening);
    return opening;
  }

  async #start(): Promise<Instance> {
    const { model } = this;
    const world = await startWorld(model, { engine: this.#engine, report: this.#report });
    this.#report(`${model.name}/${model.variant}: instance ${world.ref.instance} is ready after ${(world.timing.ready / 1000).toFixed(1)} s`);
    const ledger = ledgerOf(model);
    await world.hub.events(0, (event) => ledger.apply(event)).caughtUp;
    return { world, ledger };
  }

  async #look({ title, file, yaml }: Job): Promise<ScenarioRun> {
    const { name: world, variant } = this.model;
    const { scenario, example } = readCase(file, yaml, this.model);
    const used = this.#current;
    const instance = await used;
    const { attempt, broken } = await lookAt(instance, scenario, example).catch((error: unknown) => ({ attempt: notBegun(file, error), broken: undefined }));
    // What could not be cleared would mix this one's mail into the next one's.
    if (broken !== undefined) this.#replace(used, broken);
    // Where a message was not settled nothing can be said of it; that is not the server's doing.
    const outcome = attempt.error?.code === 'DEADLINE' ? 'indeterminate' : attempt.outcome;
    return { world, variant, scenario: title, file, line: 1, tags: [], covers: [], outcome, attempts: [attempt], duration_ms: attempt.duration_ms, again: '' };
  }

  #replace(used: Promise<Instance>, why: string): void {
    if (used !== this.#current) return;
    if (this.#opened.length > MOST_REPLACEMENTS)
      throw new MailproofError('HOST_NOT_UP', `${this.model.name}/${this.model.variant}: ${MOST_REPLACEMENTS} instances were left unusable, the last because ${why}`);
    this.#report(`${this.model.name}/${this.model.variant}: its instance is replaced: ${why}`);
    this.#current = this.#open();
    this.#current.catch(() => {});
  }
}

function notBegun(file: string, error: unknown): AttemptRecord {
  const code = error instanceof MailproofError ? error.code : 'INTERNAL';
  return {
    outcome: 'failed',
    duration_ms: 0,
    error: { code, message: messageOf(error), file, line: 1, col: 1 },
    steps: [],
    observation: { replies: [], outcomes: [] },
    violations: [],
    traces: [],
    logs: [],
  };
}
