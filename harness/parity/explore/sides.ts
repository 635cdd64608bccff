import type { Engine } from '../../engine/index.ts';
import type { ScenarioRun } from '../../scenario/index.ts';
import type { WorldModel } from '../../world/index.ts';
import type { Acceptance } from '../accepted.ts';
import type { ScenarioParity } from '../model.ts';
import { type Case, describeCase } from './case.ts';
import { compareCases } from './compare.ts';
import { ExploredSide, type Job } from './side.ts';
import { scenarioYaml } from './to-scenario.ts';

/** What a case did on both sides. */
export interface Seen {
  parity: ScenarioParity;
  reference: ScenarioRun;
}

/** Reference and candidate, side by side. */
export class Sides implements AsyncDisposable {
  readonly reference: ExploredSide;
  readonly candidate: ExploredSide;
  readonly #accepted: readonly Acceptance[];
  readonly #signal: AbortSignal | undefined;
  /** No two runs have the same title. */
  #count = 0;

  constructor(
    models: { reference: WorldModel; candidate: WorldModel },
    options: { engine: Engine; accepted: readonly Acceptance[]; report: (line: string) => void; signal?: AbortSignal | undefined },
  ) {
    this.reference = new ExploredSide(models.reference, options.engine, options.report);
    this.candidate = new ExploredSide(models.candidate, options.engine, options.report);
    this.#accepted = options.accepted;
    this.#signal = options.signal;
  }

  /** @throws MailproofError HOST_NOT_UP */
  async ready(): Promise<void> {
    await Promise.all([this.reference.ready(), this.candidate.ready()]);
  }

  /** Runs cases on both sides, several beside each other. @returns what each did; undefined for one that an abort left out */
  async together(cases: readonly Case[]): Promise<(Seen | undefined)[]> {
    const jobs = cases.map((one) => this.#job(one));
    const [reference, candidate] = await Promise.all([this.reference.look(jobs, { signal: this.#signal }), this.candidate.look(jobs, { signal: this.#signal })]);
    return this.#seen(jobs, { reference, candidate });
  }

  /** Runs one case while nothing else is under way: on the reference twice, so that what it does not do twice is known as noise. */
  async alone(one: Case): Promise<Seen | undefined> {
    const job = this.#job(one);
    const options = { alone: true, signal: this.#signal };
    const [[first, second], candidate] = await Promise.all([this.reference.look([job, job], options), this.candidate.look([job], options)]);
    return this.#seen([job], { reference: [first], second: [second], candidate })[0];
  }

  /** Whether a scenario with expectations does what it is for: it passes on the reference and fails on the candidate. */
  async prove(job: Pick<Job, 'file' | 'yaml'>): Promise<{ ok: true } | { ok: false; why: string }> {
    const [reference, candidate] = await Promise.all([this.reference.passes(job), this.candidate.passes(job)]);
    if (reference !== undefined) return { ok: false, why: `it does not pass on ${this.reference.model.variant}: ${reference.split('\n').slice(0, 4).join(' / ')}` };
    if (candidate === undefined) return { ok: false, why: `it passes on ${this.candidate.model.variant}, too: a scenario has no word for what differs` };
    return { ok: true };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.reference[Symbol.asyncDispose](), this.candidate[Symbol.asyncDispose]()]);
  }

  #job(one: Case): Job {
    const title = `Explored ${++this.#count}: ${describeCase(one)}`;
    return { title, file: `explored-${this.#count}.scenario.yaml`, yaml: scenarioYaml(one, title) };
  }

  #seen(jobs: readonly Job[], runs: Parameters<typeof compareCases>[0]): (Seen | undefined)[] {
    const compared = compareCases(runs, { reference: this.reference.model, candidate: this.candidate.model }, this.#accepted);
    return jobs.map(({ title }, index) => {
      const [parity, reference] = [compared.get(title), runs.reference[index]];
      return parity === undefined || reference === undefined || runs.candidate[index] === undefined ? undefined : { parity, reference };
    });
  }
}
