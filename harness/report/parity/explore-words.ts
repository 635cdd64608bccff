import { type Exploration, type Finding, showDifference } from '../../parity/index.ts';
import { plural } from '../words.ts';
import { verdictOf } from './words.ts';

const SHOWN = 6;

/** What a terminal is told of an exploration. */
export function explorationText(exploration: Exploration): string[] {
  const { world, reference, candidate, seed, cases, seconds, findings, acceptances, unconfirmed, unexamined, notCompared, verdict } = exploration;
  return [
    verdictOf({ verdict, reference: { variant: reference }, candidate: { variant: candidate } }),
    ...exploration.because.map((line) => `  ${line}`),
    `  ${plural(cases.compared, 'message')} of world ${world}, seed ${seed}, in ${seconds} s: ${cases.same} the same, ${cases.accepted} accepted, ${cases.different} different`,
    ...findings.flatMap((finding, index) => findingText(index + 1, finding, { reference, candidate })),
    ...section(
      'accepted:',
      acceptances.map((one) => `${one.id} (${plural(one.cases.length, 'message')}): ${one.reason}`),
    ),
    ...section(
      'not looked into:',
      unexamined.map((one) => `${one.what} (${plural(one.cases.length, 'message')}: ${numbers(one.cases)})`),
    ),
    ...section(
      'not confirmed:',
      unconfirmed.map((one) => `${one.what} (${numbers(one.cases)}): ${one.why}`),
    ),
    ...section(
      'not compared:',
      notCompared.map((one) => `${one.number}: ${one.smallest}: ${one.why}`),
    ),
  ];
}

function findingText(
  index: number,
  { smallest, differences, cases, file, proof, accepted }: Finding,
  { reference, candidate }: { reference: string; candidate: string },
): string[] {
  return [
    `${index}. ${smallest}`,
    ...differences.slice(0, SHOWN).map((one) => `     ${showDifference(one)}`),
    ...(differences.length > SHOWN ? [`     and ${differences.length - SHOWN} more`] : []),
    ...(accepted.length === 0 ? [] : [`     accepted besides: ${accepted.join(', ')}`]),
    `     shown by ${plural(cases.length, 'message')}: ${numbers(cases)}`,
    ...(file === undefined ? [] : [`     ${file}${proof.ok ? `: passes on ${reference}, fails on ${candidate}` : `: no proof, ${proof.why}`}`]),
  ];
}

const numbers = (cases: readonly number[]): string => `${cases.slice(0, 10).join(', ')}${cases.length > 10 ? ', ...' : ''}`;

const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)]);
