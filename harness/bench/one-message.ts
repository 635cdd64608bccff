import { createInterface } from 'node:readline';
import type { Engine } from '../engine/index.ts';
import { ledgerOf } from '../ledger/index.ts';
import { parseScenarios, startScenario } from '../scenario/index.ts';
import { loadWorld, type StartedWorld, startWorld } from '../world/index.ts';
import type { Figure } from './figures.ts';

const ROUNDS = 30;
const CLIENT = '198.51.100.77';
const SCENARIO = `scenario: One message
steps:
  - send: { from: ann@sender.test, to: alice@example.test, tls: never }
  - expect:
      - delivered: { to: alice@example.test, mailbox: alice, folder: INBOX }
`;

/** A scenario of one message, from its first step to its end, against the same message by the smallest SMTP client, until the store has it. */
export async function oneMessage(engine: Engine): Promise<Figure[]> {
  const model = loadWorld('starter', 'exim');
  const world = await startWorld(model, { engine, report: () => {} });
  try {
    const ledger = ledgerOf(model);
    const stored = new Set<string>();
    let notify: () => void = () => {};
    const stream = world.hub.events(0, (event) => {
      ledger.apply(event);
      const id = event.type === 'log' && event.host === 'store' ? event.line.match(/msgid=<([^>]+)>: saved mail/)?.[1] : undefined;
      if (id !== undefined) stored.add(id);
      notify();
    });
    await stream.caughtUp;
    const [scenario] = parseScenarios('bench.scenario.yaml', SCENARIO, model).scenarios;
    const [example] = scenario?.examples ?? [];
    if (scenario === undefined || example === undefined) throw new Error('the scenario of the bench is wrong');
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      let began = performance.now();
      const session = await startScenario(world, ledger, scenario, example);
      for (let step = 0; step < example.steps.length; step++) await session.step(step);
      await session.finish();
      await session.close();
      ours.push(performance.now() - began);
      const id = `bench-${round}@sender.test`;
      began = performance.now();
      await sendPlainly(world, id);
      await new Promise<void>((resolve) => {
        notify = () => stored.has(id) && resolve();
        notify();
      });
      theirs.push(performance.now() - began);
    }
    stream.close();
    return [{ name: 'a one-message scenario', ours, theirs, target: { kind: 'at most', ratio: 2 }, note: 'the same message by a minimal SMTP client until the store has it' }];
  } finally {
    await world.stop();
  }
}

async function sendPlainly(world: StartedWorld, id: string): Promise<void> {
  const socket = await world.hub.connect({ from: CLIENT, to: world.model.hosts.find((host) => host.name === world.model.entrance)?.addresses[0] ?? '', port: 25 });
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const reply = async (code: string): Promise<void> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true || !String(value).startsWith(code)) throw new Error(`the bench's client got "${value}" and wanted ${code}`);
      if (String(value)[3] === ' ') return;
    }
  };
  await reply('220');
  const dialog: [string, string][] = [
    ['EHLO client.sender.test', '250'],
    ['MAIL FROM:<ann@sender.test>', '250'],
    ['RCPT TO:<alice@example.test>', '250'],
    ['DATA', '354'],
    [`From: ann@sender.test\r\nTo: alice@example.test\r\nSubject: bench\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${id}>\r\n\r\nHello.\r\n.`, '250'],
  ];
  for (const [command, code] of dialog) {
    socket.write(`${command}\r\n`);
    await reply(code);
  }
  // Exim 4.96 holds its answer to QUIT for up to 200 ms; neither side of the comparison waits for it.
  socket.end('QUIT\r\n');
}
