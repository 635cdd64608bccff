import type { Parity } from '../../parity/index.ts';
import { plural } from '../words.ts';

const VERDICTS: Readonly<Record<Parity['verdict'], string>> = {
  same: 'behaves as',
  'same but accepted differences': 'behaves, but for accepted differences, as',
  different: 'does not behave as',
  indeterminate: 'cannot be said to behave as',
};

/** `postfix does not behave as exim`. */
export function verdictOf(parity: { verdict: Parity['verdict']; reference: { variant: string }; candidate: { variant: string } }): string {
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

/** What the verdict is about. */
export function scopeOf(parity: Parity): string {
  const { reference, candidate, scenarios, worlds } = parity;
  return `${plural(scenarios.length, 'scenario')} of ${worlds.join(', ') || 'no world'}, run twice on ${reference.variant} (the reference) and once on ${candidate.variant} (the candidate)`;
}

/** What differed between the two runs of the reference. */
export function noiseOf(parity: Parity): { scenario: string; what: string; first: string; second: string; candidate: string }[] {
  return parity.scenarios.flatMap(({ scenario, comparisons }) =>
    comparisons.flatMap(({ subject, field, reference, candidate, noise }) =>
      noise === undefined
        ? []
        : [{ scenario, what: `${subject}, ${field}`, first: reference ?? '(absent)', second: noise.second ?? '(absent)', candidate: candidate ?? '(absent)' }],
    ),
  );
}

/** `code` for the second code of a thing, `code (2)`. */
const plainly = (field: string): string => field.replace(/ \(\d+\)$/, '');

/** So many different values of one acceptance are shown. */
const VALUES_SHOWN = 8;

/** What each accepted difference stands for: its values, the most frequent first, since who signs it signs these. */
export function acceptedValues(parity: Parity): { id: string; what: string; reference: string; candidate: string; times: string }[] {
  const accepted = parity.scenarios.flatMap(({ comparisons }) => comparisons.filter((one) => one.accepted !== undefined));
  return parity.acceptances.flatMap(({ id }) => {
    const groups = Map.groupBy(
      accepted.filter((one) => one.accepted === id),
      ({ field, reference, candidate }) => JSON.stringify([plainly(field), reference, candidate]),
    );
    const rows = [...groups].toSorted(([, a], [, b]) => b.length - a.length);
    const shown = rows
      .slice(0, VALUES_SHOWN)
      .flatMap(([, [first, ...more]]) =>
        first === undefined
          ? []
          : [{ id, what: plainly(first.field), reference: first.reference ?? '(absent)', candidate: first.candidate ?? '(absent)', times: String(1 + more.length) }],
      );
    const more = rows.slice(VALUES_SHOWN);
    const rest = more.reduce((sum, [, { length }]) => sum + length, 0);
    return more.length === 0 ? shown : [...shown, { id, what: `${plural(more.length, 'further value')}, in parity.json`, reference: '', candidate: '', times: String(rest) }];
  });
}

/** Both sides' hosts, those of one name beside each other. */
export function machinesOf(parity: Parity): { side: string; world: string; host: string; image: string; versions: string; hash: string }[] {
  const all = (['reference', 'candidate'] as const).flatMap((side) =>
    parity[side].hosts.map(({ world, host, image, release, versions, hash }) => ({ side, world, host, image: `${image} (${release})`, versions: versions.join(', '), hash })),
  );
  return all.toSorted((a, b) => a.world.localeCompare(b.world) || a.host.localeCompare(b.host));
}

/** Who signs, and for what. */
export const SIGNATURES = ['for the reference', 'for the candidate', 'for the users of the mail system'] as const;
