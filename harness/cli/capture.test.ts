import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import type { Results } from '../scenario/index.ts';
import { Project } from './testing.ts';

const DEADLINE_MS = 120_000;

// Both would run side by side in one instance; the second fails.
const project = new Project(
  {
    'clear/sent': `scenario: Sent by \${who}
examples: [{ who: ann, mailbox: alice }, { who: bea, mailbox: bob }]
steps:
  - send: { from: "\${who}@sender.test", to: alice@example.test, tls: never }
  - expect:
      - delivered: { to: alice@example.test, mailbox: "\${mailbox}" }
`,
  },
  (world) => {
    world.default = ['exim'];
  },
);
afterAll(async () => {
  expect(await (await openEngine(() => {})).sweep({ 'mailproof.dir': project.world })).toBe(0);
  project.remove();
});

test(
  'with --capture the packets of each scenario, and of no other, are in a file that the report links',
  async () => {
    project.write('reports/latest/captures/old.pcap', 'of a run before');
    const { stdout, stderr, status } = await project.run(['run', 'starter', '--capture', '--lanes', '1', '--json']);
    expect(status, stderr).toBe(1);
    const { runs }: Results = JSON.parse(stdout);
    const captures = runs.map((run) => run.attempts[0]?.capture);
    expect(runs.map((run) => run.outcome)).toEqual(['passed', 'failed']);
    expect(captures).toEqual(['captures/starter/clear/sent-1-exim-row1.pcap', 'captures/starter/clear/sent-1-exim-row2.pcap']);
    expect(readdirSync(path.join(project.root, 'reports/latest/captures'))).toEqual(['starter']);
    for (const [index, own, other] of [
      [0, 'ann', 'bea'],
      [1, 'bea', 'ann'],
    ] as const) {
      const packets = readFileSync(path.join(project.root, 'reports/latest', captures[index] ?? ''));
      // Magic number of the format, in the byte order of who wrote it.
      expect([packets.readUInt32LE(0), packets.readUInt32BE(0)]).toContain(0xa1b2c3d4);
      expect(packets.includes(`MAIL FROM:<${own}@sender.test>`)).toBe(true);
      expect(packets.includes(`MAIL FROM:<${other}@sender.test>`)).toBe(false);
    }
    // What failed stands open in the page.
    expect(project.read('reports/latest/index.html')).toContain(`href="${captures[1]}"`);
  },
  DEADLINE_MS,
);
