import type { Parity } from '../../parity/index.ts';

const VERDICTS: Readonly<Record<Parity['verdict'], string>> = {
  same: 'behaves as',
  'same but accepted differences': 'behaves, but for accepted differences, as',
  different: 'does not behave as',
  indeterminate: 'cannot be said to behave as',
};

/** `postfix does not behave as exim`. */
export function verdictOf(parity: Parity): string {
  return `${parity.candidate.variant} ${VERDICTS[parity.verdict]} ${parity.reference.variant}`;
}

/** What the comparison says nothing about. */
export function untouched(parity: Parity): string[] {
  const uncovered = parity.requirements.filter((requirement) => requirement.class === 'not covered');
  return [
    ...(parity.trees?.uncompared ?? []).map(({ scenario, file, line, state, why }) => `${scenario} (${file}:${line}): ${state}, ${why}`),
    ...parity.scenarios.flatMap((scenario) => scenario.notCompared.map((why) => `${scenario.scenario} (${scenario.file}:${scenario.line}): ${why}`)),
    ...uncovered.map(({ id, text, untested }) =>
      untested === undefined ? `requirement ${id}, which no scenario covers: ${text}` : `requirement ${id}, which cannot be tested: ${untested}`,
    ),
    ...parity.requirements.flatMap((one) => (one.untested === undefined || one.class === 'not covered' ? [] : [`part of requirement ${one.id}: ${one.untested}`])),
  ];
}

export function accounted(parity: Parity): string {
  const covered = parity.requirements.filter((requirement) => requirement.class !== 'not covered').length;
  return `${covered} of ${parity.requirements.length} requirements are covered by compared scenarios.`;
}
