import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { Engine } from '../engine/index.ts';
import { type Ledger, ledgerOf } from '../ledger/index.ts';
import { parseScenarios, type Scenario, startScenario } from '../scenario/index.ts';
import { loadWorld, type StartedWorld, startWorld } from '../world/index.ts';
import type { Figure } from './figures.ts';

/** Ten checks as they are usually done: swaks, then the log is looked at once a second until a line is there. */
const CHECKS: readonly { title: string; swaks: string; sees: string; scenario: string }[] = [
  ...['alice', 'bob', 'carol', 'dave'].map((user) => ({
    title: `mail to ${user} arrives`,
    swaks: `--to ${user}@example.test`,
    sees: `=> ${user} .*<${user}@example.test>\\|=> ${user}@example.test`,
    scenario: `steps:\n  - send: { from: ann@sender.test, to: ${user}@example.test }\n  - expect:\n      - delivered: { to: ${user}@example.test, mailbox: ${user} }\n`,
  })),
  {
    title: 'a suffix is taken',
    swaks: '--to erin+shop@example.test',
    sees: 'erin+shop@example.test',
    scenario: 'steps:\n  - send: { from: ann@sender.test, to: erin+shop@example.test }\n  - expect:\n      - delivered: { to: erin+shop@example.test, mailbox: erin }\n',
  },
  {
    title: 'the catch-all takes',
    swaks: '--to summer@events.example.test',
    sees: 'summer@events.example.test',
    scenario: 'steps:\n  - send: { from: ann@sender.test, to: summer@events.example.test }\n  - expect:\n      - delivered: { to: carol@example.test, mailbox: carol }\n',
  },
  {
    title: 'an alias is forwarded',
    swaks: '--to press@example.test',
    sees: 'press@hosted.test',
    scenario: 'steps:\n  - send: { from: ann@sender.test, to: press@example.test }\n  - expect:\n      - delivered: { to: press@hosted.test }\n',
  },
  {
    title: 'an unknown recipient is refused',
    swaks: '--to nobody@example.test',
    sees: 'rejected RCPT <nobody@example.test>',
    scenario: 'steps:\n  - send: { from: ann@sender.test, to: nobody@example.test }\n  - expect:\n      - refused: { to: nobody@example.test, stage: rcpt, code: 550 }\n',
  },
  {
    title: 'relaying is refused',
    swaks: '--to x@hosted.test',
    sees: 'rejected RCPT <x@hosted.test>',
    scenario: 'steps:\n  - send: { from: ann@sender.test, to: x@hosted.test }\n  - expect:\n      - refused: { to: x@hosted.test, stage: rcpt }\n',
  },
  {
    title: 'a list reaches all',
    swaks: '--to team@example.test',
    sees: 'team@example.test',
    scenario:
      'steps:\n  - send: { from: ann@sender.test, to: team@example.test }\n  - expect:\n      - delivered: { to: alice@example.test, mailbox: alice }\n      - delivered: { to: bob@example.test, mailbox: bob }\n      - delivered: { to: carol@example.test, mailbox: carol }\n',
  },
];

const POLL_MS = 1000;
const ROUNDS = 5;

/** All ten checks, one after the other by hand, and side by side as mailproof runs them; both in a world that is up. */
export async function usualWay(engine: Engine): Promise<Figure[]> {
  const root = mkdtempSync(path.join(tmpdir(), 'mailproof-bench-'));
  try {
    const folder = path.join(root, 'scenarios', 'starter');
    mkdirSync(folder, { recursive: true });
    symlinkSync(path.resolve('fixtures'), path.join(root, 'fixtures'));
    const yaml: { hosts: Record<string, unknown> } = parse(readFileSync('scenarios/starter/world.yaml', 'utf8'));
    yaml.hosts = { ...yaml.hosts, desk: { image: 'swaks', fqdn: 'desk.sender.test', addresses: ['198.51.100.200'] } };
    writeFileSync(path.join(folder, 'world.yaml'), stringify(yaml));
    const model = loadWorld(folder, 'exim', root);
    const world = await startWorld(model, { engine, report: () => {} });
    try {
      const ledger = ledgerOf(model);
      await world.hub.events(0, (event) => ledger.apply(event)).caughtUp;
      const { scenarios } = parseScenarios('checks.scenario.yaml', CHECKS.map((check) => `scenario: ${check.title}\n${check.scenario}`).join('---\n'), model);
      const ours: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const began = performance.now();
        await Promise.all(scenarios.map((scenario) => perform(world, ledger, scenario)));
        ours.push(performance.now() - began);
      }
      const began = performance.now();
      for (const check of CHECKS) await byHand(world, check);
      const theirs = [performance.now() - began];
      return [
        { name: `${scenarios.length} checks, against swaks and a look at the log each second`, ours, theirs, target: { kind: 'at least', ratio: 10 }, note: 'the usual way' },
      ];
    } finally {
      await world.stop();
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function perform(world: StartedWorld, ledger: Ledger, scenario: Scenario): Promise<void> {
  for (const example of scenario.examples) {
    const session = await startScenario(world, ledger, scenario, example);
    for (let step = 0; step < example.steps.length; step++) await session.step(step);
    await session.finish();
    await session.close();
  }
}

async function byHand(world: StartedWorld, check: (typeof CHECKS)[number]): Promise<void> {
  const began = performance.now();
  await world.hub.exec({ host: 'desk', script: `swaks --server 203.0.113.10 --helo client.sender.test --from ann@sender.test ${check.swaks} || true` });
  for (;;) {
    // This is the habit that the bench measures; the harness itself never waits so.
    await pause(POLL_MS);
    const { status } = await world.hub.exec({ host: 'mx', script: `grep -q -- '${check.sees}' /var/log/exim4/mainlog /var/log/exim4/rejectlog` });
    if (status === 0) return;
    if (performance.now() - began > 60_000) throw new Error(`${check.title}: the log never said "${check.sees}"`);
  }
}
