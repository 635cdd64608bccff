import { MailproofError } from '../../base/index.ts';
import { openEngine } from '../../engine/index.ts';
import { loadWorld } from '../../world/index.ts';
import { readAccepted } from '../accepted.ts';
import type { ScenarioParity } from '../model.ts';
import { type Case, describeCase } from './case.ts';
import { type Differing, examine } from './finding.ts';
import { generateCases } from './generate.ts';
import { type Material, materialOf } from './material.ts';
import { EXPLORATION_VERSION, type Exploration } from './model.ts';
import { type Seen, Sides } from './sides.ts';
import { type Cause, explains, nameOf, type Trait, traitsOf } from './traits.ts';
import { verdictOf } from './verdict.ts';

export interface ExploreOptions {
  /** Name of a world, or its folder. */
  world: string;
  reference: string;
  candidate: string;
  /** So many messages. */
  count: number;
  /** The same seed makes the same messages. */
  seed: number;
  root?: string;
  report?: (line: string) => void;
  /** Ends it: messages under way are followed to their end, no more are sent, and what is known by then is told. */
  signal?: AbortSignal;
}

/** Ways to differ that are made small; the rest of them is only told. */
const MOST_FINDINGS = 60;

/**
 * Sends messages that the world's own data suggests to both variants, and looks closer at each way in which they differ.
 * @throws InputError, MailproofError USAGE, NOT_FOUND for what was asked; as `startWorld` for the variants
 */
export async function runExploration({ world, reference, candidate, count, seed, root = process.cwd(), report = () => {}, signal }: ExploreOptions): Promise<Exploration> {
  if (reference === candidate) throw new MailproofError('USAGE', `reference and candidate are both "${reference}"`, { hint: 'name two variants of the world' });
  const models = { reference: loadWorld(world, reference, root), candidate: loadWorld(world, candidate, root) };
  const accepted = readAccepted(models.reference.dir);
  const material = materialOf([models.reference, models.candidate]);
  if (material.accounts.length === 0) throw new MailproofError('USAGE', `world ${models.reference.name} has neither accounts nor aliases: there is nobody to write to`);
  const cases = generateCases(material, { seed, count });
  const engine = await openEngine(report);
  await using sides = new Sides(models, { engine, accepted, report, signal });
  await sides.ready();
  report(`${models.reference.name}: ${count} messages on ${reference} and ${candidate}, seed ${seed}`);
  const began = performance.now();
  const seen = await sides.together(cases);
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  const compared = cases.flatMap((one, index) => {
    const what = seen[index];
    return what === undefined ? [] : [{ number: index + 1, one, seen: what }];
  });
  const notCompared = compared.flatMap(({ number, one, seen: { parity } }) =>
    parity.notCompared.length === 0 ? [] : [{ number, smallest: describeCase(one), why: [...parity.notCompared, ...troubleOf(parity)].join('; ') }],
  );
  const differing = compared.flatMap(({ number, one, seen: { parity } }): Differing[] => {
    const traits = traitsOf(parity, material);
    return traits.length === 0 ? [] : [{ number, one, traits }];
  });
  report(`${differing.length} of ${compared.length} differ, after ${seconds} s`);
  const origin = `mailproof parity ${models.reference.name} --reference ${reference} --candidate ${candidate} --explore ${count} --seed ${seed}`;
  const closer = await lookCloser(differing, { sides, material, origin, report, ...(signal === undefined ? {} : { signal }) });
  const ofClass = (one: ScenarioParity['class']): number => compared.filter(({ seen: { parity } }) => parity.class === one).length;
  const exploration = {
    version: EXPLORATION_VERSION,
    world: models.reference.name,
    reference,
    candidate,
    seed,
    cases: {
      asked: count,
      compared: compared.length - notCompared.length,
      same: ofClass('identical') + ofClass('equivalent'),
      accepted: ofClass('accepted'),
      different: differing.length,
    },
    seconds,
    ...closer,
    acceptances: acceptancesOf(compared, accepted),
    notCompared,
  } as const;
  return { ...exploration, ...verdictOf(exploration) };
}

type Closer = Pick<Exploration, 'findings' | 'unconfirmed' | 'unexamined'>;

/** One way to differ after the other, those of the first cases first; what an earlier cause explains is no finding of its own. */
async function lookCloser(
  differing: readonly Differing[],
  { sides, material, origin, report, signal }: { sides: Sides; material: Material; origin: string; report: (line: string) => void; signal?: AbortSignal },
): Promise<Closer> {
  const found: Closer = { findings: [], unconfirmed: [], unexamined: [] };
  const causes: { cause: Cause; cases: number[] }[] = [];
  const open = new Map<string, { trait: Trait; cases: Differing[] }>();
  for (const one of differing) for (const trait of one.traits) open.set(nameOf(trait), { trait, cases: [...(open.get(nameOf(trait))?.cases ?? []), one] });
  for (const [name, { trait, cases }] of open) {
    const left = cases.filter(({ one, number }) => {
      const known = causes.find(
        ({ cause, cases: shown }) => explains(cause, one, trait, material) || (shown.includes(number) && cause.traits.some((other) => nameOf(other) === name)),
      );
      if (known !== undefined && !known.cases.includes(number)) known.cases.push(number);
      return known === undefined;
    });
    if (left.length === 0) continue;
    const numbers = left.map(({ number }) => number);
    if (found.findings.length >= MOST_FINDINGS || signal?.aborted === true) {
      found.unexamined.push({ cases: numbers, what: name });
      continue;
    }
    report(`looking closer at ${name}`);
    const examined = await examine(trait, left, { sides, material, origin });
    if ('unconfirmed' in examined) {
      found.unconfirmed.push({ cases: numbers, what: name, why: examined.unconfirmed });
      continue;
    }
    const of = examined.finding.cases;
    of.push(...numbers);
    causes.push({ cause: examined.cause, cases: of });
    found.findings.push({ ...examined.finding, name: unused(examined.finding.name, found.findings) });
  }
  for (const { cases } of causes) cases.sort((a, b) => a - b);
  return found;
}

function unused(name: string, others: readonly { name: string }[]): string {
  const same = others.filter((other) => other.name.replace(/-\d+$/, '') === name || other.name === name).length;
  return same === 0 ? name : `${name}-${same + 1}`;
}

function troubleOf({ comparisons }: ScenarioParity): string[] {
  return comparisons.flatMap(({ subject, note }) => (subject === 'scenario' && note !== undefined ? [note] : []));
}

function acceptancesOf(compared: readonly { number: number; one: Case; seen: Seen }[], accepted: readonly { id: string; reason: string }[]): Exploration['acceptances'] {
  return accepted.flatMap(({ id, reason }) => {
    const cases = compared.filter(({ seen: { parity } }) => parity.comparisons.some((one) => one.accepted === id)).map(({ number }) => number);
    return cases.length === 0 ? [] : [{ id, reason, cases }];
  });
}
