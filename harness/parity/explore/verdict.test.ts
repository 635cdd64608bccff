import { expect, it } from 'vitest';
import { parityExitCode } from '../compare-runs.ts';
import type { Exploration, Finding } from './model.ts';
import { verdictOf } from './verdict.ts';

const finding: Finding = { name: 'x', smallest: '', differences: [], accepted: [], cases: [3], tried: 1, yaml: '', proof: { ok: true } };

function explored(change: Partial<Exploration> = {}): Parameters<typeof verdictOf>[0] {
  return {
    version: 1,
    world: 'starter',
    reference: 'a',
    candidate: 'b',
    seed: 1,
    cases: { asked: 5, compared: 5, same: 5, accepted: 0, different: 0 },
    seconds: 1,
    findings: [],
    acceptances: [],
    unconfirmed: [],
    unexamined: [],
    notCompared: [],
    ...change,
  };
}
const exitOf = (change: Partial<Exploration>): number => parityExitCode(verdictOf(explored(change)));

it('a confirmed difference, or one that nobody looked into, fails with 2', () => {
  expect(exitOf({ findings: [finding] })).toBe(2);
  expect(exitOf({ unexamined: [{ cases: [1], what: 'x' }] })).toBe(2);
});

it('noise and accepted differences do not fail', () => {
  expect(exitOf({ unconfirmed: [{ cases: [1], what: 'x', why: 'noise' }] })).toBe(0);
  const accepted = explored({ acceptances: [{ id: 'A-1', reason: 'so', cases: [1] }], cases: { asked: 5, compared: 5, same: 4, accepted: 1, different: 0 } });
  expect(verdictOf(accepted)).toEqual({ verdict: 'same but accepted differences', because: ['1 message differs in accepted ways only'] });
});

it('messages that could not be compared, or were not sent, leave the question open', () => {
  expect(exitOf({ notCompared: [{ number: 1, smallest: 'x', why: 'y' }], cases: { asked: 5, compared: 4, same: 4, accepted: 0, different: 0 } })).toBe(5);
  expect(exitOf({ cases: { asked: 5, compared: 3, same: 3, accepted: 0, different: 0 } })).toBe(5);
});
