import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { MailproofError } from '../base/index.ts';
import { openEngine } from '../engine/index.ts';
import { type Ledger, ledgerOf } from '../ledger/index.ts';
import { type Acceptance, compareRuns, type Parity, type Side } from '../parity/index.ts';
import { type AttemptRecord, parseScenarios, RESULTS_VERSION, type Scenario, type ScenarioExample, startScenario } from '../scenario/index.ts';
import { loadWorld, type StartedWorld, startWorld, type WorldModel } from '../world/index.ts';
import type { Planted, Step } from './planted/index.ts';

const FILE = 'scenarios/starter/honesty.scenario.yaml';
export const TODAY = '2026-06-01';

/** One instance of a variant, in which scenarios are run with and without what is planted. */
export class Field implements AsyncDisposable {
  readonly #model: WorldModel;
  readonly #world: StartedWorld;
  readonly #ledger: Ledger;
  readonly #text: string;
  /** The reference's runs, shared by all that are planted on it. */
  readonly #references = new Map<string, [Side, Side]>();

  private constructor(model: WorldModel, world: StartedWorld, ledger: Ledger) {
    this.#model = model;
    this.#world = world;
    this.#ledger = ledger;
    this.#text = readFileSync(path.join(model.root, FILE), 'utf8');
  }

  static async open(root: string, variant: string): Promise<Field> {
    const model = loadWorld('starter', variant, root);
    const world = await startWorld(model, { engine: await openEngine(() => {}), report: () => {} });
    const ledger = ledgerOf(model);
    await world.hub.events(0, (event) => ledger.apply(event)).caughtUp;
    return new Field(model, world, ledger);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#world.stop();
  }

  /** Compares the scenario with and without the change. */
  async compare({ scenario, both = [], candidate, hosts = [] }: Pick<Planted, 'scenario' | 'both' | 'candidate' | 'hosts'>, accepted: readonly Acceptance[] = []): Promise<Parity> {
    const key = JSON.stringify([scenario, both]);
    const reference = this.#references.get(key) ?? [await this.#side('reference', scenario, both), await this.#side('reference', scenario, both)];
    this.#references.set(key, reference);
    const [referenceA, referenceB] = reference;
    const side = await this.#side('candidate', scenario, [...both, ...candidate]);
    return compareRuns({ referenceA, referenceB, candidate: hosts.length === 0 ? side : { ...side, hosts }, accepted, today: TODAY });
  }

  async #side(variant: string, name: string, given: readonly Step[]): Promise<Side> {
    const { scenario, example } = this.#scenario(name, given);
    const attempt = await this.#run(scenario, example);
    const { line, tags, covers } = scenario;
    const outcome = attempt.outcome;
    return {
      variant,
      hash: variant,
      hosts: this.#model.hosts,
      results: {
        version: RESULTS_VERSION,
        outcome,
        started: '2026-06-01T00:00:00Z',
        duration_ms: attempt.duration_ms,
        environment: { mailproof: '', node: '', engine: '', images: [] },
        runs: [{ world: 'starter', variant, scenario: name, file: FILE, line, tags, covers, outcome, attempts: [attempt], duration_ms: attempt.duration_ms, again: '' }],
        strays: [],
        unparsed: [],
        unknownNames: [],
        whole: [],
        requirements: [],
      },
    };
  }

  /** The scenario of that name, with more that is given. */
  #scenario(name: string, given: readonly Step[]): { scenario: Scenario; example: ScenarioExample } {
    const document = parseAllDocuments(this.#text).find((one) => one.get('scenario') === name);
    if (document === undefined) throw new Error(`${FILE} has no scenario "${name}"`);
    const yaml: { given?: Step[] } = document.toJS();
    const { scenarios, diagnostics } = parseScenarios(FILE, stringify({ ...yaml, given: [...(yaml.given ?? []), ...given] }), this.#model);
    const [scenario] = scenarios;
    const example = scenario?.examples[0];
    if (scenario === undefined || example === undefined) throw new Error(`"${name}" cannot be read: ${JSON.stringify(diagnostics)}`);
    return { scenario, example };
  }

  async #run(scenario: Scenario, example: ScenarioExample): Promise<AttemptRecord> {
    const session = await startScenario(this.#world, this.#ledger, scenario, example);
    try {
      for (const index of example.steps.keys()) await session.step(index);
      await session.finish();
    } catch (error) {
      // A candidate may well fail what it is asked: that is in the record.
      if (!(error instanceof MailproofError)) throw error;
    }
    const { record, broken } = await session.close();
    if (broken !== undefined) throw new Error(`"${scenario.name}" left its instance broken: ${broken}`);
    return record;
  }
}
