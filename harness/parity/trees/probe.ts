import path from 'node:path';
import { stringify } from 'yaml';
import { InputError } from '../../base/index.ts';
import { openEngine } from '../../engine/index.ts';
import { type Ledger, ledgerOf } from '../../ledger/index.ts';
import { type ListedAddress, parseScenarios, type Scenario, type ScenarioExample, type ScenarioRun } from '../../scenario/index.ts';
import { type StartedWorld, startWorld, type WorldModel } from '../../world/index.ts';
import { lookAt } from '../look.ts';

/** Messages on their way at once. */
const TOGETHER = 6;

/**
 * Sends one small message to each address, in one instance of the world, and says what became of it.
 * @returns runs as if each address were a scenario that looked and expected nothing
 * @throws MailproofError HOST_NOT_UP; InputError for an address that the world cannot send to
 */
export async function probe(model: WorldModel, addresses: readonly ListedAddress[], options: { report: (line: string) => void; signal?: AbortSignal }): Promise<ScenarioRun[]> {
  const { report, signal } = options;
  const waiting = addresses.map((address, index) => ({ index, address, ...scenarioOf(model, address) }));
  const engine = await openEngine(report);
  const runs: ScenarioRun[] = [];
  const opened: Promise<Instance>[] = [];
  const open = (): Promise<Instance> => {
    const opening = startInstance(model, engine, report);
    opened.push(opening);
    return opening;
  };
  let current = open();
  try {
    await Promise.all(
      Array.from({ length: Math.min(TOGETHER, waiting.length) }, async () => {
        for (let next = waiting.shift(); next !== undefined && signal?.aborted !== true; next = waiting.shift()) {
          const used = current;
          const { run, broken } = await send(await used, next, model);
          runs[next.index] = run;
          // One that could not be cleared would mix this address's mail into the next one's.
          if (broken !== undefined && used === current) current = open();
        }
      }),
    );
    return runs.filter((run) => run !== undefined);
  } finally {
    // One that did not start has taken itself away.
    await Promise.all(opened.map(async (opening) => (await opening.catch(() => undefined))?.world.stop()));
  }
}

interface Instance {
  world: StartedWorld;
  ledger: Ledger;
}

async function startInstance(model: WorldModel, engine: Awaited<ReturnType<typeof openEngine>>, report: (line: string) => void): Promise<Instance> {
  const world = await startWorld(model, { engine, report });
  const ledger = ledgerOf(model);
  await world.hub.events(0, (event) => ledger.apply(event)).caughtUp;
  return { world, ledger };
}

interface Probe {
  address: ListedAddress;
  scenario: Scenario;
  example: ScenarioExample;
}

/** What a scenario file would say: one message, and a look at all that came of it. */
function scenarioOf(model: WorldModel, { to, from, client, file, line }: ListedAddress): { scenario: Scenario; example: ScenarioExample } {
  const sender = from ?? `postmaster@${model.outside[0]?.domain ?? model.clients[0]?.name ?? 'sender.test'}`;
  const title = `Mail to ${to}${from === undefined ? '' : ` from ${from}`}${client === undefined ? '' : ` by ${client}`}`;
  const yaml = stringify({ scenario: title, steps: [{ send: { from: sender, to, ...(client === undefined ? {} : { client }) } }, { expect: 'nothing' }] });
  const shown = `${file}:${line}`;
  const { scenarios, diagnostics } = parseScenarios(shown, yaml, model);
  const [scenario] = scenarios;
  const [example] = scenario?.examples ?? [];
  if (scenario === undefined || example === undefined || diagnostics.length > 0) throw new InputError(diagnostics, new Map([[shown, yaml]]));
  return { scenario, example };
}

async function send(instance: Instance, { address, scenario, example }: Probe, model: WorldModel): Promise<{ run: ScenarioRun; broken?: string }> {
  const { attempt, broken } = await lookAt(instance, scenario, example);
  const run: ScenarioRun = {
    world: model.name,
    variant: model.variant,
    scenario: example.title,
    file: path.relative(process.cwd(), address.file) || address.file,
    line: address.line,
    tags: [],
    covers: [],
    outcome: attempt.outcome,
    attempts: [attempt],
    duration_ms: attempt.duration_ms,
    again: `npx mailproof up ${model.name} --variant ${model.variant} && npx mailproof send --to ${address.to}`,
  };
  return broken === undefined ? { run } : { run, broken };
}
