import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type SelectedProject, selectScenarios } from './selection.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const titles = (project: SelectedProject | undefined): string[] => (project?.files ?? []).flatMap(({ shown, tests }) => tests.map(({ title }) => `${shown} ${title}`));

test('what two variants are to be compared by runs on both, and the rest is named with the side that has it', () => {
  const variants = ['phase-a', 'phase-g'];
  const each = selectScenarios({ root, targets: ['migration'], variants });
  const [first, second] = selectScenarios({ root, targets: ['migration'], variants, alsoOn: variants });
  expect(titles(first)).toEqual(titles(second));
  expect(titles(first).length).toBeGreaterThan(50);
  const named = (project: SelectedProject | undefined): string[] => (project?.leftOut ?? []).map(({ file, title }) => `${file} ${title}`);
  expect([...titles(first), ...named(first)].sort()).toEqual(titles(each[0]).sort());
  expect([...titles(second), ...named(second)].sort()).toEqual(titles(each[1]).sort());
  expect(named(first)).toContain('scenarios/migration/way.scenario.yaml New exchangers come to be preferred, one domain before the others, and stand behind again');
});

test('a scenario that is written once for each variant, under one title, runs on both', () => {
  const variants = ['exim', 'postfix'];
  const projects = selectScenarios({ root, targets: ['wikimedia'], variants, alsoOn: variants });
  const title = 'scenarios/wikimedia/alias.scenario.yaml Files on the relay are no mailboxes, whatever an alias file says';
  expect(projects.map((project) => titles(project).filter((one) => one === title).length)).toEqual([1, 1]);
});

test('a line before the first scenario of a file means that one', () => {
  const [at1, at7] = ['1', '7'].map((line) => selectScenarios({ root, targets: [`scenarios/starter/traffic.scenario.yaml:${line}`], variants: ['exim'] })[0]);
  expect(titles(at1)).toHaveLength(1);
  expect(titles(at1)).toEqual(titles(at7));
});

test('a draft runs when it is named, and else says why it does not', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mailproof-draft-'));
  try {
    symlinkSync(path.join(root, 'fixtures'), path.join(folder, 'fixtures'));
    const own = path.join(folder, 'scenarios/starter');
    cpSync(path.join(root, 'scenarios/starter'), own, { recursive: true });
    cpSync(own, path.join(folder, 'scenarios/unready'), { recursive: true });
    const file = path.join(folder, 'scenarios/unready/world.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('world: starter', 'world: unready\ndraft: half of it is missing'));
    const said: string[] = [];
    const select = (targets: readonly string[]): string[] =>
      selectScenarios({ root: folder, targets, variants: ['exim'], name: 'Traffic', tell: (line) => said.push(line) }).map(({ model }) => model.name);
    expect(select([])).toEqual(['starter']);
    expect(said).toEqual(['unready is a draft, and not run unless it is named: half of it is missing']);
    expect(select(['unready'])).toEqual(['unready']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
