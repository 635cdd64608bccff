import { EXIT, type ExitCode } from '../base/index.ts';
import type { Results, ScenarioRun } from '../scenario/index.ts';
import { type Acceptance, accepts } from './accepted.ts';
import { compareScenario } from './compare-scenario.ts';
import {
  type AcceptanceUse,
  type Comparison,
  noCounts,
  PARITY_CLASSES,
  PARITY_VERSION,
  type Parity,
  type ParityHost,
  type ParitySide,
  type ScenarioParity,
  worst,
} from './model.ts';
import { RULES } from './rules.ts';
import type { HostName, Rule } from './sameness.ts';

/** One side of the comparison: the runs of one variant and what they ran on. */
export interface Side {
  variant: string;
  hash: string;
  results: Results;
  /** Its hosts as the report shows them. */
  machines?: readonly ParityHost[];
  /** Scenarios whose file says that they are not for this variant. */
  elsewhere?: readonly { file: string; line: number; why: string }[];
  /** Scenarios of this variant that were not run, since the other one does not have them. */
  leftOut?: readonly { world: string; title: string; file: string; line: number; covers: readonly string[] }[];
  /** What its hosts are called: a name that is another on the other side is the same host. */
  hosts?: readonly HostName[];
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
  const compared = keys.map((key) => {
    const runs = { reference: first.get(key), second: second.get(key), candidate: other.get(key) };
    const parity = compareScenario(runs, rules, { reference: referenceA.hosts ?? [], candidate: candidate.hosts ?? [] });
    const comparisons = parity.comparisons.map((comparison) => accept(comparison, parity.scenario, valid, count));
    return { ...parity, comparisons };
  });
  const scenarios = [...compared, ...leftOutOf(referenceA, candidate, 'candidate'), ...leftOutOf(candidate, referenceA, 'reference')].map(recount);
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

/** Scenarios that their files keep from the other side. */
function leftOutOf(has: Side, lacks: Side, side: 'reference' | 'candidate'): ScenarioParity[] {
  return (has.leftOut ?? []).map(({ world, title, file, line, covers }) => {
    const why = lacks.elsewhere?.find((other) => other.file === file && other.line === line)?.why;
    return {
      ...{ world, scenario: title, file, line, covers: [...covers], class: 'not compared', byChoice: true, counts: noCounts(), comparisons: [] },
      notCompared: [`it does not run on the ${side} (${lacks.variant})${why === undefined ? '' : `: ${why}`}`],
      outcomes: { reference: 'missing', second: 'missing', candidate: 'missing' },
      traces: { reference: [], candidate: [] },
    };
  });
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

function sideOf({ variant, hash, results, machines }: Side): ParitySide {
  return { variant, hash, engine: results.environment.engine, mailproof: results.environment.mailproof, started: results.started, hosts: [...(machines ?? [])] };
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
