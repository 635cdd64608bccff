import type { AttemptRecord, ScenarioRun } from '../scenario/index.ts';
import type { Three } from './align.ts';
import { classify, compareThings, type Scale } from './compare-things.ts';
import { type Thing, thingsOf } from './facts.ts';
import { type Comparison, noCounts, type ScenarioParity } from './model.ts';
import type { HostName, Own, Rule } from './sameness.ts';

/** The runs of one scenario; undefined where there was none. */
export interface Trio {
  reference: ScenarioRun | undefined;
  second: ScenarioRun | undefined;
  candidate: ScenarioRun | undefined;
}

/** Compares one scenario. Its class and counts are those of what was compared; acceptances come later. */
export function compareScenario(runs: Trio, rules: readonly Rule[], hosts: { reference: readonly HostName[]; candidate: readonly HostName[] }): ScenarioParity {
  const any = runs.reference ?? runs.candidate ?? runs.second;
  const outcomes = { reference: runs.reference?.outcome ?? 'missing', second: runs.second?.outcome ?? 'missing', candidate: runs.candidate?.outcome ?? 'missing' } as const;
  const [a, b, c] = [runs.reference?.attempts.at(-1), runs.second?.attempts.at(-1), runs.candidate?.attempts.at(-1)];
  const notCompared: string[] = [];
  const comparisons: Comparison[] = [];
  const counts = noCounts();
  for (const [side, outcome] of Object.entries(outcomes)) {
    if (outcome === 'missing' || outcome === 'skipped' || outcome === 'indeterminate')
      notCompared.push(`the ${side === 'second' ? 'second run of the reference' : side} was ${outcome === 'indeterminate' ? 'not to be judged: its environment failed' : outcome}`);
  }
  if (notCompared.length === 0 && a && b && c) {
    const attempts = [a, b, c] as const;
    const scale: Scale = { rules, own: [ownOf(a, hosts.reference), ownOf(b, hosts.reference), ownOf(c, hosts.candidate)] };
    const { things, why } = comparable(attempts, scale.own);
    notCompared.push(...why);
    const ends = [a, b, c].map(endOf);
    const result = classify({ subject: 'scenario', field: 'result', message: undefined, unknown: false }, [ends[0], ends[1], ends[2]], scale);
    const failure = (c.error ?? a.error ?? b.error)?.message.split('\n')[0];
    const told = result.class === 'identical' || failure === undefined ? result : { ...result, note: [result.note, failure].filter((part) => part !== undefined).join('; ') };
    for (const comparison of [...compareThings(things, scale), told]) {
      if (comparison !== told) counts[comparison.class]++;
      if (comparison.class !== 'identical' || comparison.noise) comparisons.push(comparison);
    }
  }
  return {
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
    traces: { reference: a?.traces ?? [], candidate: c?.traces ?? [] },
  };
}

function ownOf({ observation: { token } }: AttemptRecord, hosts: readonly HostName[]): Own {
  return token === undefined ? { hosts } : { token, hosts };
}

const reachedOf = ({ steps }: AttemptRecord): number => steps.filter(({ outcome }) => outcome !== 'not-run').length;

/** `passed`, or where it failed: two that fail at different steps are not the same. */
function endOf(attempt: AttemptRecord): string {
  if (attempt.outcome === 'passed') return 'passed';
  const step = attempt.steps.find(({ outcome }) => outcome === 'failed');
  if (step !== undefined) return `failed at step ${step.index + 1}`;
  return reachedOf(attempt) === 0 ? 'did not begin' : 'failed after the last step';
}

/** What all sides came to. A step that one side did not reach says nothing about the other's, nor does the rest of a dialog that ended before its time. */
function comparable(attempts: Three<AttemptRecord>, own: Three<Own>): { things: Three<Thing[]>; why: string[] } {
  const reached = Math.min(...attempts.map(reachedOf));
  const total = Math.max(...attempts.map(({ steps }) => steps.length));
  const why = reached < total ? [`steps after ${reached} of ${total}, which one side did not reach`] : [];
  const things = attempts.map((attempt, index) => thingsOf(attempt, own[index] ?? {}).filter(({ subject }) => reached === total || stepOf(subject) <= reached));
  const brokenOff = attempts.some(({ steps }) => steps.some(({ index, verb, outcome }) => verb === 'dialog' && outcome === 'failed' && index + 1 === reached));
  const [a = [], b = [], c = []] = things;
  if (!brokenOff) return { things: [a, b, c], why };
  const heard = Math.min(...things.map((list) => list.filter((thing) => isReplyOf(thing, reached)).length));
  const cut = (list: Thing[]): Thing[] => {
    let count = 0;
    return list.filter((thing) => !isReplyOf(thing, reached) || ++count <= heard);
  };
  return { things: [cut(a), cut(b), cut(c)], why: [`replies after the first ${heard} of step ${reached}, where one side's dialog ended`, ...why] };
}

const isReplyOf = ({ kind, subject }: Thing, step: number): boolean => kind === 'reply' && stepOf(subject) === step;

function stepOf(subject: string): number {
  return Number(subject.match(/^step (\d+):/)?.[1] ?? 0);
}
