import { existsSync } from 'node:fs';
import path from 'node:path';
import { readScenarioFile, type SelectedProject, type SelectionOptions, selectScenarios } from '../../runner/index.ts';
import type { WorldModel } from '../../world/index.ts';
import type { UncomparedScenario } from './model.ts';

/** The scenarios of one variant of a world that can be laid beside one another. */
export interface ScenarioSets {
  /** Titles; a scenario that moved to another file or line is the same. */
  both: Set<string>;
  /** `FILE:LINE`, relative to the root; head's. */
  targets: string[];
  uncompared: Omit<UncomparedScenario, 'world'>[];
}

export interface SetsOptions {
  head: { root: string; project: SelectedProject };
  base: { root: string; model: WorldModel };
  /** Base's hosts in head's surroundings: what head's text has to fit. */
  staged: WorldModel;
  filters: Pick<SelectionOptions, 'name' | 'tags' | 'covers'>;
  /** The whole world was asked for, not some of its files. */
  whole: boolean;
}

/** Which scenarios are in both trees, by their titles, and why the others are not compared. */
export function scenarioSets({ head, base, staged, filters, whole }: SetsOptions): ScenarioSets {
  const theirs = head.project.files.flatMap(({ file, source, tests }) => tests.map(({ title, line }) => ({ title, line, file: relative(head.root, file), source })));
  const ours = selectScenarios({ ...filters, root: base.root, targets: [base.model.dir], variants: [base.model.variant] }).flatMap(({ files }) =>
    files.flatMap(({ file, tests }) => tests.map(({ title, line }) => ({ title, line, file: relative(base.root, file) }))),
  );
  const inBase = new Set(ours.map(({ title }) => title));
  const inHead = new Set(theirs.map(({ title }) => title));
  const unfit = new Map<string, string>();
  for (const { file, source } of theirs) {
    const copy = path.join(staged.root, file);
    if (unfit.has(file) || !existsSync(copy)) continue;
    const [problem] = readScenarioFile(copy, source, staged).diagnostics;
    if (problem !== undefined) unfit.set(file, `line ${problem.line}: ${problem.message}`);
  }
  const uncompared: Omit<UncomparedScenario, 'world'>[] = [];
  const compared: typeof theirs = [];
  for (const one of theirs) {
    const place = { scenario: one.title, file: one.file, line: one.line };
    const problem = unfit.get(one.file);
    if (!inBase.has(one.title)) uncompared.push({ ...place, state: 'added', why: 'it is only in head' });
    else if (problem !== undefined) uncompared.push({ ...place, state: 'cannot run on base', why: `head's ${one.file} does not fit the hosts of base: ${problem}` });
    else compared.push(one);
  }
  const asked = new Set(theirs.map(({ file }) => file));
  for (const { title, file, line } of ours) {
    if (!inHead.has(title) && (whole || asked.has(file))) uncompared.push({ scenario: title, file, line, state: 'removed', why: 'it is only in base' });
  }
  return { both: new Set(compared.map(({ title }) => title)), targets: [...new Set(compared.map(({ file, line }) => `${file}:${line}`))], uncompared };
}

const relative = (root: string, file: string): string => path.relative(root, file).split(path.sep).join('/');
