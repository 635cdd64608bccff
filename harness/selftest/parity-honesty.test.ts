import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { messageOf } from '../base/index.ts';
import type { Comparison, Parity, ScenarioParity } from '../parity/index.ts';
import { parityMarkdown } from '../report/parity/parity-md.ts';
import { matches } from '../scenario/index.ts';
import { NOISY, PLANTED, type Planted, SAME } from './planted/index.ts';
import { Field } from './planting.ts';
import { makeProject, type Project } from './project.ts';

const DEADLINE_MS = 400_000;

let project: Project;
const compared = new Map<string, Parity>();
const failed = new Map<string, unknown>();
beforeAll(async () => {
  project = makeProject('honesty');
  await Promise.all((['exim', 'postfix'] as const).map(compareAll));
}, DEADLINE_MS);
afterAll(() => project?.remove());

/** Everything that is planted on one variant, in one instance. */
async function compareAll(variant: Planted['variant']): Promise<void> {
  await using field = await Field.open(project.root, variant);
  for (const planted of [...PLANTED, ...SAME, ...NOISY].filter((one) => one.variant === variant)) {
    await field.compare(planted).then(
      (parity) => compared.set(planted.name, parity),
      (error) => failed.set(planted.name, error),
    );
  }
}

function parityOf(name: string): Parity & { scenario: ScenarioParity } {
  const parity = compared.get(name);
  const [scenario] = parity?.scenarios ?? [];
  if (parity === undefined || scenario === undefined) throw new Error(`nothing was compared: ${messageOf(failed.get(name))}`, { cause: failed.get(name) });
  return { ...parity, scenario };
}

const shown = ({ subject, field, reference, candidate }: Comparison): string => `${subject}, ${field}: ${reference ?? 'absent'} -> ${candidate ?? 'absent'}`;
const ofClass = ({ comparisons }: ScenarioParity, wanted: Comparison['class']): string[] => comparisons.filter((one) => one.class === wanted).map(shown);

/** The patterns in the place of what fits them, so that a failure shows what does not. */
function fitted(actual: readonly string[], patterns: readonly string[]): string[] {
  return actual.map((text) => patterns.find((pattern) => matches(pattern, text)) ?? text);
}

describe('a difference that was planted is called different, in the right field, and nothing else is', () => {
  test.each(PLANTED)('$name ($variant)', ({ name, differs, notCompared = [] }) => {
    const { verdict, scenario, ...parity } = parityOf(name);
    const notes = scenario.comparisons.flatMap(({ note }) => note ?? []).join('\n');
    expect(fitted(ofClass(scenario, 'different'), differs), notes).toEqual(differs);
    expect(scenario.notCompared).toEqual(notCompared);
    expect(ofClass(scenario, 'indeterminate')).toEqual([]);
    expect(verdict).toBe('different');
    const report = parityMarkdown({ ...parity, verdict }, 'digest');
    for (const one of scenario.comparisons.filter(({ class: of }) => of === 'different')) expect(report).toContain(`${one.subject}, ${one.field}`.replace(/[<>_*]/g, '\\$&'));
  });
});

describe('what is the same in other words is not called different', () => {
  test.each(SAME)('$name ($variant)', ({ name, differs }) => {
    const { verdict, scenario } = parityOf(name);
    expect(ofClass(scenario, 'different')).toEqual([]);
    expect(ofClass(scenario, 'indeterminate')).toEqual([]);
    expect(verdict).toBe('same');
    // It is shown all the same.
    expect(ofClass(scenario, 'equivalent')).toEqual(expect.arrayContaining(differs.map((pattern) => expect.stringMatching(pattern))));
  });
});

describe('what the reference itself does not do twice alike is noise, neither the same nor different', () => {
  test.each(NOISY)('$name ($variant)', ({ name, differs }) => {
    const { verdict, scenario } = parityOf(name);
    expect(fitted(ofClass(scenario, 'indeterminate'), differs)).toEqual(differs);
    expect(ofClass(scenario, 'different')).toEqual([]);
    expect(scenario.comparisons.filter((one) => one.class === 'indeterminate').map((one) => one.note)).toEqual(
      differs.map(() => expect.stringMatching(/^noise: the reference itself varies/)),
    );
    expect(verdict).toBe('indeterminate');
  });
});
