import type { AttemptRecord } from '../../scenario/index.ts';
import { type Case, describeCase, shortened } from './case.ts';
import { expectedOf } from './expectation.ts';
import type { Material } from './material.ts';
import type { Finding, FoundDifference } from './model.ts';
import { shrink, smallerCases } from './shrink.ts';
import type { Seen, Sides } from './sides.ts';
import { scenarioYaml } from './to-scenario.ts';
import { type Cause, isPlainKind, nameOf, type Trait, traitsOf } from './traits.ts';

/** A case that differs, with its number, from 1. */
export interface Differing {
  number: number;
  one: Case;
  traits: readonly Trait[];
}

/** Cases of one way to differ that are tried before it is given up as chance. */
const MOST_TRIES = 3;

export type Examined = { finding: Finding; cause: Cause } | { unconfirmed: string };

/** Sees whether a difference is there when nothing else runs, and makes the smallest message of it. */
export async function examine(trait: Trait, differing: readonly Differing[], { sides, material, origin }: { sides: Sides; material: Material; origin: string }): Promise<Examined> {
  const bySize = differing.toSorted((a, b) => sizeOf(a.one) - sizeOf(b.one));
  let why = 'it was not run again';
  for (const { one, number } of bySize.slice(0, MOST_TRIES)) {
    const confirmed = await sides.alone(one);
    if (confirmed === undefined) break;
    const has = (seen: Seen | undefined): boolean =>
      seen !== undefined && traitsOf(seen.parity, material).some(({ what, kind }) => what === trait.what && (kind === trait.kind || isPlainKind(kind, material)));
    if (!has(confirmed)) {
      const noise = confirmed.parity.comparisons.find((comparison) => comparison.noise !== undefined);
      why = noise === undefined ? 'it is not there when the case runs alone' : `noise: the reference does not do it twice alike (${noise.subject}, ${noise.field})`;
      continue;
    }
    const { smallest, tried } = await shrink(
      one,
      (current) => smallerCases(current, material),
      async (some) => (await sides.together(some)).map(has),
    );
    // A smaller one that differed beside others must do so alone, and against two runs of the reference.
    const last = smallest === one ? confirmed : await sides.alone(smallest);
    const [kept, seen] = last !== undefined && has(last) ? [smallest, last] : [one, confirmed];
    return { cause: { smallest: kept, traits: traitsOf(seen.parity, material) }, finding: await toFinding(trait, { kept, seen, tried, number }, { sides, origin }) };
  }
  return { unconfirmed: why };
}

const sizeOf = (one: Case): number => JSON.stringify(one).length + (one.message !== undefined && 'size' in one.message ? one.message.size : 0);

async function toFinding(
  trait: Trait,
  { kept, seen, tried, number }: { kept: Case; seen: Seen; tried: number; number: number },
  { sides, origin }: { sides: Sides; origin: string },
): Promise<Finding> {
  const { comparisons } = seen.parity;
  const differences = comparisons
    .filter((one) => one.class === 'different')
    .map(({ subject, field, reference, candidate, note }): FoundDifference => ({ subject, field, reference, candidate, ...(note === undefined ? {} : { note }) }));
  const accepted = [...new Set(comparisons.flatMap((one) => one.accepted ?? []))];
  const [attempt] = seen.reference.attempts;
  const name = slugOf(nameOf(trait));
  const title = `${capital(describeCase(kept))}: ${endsOf(attempt)}`;
  const comment = [`# Found by ${origin}, case ${number}. On ${sides.candidate.model.variant}:`, ...differences.map((one) => `#   ${showDifference(one)}`)];
  const yaml = `${comment.join('\n')}\n${scenarioYaml(kept, title, attempt === undefined ? undefined : expectedOf(attempt, differences))}`;
  const proof = await sides.prove({ file: `${name}.scenario.yaml`, yaml });
  return { name, smallest: describeCase(kept), differences, accepted, cases: [], tried, yaml, proof };
}

/** `step 1: reply to RCPT TO:<x@y>, code: 554 -> 550`, on one line. */
export function showDifference({ subject, field, reference = 'absent', candidate = 'absent' }: FoundDifference): string {
  const plain = (value: string): string => JSON.stringify(shortened(value, 120)).slice(1, -1);
  return `${shortened(subject, 120)}, ${field}: ${plain(reference)} -> ${plain(candidate)}`;
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** What came of it on the reference, in a few words. */
function endsOf(attempt: AttemptRecord | undefined): string {
  const outcomes = attempt?.observation.outcomes.flatMap(({ outcomes: list }) => list) ?? [];
  const ends = outcomes.map(({ kind, place, reply }) => (reply === undefined ? `${kind} ${kind === 'delivered' ? 'to' : 'at'} ${place}` : `${kind} with ${reply.code}`));
  return ends.length === 0 ? 'nothing comes of it' : [...new Set(ends)].join(', ');
}

function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/%/g, ' percent ')
    .replace(/!/g, ' bang ')
    .replace(/@/g, ' at ')
    .replace(/\+/g, ' plus ')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 90);
}
