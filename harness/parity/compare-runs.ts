import { EXIT, type ExitCode } from '../base/index.ts';
import type { Results, ScenarioRun } from '../scenario/index.ts';
import { type Acceptance, accepts } from './accepted.ts';
import { factsOf } from './facts.ts';
import { type AcceptanceUse, type Comparison, type Fact, noCounts, PARITY_CLASSES, PARITY_VERSION, type Parity, type ParitySide, type ScenarioParity, worst } from './model.ts';
import { RULES, type Rule, sameness } from './rules.ts';

/** One side of the comparison: the runs of one variant and what they ran on. */
export interface Side {
  variant: string;
  hash: string;
  results: Results;
  /** Scenarios whose file says that they are not for this variant. */
  elsewhere?: readonly { file: string; line: number; why: string }[];
}

export interface CompareOptions {
  /** The reference was run twice: what differs between the two is noise. */
  referenceA: Side;
  referenceB: Side;
  candidate: Side;
  rules?: readonly Rule[];
  accepted?: readonly Acceptance[];
  /** Only some scenarios were run: an acceptance without its difference is then no mistake. */
  partial?: boolean;
  /** `2026-01-05`; acceptances that expired before it do not count. */
  today: string;
}

/** Compares what the same scenarios brought about on two variants. */
export function compareRuns(options: CompareOptions): Parity {
  const { referenceA, referenceB, candidate, today } = options;
  const rules = options.rules ?? RULES;
  const sides: [string, string] = [referenceA.variant, candidate.variant];
  // Acceptances between other variants are another comparison's business.
  const accepted = (options.accepted ?? []).filter(({ matches: { between } }) => between === undefined || (between[0] === sides[0] && between[1] === sides[1]));
  const valid = accepted.filter((acceptance) => acceptance.expires >= today);
  const [first, second, other] = [byScenario(referenceA), byScenario(referenceB), byScenario(candidate)];
  const keys = [...new Set([...first.keys(), ...second.keys(), ...other.keys()])];
  const uses = new Map(accepted.map((acceptance) => [acceptance.id, 0]));
  const count = (id: string): void => void uses.set(id, (uses.get(id) ?? 0) + 1);
  const scenarios = keys.map((key) => {
    const runs = { reference: first.get(key), second: second.get(key), candidate: other.get(key) };
    const parity = chosen(runs, options) ?? compareScenario(runs, rules);
    const comparisons = parity.comparisons.map((comparison) => accept(comparison, parity.scenario, valid, count));
    return recount({ ...parity, comparisons });
  });
  const acceptances = accepted.map((acceptance) => useOf(acceptance, uses.get(acceptance.id) ?? 0, today)).filter((use) => options.partial !== true || use.state !== 'unmatched');
  const counts = noCounts();
  for (const scenario of scenarios) counts[scenario.class]++;
  const used = scenarios.flatMap((scenario) => scenario.comparisons.flatMap((comparison) => comparison.rules));
  const shown = scenarios.sort((a, b) => PARITY_CLASSES.indexOf(b.class) - PARITY_CLASSES.indexOf(a.class) || a.file.localeCompare(b.file) || a.line - b.line);
  return {
    version: PARITY_VERSION,
    ...verdictOf(shown, acceptances),
    worlds: [...new Set(scenarios.map((scenario) => scenario.world))],
    reference: sideOf(referenceA),
    candidate: sideOf(candidate),
    counts,
    scenarios: shown,
    acceptances,
    rules: rules.map(({ name, makes, why }) => ({ name, makes, why, used: used.filter((rule) => rule === name).length })),
    requirements: referenceA.results.requirements.map(({ world, id, text, untested }) => {
      const own = scenarios.filter((scenario) => scenario.world === world && scenario.covers.includes(id));
      return { world, id, text, ...(untested === undefined ? {} : { untested }), class: own.length === 0 ? 'not covered' : worst(own.map((scenario) => scenario.class)) };
    }),
  };
}

/** Exit code of a comparison: 2 for differences, 5 when it cannot be said. */
export function parityExitCode(parity: Pick<Parity, 'verdict'>): ExitCode {
  return parity.verdict === 'different' ? EXIT.differences : parity.verdict === 'indeterminate' ? EXIT.indeterminate : EXIT.ok;
}

function byScenario(side: Side): Map<string, ScenarioRun> {
  return new Map(side.results.runs.filter((run) => run.variant === side.variant).map((run) => [`${run.world}\n${run.file}\n${run.scenario}`, run]));
}

interface Trio {
  reference: ScenarioRun | undefined;
  second: ScenarioRun | undefined;
  candidate: ScenarioRun | undefined;
}

/** A scenario that its file keeps from one of the sides. */
function chosen(runs: Trio, { referenceA, candidate }: CompareOptions): ScenarioParity | undefined {
  const run = runs.reference ?? runs.candidate;
  if (run === undefined || (runs.reference !== undefined && runs.candidate !== undefined)) return undefined;
  const [missing, side] = runs.reference === undefined ? [referenceA, 'reference'] : [candidate, 'candidate'];
  const why = missing.elsewhere?.find(({ file, line }) => file === run.file && line === run.line)?.why;
  if (why === undefined) return undefined;
  const { world, scenario, file, line, covers } = run;
  return {
    ...{ world, scenario, file, line, covers, class: 'not compared', byChoice: true, counts: noCounts(), comparisons: [] },
    notCompared: [`it does not run on the ${side} (${missing.variant}): ${why}`],
    outcomes: { reference: runs.reference?.outcome ?? 'missing', second: runs.second?.outcome ?? 'missing', candidate: runs.candidate?.outcome ?? 'missing' },
    traces: { reference: [], candidate: [] },
  };
}

function compareScenario(runs: Trio, rules: readonly Rule[]): ScenarioParity {
  const any = runs.reference ?? runs.candidate ?? runs.second;
  const outcomes = { reference: runs.reference?.outcome ?? 'missing', second: runs.second?.outcome ?? 'missing', candidate: runs.candidate?.outcome ?? 'missing' } as const;
  const attempts = { reference: runs.reference?.attempts.at(-1), second: runs.second?.attempts.at(-1), candidate: runs.candidate?.attempts.at(-1) };
  const notCompared: string[] = [];
  const comparisons: Comparison[] = [];
  const counts = noCounts();
  for (const [side, outcome] of Object.entries(outcomes)) {
    if (outcome === 'missing' || outcome === 'skipped' || outcome === 'indeterminate')
      notCompared.push(`the ${side === 'second' ? 'second run of the reference' : side} was ${outcome === 'indeterminate' ? 'not to be judged: its environment failed' : outcome}`);
  }
  if (notCompared.length === 0 && attempts.reference && attempts.second && attempts.candidate) {
    const [a, b, c] = [toTable(factsOf(attempts.reference)), toTable(factsOf(attempts.second)), toTable(factsOf(attempts.candidate))];
    // A step that one side did not reach says nothing about the other's.
    const reached = Math.min(
      ...[attempts.reference, attempts.second, attempts.candidate].map((attempt) => attempt.steps.filter((step) => step.outcome === 'passed' || step.outcome === 'failed').length),
    );
    const total = Math.max(attempts.reference.steps.length, attempts.candidate.steps.length);
    if (reached < total) notCompared.push(`steps after ${reached} of ${total}, which one side did not reach`);
    const subjects = [...new Set([...a.keys(), ...b.keys(), ...c.keys()])].filter((subject) => stepOf(subject) <= reached);
    for (const subject of subjects) {
      for (const comparison of compareSubject(subject, [a.get(subject), b.get(subject), c.get(subject)], rules)) {
        counts[comparison.class]++;
        if (comparison.class !== 'identical' || comparison.noise) comparisons.push(comparison);
      }
    }
    const passed = (outcome: string): string => (outcome === 'failed' ? 'failed' : 'passed');
    const result = classify({ subject: 'scenario', field: 'result' }, undefined, [passed(outcomes.reference), passed(outcomes.second), passed(outcomes.candidate)], false, rules);
    if (result.class !== 'identical') comparisons.push(result);
  }
  return recount({
    world: any?.world ?? '',
    scenario: any?.scenario ?? '',
    file: any?.file ?? '',
    line: any?.line ?? 1,
    covers: any?.covers ?? [],
    class: 'identical',
    outcomes,
    notCompared,
    counts,
    comparisons,
    traces: { reference: attempts.reference?.traces ?? [], candidate: attempts.candidate?.traces ?? [] },
  });
}

type Table = Map<string, Map<string, Fact>>;

function toTable(facts: readonly Fact[]): Table {
  const table: Table = new Map();
  for (const fact of facts) {
    const fields = table.get(fact.subject) ?? new Map<string, Fact>();
    fields.set(fact.field, fact);
    table.set(fact.subject, fields);
  }
  return table;
}

function stepOf(subject: string): number {
  return Number(subject.match(/^step (\d+):/)?.[1] ?? 0);
}

type Three<T> = readonly [T, T, T];

function compareSubject(subject: string, [a, b, c]: Three<Map<string, Fact> | undefined>, rules: readonly Rule[]): Comparison[] {
  const presence = (side: unknown): string => (side === undefined ? 'absent' : 'there');
  // A reply or a copy that one side lacks is one difference, not one for each of its fields.
  if (!a || !b || !c)
    return [
      classify(
        { subject, field: 'presence' },
        undefined,
        [presence(a), presence(b), presence(c)],
        [a, b, c].some((side) => [...(side?.values() ?? [])].some((fact) => fact.indeterminate)),
        rules,
      ),
    ];
  const fields = [...new Set([...a.keys(), ...b.keys(), ...c.keys()])];
  return fields.map((field) => {
    const [left, again, right] = [a.get(field), b.get(field), c.get(field)];
    const unknown = [left, again, right].some((fact) => fact?.indeterminate === true);
    return classify({ subject, field }, (left ?? again ?? right)?.message, [left?.value, again?.value, right?.value], unknown, rules);
  });
}

function classify(
  at: { subject: string; field: string },
  message: string | undefined,
  [a, b, c]: Three<string | undefined>,
  indeterminate: boolean,
  rules: readonly Rule[],
): Comparison {
  const own = sameness(at.field, message, a, b, rules);
  const cross = sameness(at.field, message, a, c, rules);
  const base = { ...at, reference: a, candidate: c };
  if (own.class === 'different') {
    const fits = cross.class !== 'different' || sameness(at.field, message, b, c, rules).class !== 'different';
    return {
      ...base,
      class: 'indeterminate',
      rules: [],
      noise: { second: b },
      note: fits
        ? 'noise: the reference itself varies, and the candidate is as one of its runs'
        : 'noise: the reference itself varies, and the candidate differs from both of its runs',
    };
  }
  if (cross.class === 'different' && indeterminate) return { ...base, class: 'indeterminate', rules: [], note: 'the outcome itself cannot be known: a final reply was lost' };
  return { ...base, class: cross.class, rules: cross.rules };
}

function accept(comparison: Comparison, scenario: string, accepted: readonly Acceptance[], count: (id: string) => void): Comparison {
  if (comparison.class !== 'different') return comparison;
  const fitting = accepted.filter((acceptance) => accepts(acceptance, scenario, comparison));
  for (const acceptance of fitting) count(acceptance.id);
  const [acceptance] = fitting;
  return acceptance === undefined ? comparison : { ...comparison, class: 'accepted', accepted: acceptance.id };
}

function recount(scenario: ScenarioParity): ScenarioParity {
  const counts = { ...noCounts(), identical: scenario.counts.identical };
  for (const comparison of scenario.comparisons) if (comparison.class !== 'identical') counts[comparison.class]++;
  counts['not compared'] = scenario.notCompared.length;
  const classes = PARITY_CLASSES.filter((one) => counts[one] > 0);
  return { ...scenario, counts, class: classes.length === 0 ? 'identical' : worst(classes) };
}

function useOf(acceptance: Acceptance, count: number, today: string): AcceptanceUse {
  const { id, reason, owner, ticket, created, expires } = acceptance;
  return { id, reason, owner, ticket, created, expires, count, state: expires < today ? 'expired' : count > 0 ? 'used' : 'unmatched' };
}

function sideOf({ variant, hash, results }: Side): ParitySide {
  return { variant, hash, engine: results.environment.engine, started: results.started };
}

function verdictOf(scenarios: readonly ScenarioParity[], acceptances: readonly AcceptanceUse[]): Pick<Parity, 'verdict' | 'because'> {
  const having = (one: ScenarioParity['class']): number => scenarios.filter((scenario) => scenario.counts[one] > 0 && scenario.byChoice !== true).length;
  const byChoice = scenarios.filter((scenario) => scenario.byChoice === true).length;
  const expired = acceptances.filter((acceptance) => acceptance.state === 'expired');
  const unmatched = acceptances.filter((acceptance) => acceptance.state === 'unmatched');
  const because = [
    ...(having('different') > 0 ? [`${having('different')} of ${scenarios.length} scenarios differ`] : []),
    ...(expired.length > 0 ? [`acceptances have expired: ${expired.map(({ id }) => id).join(', ')}`] : []),
    ...(unmatched.length > 0 ? [`acceptances match no difference: ${unmatched.map(({ id }) => id).join(', ')}`] : []),
    ...(having('indeterminate') > 0 ? [`${having('indeterminate')} scenarios have parts that cannot be judged`] : []),
    ...(having('not compared') > 0 ? [`${having('not compared')} scenarios were not compared, or only in part`] : []),
    ...(byChoice > 0 ? [`${byChoice} scenarios are for one of the sides only`] : []),
    ...(having('accepted') > 0 ? [`${having('accepted')} scenarios have accepted differences`] : []),
  ];
  if (having('different') > 0 || expired.length + unmatched.length > 0) return { verdict: 'different', because };
  if (scenarios.length === byChoice) return { verdict: 'indeterminate', because: ['nothing was compared'] };
  // Noise is reported and does not decide; a scenario that was not compared at all leaves the question open.
  if (having('not compared') > 0 || scenarios.every((scenario) => scenario.class === 'indeterminate')) return { verdict: 'indeterminate', because };
  return { verdict: having('accepted') > 0 ? 'same but accepted differences' : 'same', because };
}
