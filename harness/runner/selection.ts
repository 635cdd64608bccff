import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, MailproofError, nearest } from '../base/index.ts';
import type { ElsewhereScenario } from '../scenario/index.ts';
import { findWorlds, loadWorld, ordinaryWorlds, type WorldModel } from '../world/index.ts';
import { readScenarioFile, SCENARIO_SUFFIX, shownPath } from './vite/plugin.ts';
import type { ModuleTest } from './vite/scenario-module.ts';

export interface SelectionOptions {
  root: string;
  /** Told of worlds that are left out since they are drafts. */
  tell?: (line: string) => void;
  /** `WORLD`, folder, scenario file, or `FILE:LINE`; every world of the root when empty. */
  targets: readonly string[];
  /** Variants to run; those that each world marks as default unless told. */
  variants?: readonly string[];
  /** Scenarios that do not run on each of these variants as well are left out. */
  alsoOn?: readonly string[];
  /** Regular expression that a title must match. */
  name?: string;
  /** Any of these tags. */
  tags?: readonly string[];
  /** Any of these requirements. */
  covers?: readonly string[];
}

export interface SelectedFile {
  /** Absolute path. */
  file: string;
  source: string;
  tests: ModuleTest[];
  /** How many scenarios the file holds in all. */
  total: number;
  diagnostics: Diagnostic[];
  /** The file's name in messages. */
  shown: string;
}

/** One Vitest project: one variant of one world, with what is to be run in it. */
export interface SelectedProject {
  /** `starter/exim`. */
  name: string;
  model: WorldModel;
  files: SelectedFile[];
  /** Scenarios of these files that run on other variants only. */
  elsewhere: (ElsewhereScenario & { file: string })[];
  /** Those that were left out because another variant that was asked for does not have them. */
  leftOut: (Pick<ModuleTest, 'title' | 'line' | 'covers'> & { file: string })[];
}

/** Every scenario file of a world, in order of name. */
export function findScenarioFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(SCENARIO_SUFFIX) && !name.split(path.sep).includes('node_modules'))
    .map((name) => path.join(dir, name))
    .sort();
}

/**
 * What the targets and filters select, read and checked; what is wrong in a file are kept beside it.
 * @throws MailproofError NOT_FOUND for a target, USAGE for a name that is no regular expression; InputError for a world file
 */
export function selectScenarios(options: SelectionOptions): SelectedProject[] {
  const wanted = resolveTargets(options);
  const matches = matcher(options);
  const projects: SelectedProject[] = [];
  for (const [dir, files] of wanted) {
    // A scenario that is written once for each variant, under one title, is one scenario.
    const others = (options.alsoOn ?? []).map((variant) => {
      const model = loadWorld(dir, variant, options.root);
      return new Set([...files.keys()].flatMap((file) => selectIn(file, undefined, model, matches).selected.tests.map(({ title }) => `${file}\n${title}`)));
    });
    const shared = (file: SelectedFile, { title }: ModuleTest): boolean => others.every((titles) => titles.has(`${file.file}\n${title}`));
    const variants = options.variants ?? loadWorld(dir, undefined, options.root).defaultVariants;
    for (const variant of variants) {
      const model = loadWorld(dir, variant, options.root);
      const read = [...files].map(([file, lines]) => selectIn(file, lines, model, matches));
      const chosen = read.map(({ selected: file }) => ({ ...file, tests: file.tests.filter((test) => shared(file, test)) }));
      const selected = chosen.filter(({ tests, diagnostics }) => tests.length > 0 || diagnostics.length > 0);
      const leftOut = read.flatMap(({ selected: file }) =>
        file.tests.filter((test) => !shared(file, test)).map(({ title, line, covers }) => ({ title, line, covers, file: file.shown })),
      );
      if (selected.length > 0 || options.alsoOn !== undefined)
        projects.push({ name: `${model.name}/${variant}`, model, files: selected, elsewhere: read.flatMap(({ elsewhere }) => elsewhere), leftOut });
    }
  }
  return projects;
}

/**
 * One of several parts of what was selected, `2/5` the second of five: every fifth scenario, so that each part has its share
 * of long ones. (Vitest's own sharding takes whole files, and only where it looks for them itself.)
 * @throws MailproofError USAGE
 */
export function shardOf(projects: readonly SelectedProject[], shard: string): SelectedProject[] {
  const [part = 0, of = 0] =
    shard
      .match(/^(\d+)\/(\d+)$/)
      ?.slice(1)
      .map(Number) ?? [];
  if (!(part >= 1 && part <= of)) throw new MailproofError('USAGE', `"${shard}" is not a part of the suite`, { hint: 'the second of five parts: --shard 2/5' });
  let index = 0;
  const own = <T>(tests: readonly T[]): T[] => tests.filter(() => index++ % of === part - 1);
  return projects
    .map((project) => ({ ...project, files: project.files.map((file) => ({ ...file, tests: own(file.tests) })).filter((file) => file.tests.length > 0) }))
    .filter((project) => project.files.length > 0);
}

type Lines = number[] | undefined;

function resolveTargets({ root, targets, tell }: SelectionOptions): Map<string, Map<string, Lines>> {
  const wanted = new Map<string, Map<string, Lines>>();
  const add = (dir: string, file: string, line?: number): void => {
    const files = wanted.get(dir) ?? new Map<string, Lines>();
    const before = files.get(file);
    // A file named without a line is wanted whole, whatever else was said of it.
    files.set(file, line === undefined || (files.has(file) && before === undefined) ? undefined : [...(before ?? []), line]);
    wanted.set(dir, files);
  };
  const worlds = findWorlds(root);
  const names = targets.length > 0 ? targets : ordinaryWorlds(root, tell).map(({ dir }) => dir);
  for (const target of names) {
    const [, bare = target, line] = target.match(/^(.*?)(?::(\d+))?$/) ?? [];
    const world = worlds.find(({ name }) => name === bare);
    const place = world?.dir ?? [path.resolve(bare), path.resolve(root, bare)].find((candidate) => existsSync(candidate));
    if (place === undefined) {
      const meant = nearest(
        bare,
        worlds.map(({ name }) => name),
      );
      throw new MailproofError('NOT_FOUND', `"${target}" is neither a world, a folder nor a scenario file`, {
        hint: meant === undefined ? `worlds here: ${worlds.map(({ name }) => name).join(', ') || 'none'}` : `did you mean "${meant}"?`,
      });
    }
    if (statSync(place).isFile()) {
      if (!place.endsWith(SCENARIO_SUFFIX)) throw new MailproofError('USAGE', `${bare} is not a scenario file`, { hint: `their names end in ${SCENARIO_SUFFIX}` });
      add(worldOf(place), place, line === undefined ? undefined : Number(line));
    } else {
      const files = findScenarioFiles(place);
      if (files.length === 0) throw new MailproofError('NOT_FOUND', `no scenario in ${path.relative(root, place) || place}`, { hint: `their names end in ${SCENARIO_SUFFIX}` });
      for (const file of files) add(worldOf(file), file);
    }
  }
  return wanted;
}

/** The nearest folder above with a world.yaml. */
function worldOf(file: string): string {
  for (let dir = path.dirname(file); ; dir = path.dirname(dir)) {
    if (existsSync(path.join(dir, 'world.yaml'))) return dir;
    if (dir === path.dirname(dir)) throw new MailproofError('NOT_FOUND', `${file} belongs to no world`, { hint: 'put it into a folder of scenarios/ that has a world.yaml' });
  }
}

function selectIn(file: string, lines: Lines, model: WorldModel, matches: (test: ModuleTest) => boolean): { selected: SelectedFile; elsewhere: SelectedProject['elsewhere'] } {
  const source = readFileSync(file, 'utf8');
  const { tests, elsewhere, diagnostics } = readScenarioFile(file, source, model);
  const starts = [...tests, ...elsewhere].map(({ line }) => line);
  // A line before the first scenario is of the first one.
  const wanted = lines?.map((line) => Math.max(Math.min(...starts), ...starts.filter((start) => start <= line)));
  const selected = tests.filter((test) => matches(test) && (wanted === undefined || wanted.includes(test.line)));
  const shown = shownPath(file);
  return { selected: { file, source, tests: selected, total: tests.length, diagnostics, shown }, elsewhere: elsewhere.map((one) => ({ ...one, file: shown })) };
}

function matcher({ name, tags, covers }: SelectionOptions): (test: ModuleTest) => boolean {
  let pattern: RegExp | undefined;
  try {
    pattern = name === undefined ? undefined : new RegExp(name, 'i');
  } catch (cause) {
    throw new MailproofError('USAGE', `"${name}" is not a regular expression`, { cause, hint: 'escape characters such as ( and [ with a backslash' });
  }
  const anyOf = (wanted: readonly string[] | undefined, has: readonly string[]) => wanted === undefined || wanted.length === 0 || wanted.some((one) => has.includes(one));
  return (test) => (pattern === undefined || pattern.test(test.title)) && anyOf(tags, test.tags) && anyOf(covers, test.covers);
}
