import { describe, expect, it } from 'vitest';
import type { ObservedOutcome, RunOutcome } from '../scenario/index.ts';
import type { Acceptance } from './accepted.ts';
import { compareRuns, parityExitCode } from './compare-runs.ts';
import { delivered, side } from './testdata/sides.ts';

const TODAY = '2026-06-01';
const acceptance = (change: Partial<Acceptance> = {}): Acceptance => ({
  id: 'A-01',
  matches: { field: 'enhanced', candidate: '5.7.1' },
  reason: 'the same refusal',
  owner: 'postmaster',
  ticket: 'T-1',
  created: '2026-01-01',
  expires: '2026-12-31',
  ...change,
});

/** Compares one scenario with these outcomes on the three sides. */
function compare(a: ObservedOutcome[], b: ObservedOutcome[], c: ObservedOutcome[], more: { accepted?: Acceptance[]; partial?: boolean; candidate?: RunOutcome } = {}) {
  const { candidate = 'passed', ...options } = more;
  return compareRuns({ referenceA: side('exim', a), referenceB: side('exim', b), candidate: side('postfix', c, candidate), today: TODAY, ...options });
}

describe('comparison of runs', () => {
  it('is the same when only identifiers, dates and the load of the machine differ', () => {
    const parity = compare(
      [delivered({ afterMs: 40, headers: [['Message-ID', '<1@sender.test>']] })],
      [delivered({ afterMs: 90, headers: [['Message-ID', '<2@sender.test>']] })],
      [delivered({ afterMs: 700, headers: [['Message-ID', '<3@sender.test>']] })],
    );
    expect(parity).toMatchObject({ verdict: 'same', counts: { identical: 1 } });
    expect(parityExitCode(parity)).toBe(0);
  });

  it('calls what means the same equivalent, and names the rule', () => {
    const [scenario] = compare([delivered({ tls: 'TLSv1.2' })], [delivered({ tls: 'TLSv1.2' })], [delivered({ tls: 'TLSv1.3' })]).scenarios;
    expect(scenario).toMatchObject({ class: 'equivalent', comparisons: [{ field: 'tls', class: 'equivalent', rules: ['tls version'] }] });
  });

  it('shows a difference with both values, and exits with 2', () => {
    const parity = compare([delivered()], [delivered()], [delivered({ place: 'store:alice/Junk' })]);
    expect(parity.verdict).toBe('different');
    expect(parity.scenarios[0]?.comparisons).toEqual([
      expect.objectContaining({ subject: 'step 2: mail to alice@example.test', field: 'place', class: 'different', reference: 'store:alice/INBOX', candidate: 'store:alice/Junk' }),
    ]);
    expect(parityExitCode(parity)).toBe(2);
  });

  it('leaves no question open for a scenario that its file keeps from one side, and says why', () => {
    const both = { referenceA: side('exim', [delivered()]), referenceB: side('exim', [delivered()]), candidate: side('postfix', [delivered()]), today: TODAY };
    const other = { world: 'starter', title: 'Exim says so itself', file: 'own.scenario.yaml', line: 40, covers: [] };
    const kept = { file: other.file, line: 40, why: 'it asks Exim' };
    const parity = compareRuns({ ...both, referenceA: { ...both.referenceA, leftOut: [other] }, candidate: { ...both.candidate, elsewhere: [kept] } });
    expect(parity).toMatchObject({ verdict: 'same', because: ['1 scenarios are for one of the sides only'] });
    expect(parity.scenarios.find(({ scenario }) => scenario === other.title)).toMatchObject({
      class: 'not compared',
      notCompared: ['it does not run on the candidate (postfix): it asks Exim'],
    });
  });

  it('leaves the question open for a scenario that one side did not run though it has it', () => {
    const both = { referenceA: side('exim', [delivered()]), referenceB: side('exim', [delivered()]), candidate: side('postfix', [delivered()]), today: TODAY };
    const [run] = both.referenceA.results.runs;
    if (run === undefined) throw new Error('the test data has no run');
    const withOther = (of: typeof both.referenceA) => ({ ...of, results: { ...of.results, runs: [...of.results.runs, { ...run, scenario: 'Another', line: 40 }] } });
    expect(compareRuns({ ...both, referenceA: withOther(both.referenceA), referenceB: withOther(both.referenceB) }).verdict).toBe('indeterminate');
  });

  it('shows a copy that one side lacks as one difference', () => {
    const [scenario] = compare(
      [delivered(), delivered({ to: 'bob@example.test', original: 'bob@example.test' })],
      [delivered(), delivered({ to: 'bob@example.test', original: 'bob@example.test' })],
      [delivered()],
    ).scenarios;
    expect(scenario?.comparisons).toEqual([
      expect.objectContaining({ subject: 'step 2: mail to bob@example.test', field: 'presence', reference: 'there', candidate: 'absent', class: 'different' }),
    ]);
  });

  it('does not mind in which order copies end', () => {
    const bob = delivered({ to: 'bob@example.test', original: 'bob@example.test' });
    expect(compare([delivered(), bob], [bob, delivered()], [bob, delivered()]).verdict).toBe('same');
  });

  it('lays reports about one recipient beside each other, in whatever order they come and however they are worded', () => {
    const about = (recipient: string, diagnostic: string): ObservedOutcome =>
      delivered({ kind: 'returned', message: 'bounce', dsn: { status: '5.1.1', action: 'failed', recipient, diagnostic, original: 'full' } });
    const reference = [about('ann@example.test', 'no such user'), about('bob@example.test', 'no such domain')];
    const parity = compare(reference, reference, [about('bob@example.test', 'no such user'), about('ann@example.test', 'no such domain')]);
    expect(new Set(parity.scenarios[0]?.comparisons.map(({ field }) => field))).toEqual(new Set(['dsn diagnostic']));
  });

  it('calls what differs between two runs of the reference noise, and does not decide on it', () => {
    const parity = compare(
      [delivered(), delivered({ to: 'b@example.test', original: 'b@example.test', flags: ['\\Seen'] })],
      [delivered(), delivered({ to: 'b@example.test', original: 'b@example.test', flags: [] })],
      [delivered(), delivered({ to: 'b@example.test', original: 'b@example.test', flags: [] })],
    );
    expect(parity.scenarios[0]?.comparisons).toEqual([
      expect.objectContaining({ field: 'flags', class: 'indeterminate', noise: { second: '' }, note: expect.stringContaining('as one of its runs') }),
    ]);
    expect(parity.because).toContain('1 scenarios have parts that cannot be judged');
  });

  it('calls a difference in an outcome that nobody can know indeterminate', () => {
    const [scenario] = compare(
      [delivered({ indeterminate: true })],
      [delivered({ indeterminate: true })],
      [delivered({ place: 'store:alice/Other', indeterminate: true })],
    ).scenarios;
    expect(scenario?.comparisons).toEqual([expect.objectContaining({ field: 'place', class: 'indeterminate' })]);
  });

  it('compares nothing of a scenario that one side could not run, and says so', () => {
    const parity = compare([delivered()], [delivered()], [], { candidate: 'indeterminate' });
    expect(parity).toMatchObject({ verdict: 'indeterminate', scenarios: [{ class: 'not compared', notCompared: ['the candidate was not to be judged: its environment failed'] }] });
    expect(parityExitCode(parity)).toBe(5);
  });

  it('calls a scenario that passes on one side only different', () => {
    expect(compare([delivered()], [delivered()], [delivered()], { candidate: 'failed' }).scenarios[0]?.comparisons).toEqual([
      expect.objectContaining({ field: 'result', reference: 'passed', candidate: 'failed after the last step', class: 'different' }),
    ]);
  });

  it('cannot say anything when nothing was compared', () => {
    const empty = (variant: string) => ({ ...side(variant, []), results: { ...side(variant, []).results, runs: [] } });
    expect(compareRuns({ referenceA: empty('exim'), referenceB: empty('exim'), candidate: empty('postfix'), today: TODAY }).verdict).toBe('indeterminate');
  });
});

describe('accepted differences', () => {
  const refused = (enhanced: string) => delivered({ kind: 'refused', place: 'mx', reply: { stage: 'rcpt', code: 550, enhanced, text: 'no' } });

  it('do not count as differences while they are valid', () => {
    const parity = compare([refused('5.1.1')], [refused('5.1.1')], [refused('5.7.1')], { accepted: [acceptance()] });
    expect(parity).toMatchObject({ verdict: 'same but accepted differences', acceptances: [{ id: 'A-01', state: 'used', count: 1 }] });
    expect(parityExitCode(parity)).toBe(0);
  });

  it('fail once they have expired', () => {
    const parity = compare([refused('5.1.1')], [refused('5.1.1')], [refused('5.7.1')], { accepted: [acceptance({ expires: '2026-05-31' })] });
    expect(parity).toMatchObject({ verdict: 'different', acceptances: [{ state: 'expired' }], counts: { different: 1 } });
  });

  it('fail when their difference is gone', () => {
    const parity = compare([delivered()], [delivered()], [delivered()], { accepted: [acceptance()] });
    expect(parity).toMatchObject({ verdict: 'different', because: ['acceptances match no difference: A-01'] });
  });

  it('need not be met when only some scenarios were run, or between other variants', () => {
    expect(compare([delivered()], [delivered()], [delivered()], { accepted: [acceptance()], partial: true }).verdict).toBe('same');
    expect(compare([delivered()], [delivered()], [delivered()], { accepted: [acceptance({ matches: { field: 'code', between: ['bookworm', 'trixie'] } })] }).verdict).toBe('same');
  });
});
