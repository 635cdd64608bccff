//   client --25--> mx (Postfix) --milter--> rspamd, with redis      mx --policy--> mta-sts-daemon --HTTPS--> the outside
//          --2525-> mx (Postfix) --milter--> OpenDKIM               mx --25--> hosted.test, which verifies
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import { type Ledger, ledgerOf } from '../ledger/index.ts';
import { parseScenarios, type Scenario, startScenario } from '../scenario/index.ts';
import { loadWorld, type StartedWorld, startWorld } from '../world/index.ts';

const START_MS = 600_000;
const TEST_MS = 60_000;
const ROOT = path.join(import.meta.dirname, 'filters');
const FOLDER = path.join(ROOT, 'scenarios', 'filters');
const model = loadWorld('filters', undefined, ROOT);

let world: StartedWorld;
let ledger: Ledger;

beforeAll(async () => {
  world = await startWorld(model, { engine: await openEngine(() => {}), report: () => {} });
  ledger = ledgerOf(model);
  await world.hub.events(0, (event) => ledger.apply(event)).caughtUp;
}, START_MS);
afterAll(() => world?.stop());

const scenarios = ['rspamd', 'opendkim', 'mta-sts'].flatMap((name) => {
  const file = path.join(FOLDER, `${name}.scenario.yaml`);
  const parsed = parseScenarios(file, readFileSync(file, 'utf8'), model);
  if (parsed.diagnostics.length > 0) throw new Error(JSON.stringify(parsed.diagnostics));
  return parsed.scenarios.map((scenario): [string, Scenario] => [scenario.name, scenario]);
});

test.each(scenarios)('%s', { timeout: TEST_MS }, async (_name, scenario) => {
  for (const example of scenario.examples) {
    const session = await startScenario(world, ledger, scenario, example);
    let broken: string | undefined;
    try {
      for (const index of example.steps.keys()) await session.step(index);
      await session.finish();
    } finally {
      broken = (await session.close()).broken;
    }
    expect(broken).toBeUndefined();
  }
});
