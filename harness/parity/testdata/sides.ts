import { type ObservedOutcome, RESULTS_VERSION, type RunOutcome, type StepRecord } from '../../scenario/index.ts';
import type { Side } from '../compare-runs.ts';

/** An ordinary copy in an inbox, but for what is told. */
export function delivered(change: Partial<ObservedOutcome> = {}): ObservedOutcome {
  return { kind: 'delivered', to: 'alice@example.test', original: 'alice@example.test', message: 'mail', place: 'store:alice/INBOX', route: ['mx', 'store'], raw: {}, ...change };
}

const step = (index: number, verb: string): StepRecord => ({ index, verb, summary: verb, line: index + 3, col: 5, outcome: 'passed', ms: 5 });

/** One variant's run of one scenario, a `send` and an `expect`. */
export function side(variant: string, outcomes: ObservedOutcome[], outcome: RunOutcome = 'passed'): Side {
  return {
    variant,
    hash: 'a'.repeat(64),
    results: {
      version: RESULTS_VERSION,
      outcome,
      started: '2026-06-01T10:00:00.000Z',
      duration_ms: 100,
      environment: { mailproof: '0.1.0', node: '24.0.0', engine: 'docker', images: [] },
      runs: [
        {
          world: 'starter',
          variant,
          scenario: 'A message arrives',
          file: 'scenarios/starter/delivery.scenario.yaml',
          line: 1,
          tags: [],
          covers: ['S-01'],
          outcome,
          duration_ms: 100,
          again: '',
          attempts: [
            {
              outcome: outcome === 'passed' ? 'passed' : 'failed',
              duration_ms: 100,
              steps: [step(0, 'send'), step(1, 'expect')],
              observation: {
                replies: [{ step: 0, verb: 'send', replies: [{ to: 'dot', code: 250, text: `OK id=1vcMwE-00000000017-0ab${variant.length}`, tls: true }] }],
                outcomes: [{ step: 1, outcomes }],
              },
              violations: [],
              traces: [],
              logs: [],
            },
          ],
        },
      ],
      strays: [],
      unparsed: [],
      unknownNames: [],
      whole: ['starter'],
      requirements: [
        { world: 'starter', id: 'S-01', text: 'Mail arrives', covered: [] },
        { world: 'starter', id: 'S-02', text: 'Nobody relays', covered: [] },
        { world: 'starter', id: 'S-03', text: 'Disks may be full', untested: 'the disk is not ours', covered: [] },
      ],
    },
  };
}
