import { existsSync } from 'node:fs';
import path from 'node:path';
import { MailproofError } from '../../base/index.ts';
import { openEngine } from '../../engine/index.ts';
import { mergeResults, type RunOptions, refuseProblems, runScenarios, type SelectedProject, selectScenarios } from '../../runner/index.ts';
import type { ListedAddress, Results } from '../../scenario/index.ts';
import { checkServers, findWorlds, loadWorld, type WorldModel } from '../../world/index.ts';
import { compareRuns, type Side } from '../compare-runs.ts';
import { configurationHash, hostsOfSide } from '../configuration-hash.ts';
import type { Parity } from '../model.ts';
import { BaseProject } from './base-project.ts';
import { changesBetween } from './configuration.ts';
import { type Naming, named, noResults, sideBySide } from './labels.ts';
import type { ConfigurationChange, Tree, UncomparedScenario } from './model.ts';
import { probe } from './probe.ts';
import { type ScenarioSets, scenarioSets } from './scenario-sets.ts';
import { tell } from './tell.ts';
import { treeOf } from './tree.ts';

export interface TreesOptions extends Pick<RunOptions, 'name' | 'tags' | 'covers' | 'retries' | 'lanes' | 'workers' | 'keep' | 'listeners' | 'signal'> {
  /** Folders that each hold a project. */
  base: string;
  head: string;
  /** Worlds, folders and scenario files of head; all unless told. */
  targets?: readonly string[];
  /** The default ones of each world unless told. */
  variant?: string;
  /** Each gets one message on both sides. */
  addresses?: readonly ListedAddress[];
}

export interface TreesRun {
  parity: Parity;
  /** What was run of both sides; undefined when nothing had to be. */
  runs?: Results;
}

/** One variant of one world whose configuration differs. */
interface Unit {
  /** What it is called in the report. */
  world: string;
  head: WorldModel;
  base: WorldModel;
  /** Base's hosts in head's surroundings. */
  staged: WorldModel;
  sets: ScenarioSets;
  /** Hosts whose configuration differs. */
  hosts: Set<string>;
}

interface Plan {
  base: Tree;
  head: Tree;
  units: Unit[];
  changes: ConfigurationChange[];
  notes: string[];
  uncompared: UncomparedScenario[];
  /** Worlds, or variants of them, whose configuration is the same. */
  same: number;
}

/**
 * Runs head's scenarios on the hosts of both trees, base a second time, and compares. What has the same configuration in both is not run.
 * @throws InputError for mistakes in files; MailproofError INPUT when a server refuses its configuration, NOT_FOUND, USAGE, and as `runScenarios`
 */
export async function runTrees(options: TreesOptions): Promise<TreesRun> {
  const [base, head] = [treeOf('base', options.base), treeOf('head', options.head)];
  const projects = selectHead(options, head.folder);
  refuseProblems(projects);
  const inBase = new Set(findWorlds(base.folder).map(({ name }) => name));
  const stage = new BaseProject(
    base.folder,
    head.folder,
    [...new Set(projects.map(({ model }) => folderName(model)))].filter((name) => inBase.has(name)),
  );
  try {
    const plan = planOf(options, { base, head, projects, inBase, stage });
    await refuseBroken(plan.units, options);
    const passes = { base: [] as Results[], head: [] as Results[], second: [] as Results[] };
    for (const unit of plan.units) {
      for (const [pass, side] of [
        ['base', 'base'],
        ['head', 'head'],
        ['second', 'base'],
      ] as const) {
        options.signal?.throwIfAborted();
        passes[pass].push(await runSide(unit, side, pass, options));
      }
    }
    const results = { base: merged(passes.base), head: merged(passes.head), second: merged(passes.second) };
    const hashOf = (side: 'base' | 'head'): string => configurationHash(plan.units.map((unit) => unit[side]));
    const sideOf = (side: 'base' | 'head', of: Results): Side => ({
      variant: side,
      hash: hashOf(side),
      results: of,
      hosts: plan.units.flatMap((unit) => unit[side].hosts),
      machines: hostsOfSide(
        plan.units.map((unit) => unit[side]),
        of,
      ),
    });
    const compared = compareRuns({
      referenceA: sideOf('base', results.base),
      referenceB: sideOf('base', results.second),
      candidate: sideOf('head', results.head),
      partial: true,
      today: new Date().toISOString().slice(0, 10),
    });
    const { units, same, ...rest } = plan;
    const parity = tell(compared, rest, results, same > 0);
    return units.length === 0 ? { parity } : { parity, runs: sideBySide(results.base, results.head) };
  } finally {
    stage.remove();
  }
}

const folderName = (model: WorldModel): string => path.basename(model.dir);

/** @throws MailproofError NOT_FOUND when nothing is selected */
function selectHead({ targets = [], variant, name, tags, covers }: TreesOptions, root: string): SelectedProject[] {
  const variants = variant === undefined ? {} : { variants: [variant] };
  const having = findWorlds(root).filter(({ dir }) => variant === undefined || loadWorld(dir, undefined, root).variants.includes(variant));
  // A file is meant as it is in head, also when the command is given somewhere else.
  const inHead = targets.map((target) => (existsSync(path.resolve(root, target.replace(/:\d+$/, ''))) ? path.resolve(root, target) : target));
  const selected = selectScenarios({ root, ...variants, ...filtersOf({ name, tags, covers }), targets: inHead.length > 0 ? inHead : having.map((world) => world.name) });
  if (selected.length === 0) throw new MailproofError('NOT_FOUND', 'no scenario of head was selected', { hint: 'look at the filters: name, --tag, --covers, line' });
  return selected;
}

type Filters = Pick<RunOptions, 'name' | 'tags' | 'covers'>;

function filtersOf({ name, tags, covers }: { [K in keyof Filters]: Filters[K] | undefined }): Filters {
  return { ...(name === undefined ? {} : { name }), ...(tags === undefined ? {} : { tags }), ...(covers === undefined ? {} : { covers }) };
}

interface Sides {
  base: Tree;
  head: Tree;
  projects: readonly SelectedProject[];
  inBase: ReadonlySet<string>;
  stage: BaseProject;
}

/** What has to be run, and why the rest has not. */
function planOf(options: TreesOptions, { base, head, projects, inBase, stage }: Sides): Plan {
  const plan: Plan = { base, head, units: [], changes: [], notes: [...stage.notes], uncompared: [], same: 0 };
  for (const project of projects) {
    const { model } = project;
    const folder = folderName(model);
    const several = projects.filter((other) => other.model.dir === model.dir).length > 1;
    const world = several ? `${model.name}/${model.variant}` : model.name;
    const baseDir = path.join(base.folder, 'scenarios', folder);
    if (!inBase.has(folder)) plan.notes.push(`${world} was not run: base has no such world`);
    else if (!loadWorld(baseDir, undefined, base.folder).variants.includes(model.variant)) plan.notes.push(`${world} was not run: the variant ${model.variant} is only in head`);
    else {
      const ours = loadWorld(baseDir, model.variant, base.folder);
      const staged = loadWorld(stage.dirOf(folder), model.variant, stage.root);
      const whole = !(options.targets ?? []).some((target) => /\.scenario\.yaml(?::\d+)?$/.test(target));
      const sets = scenarioSets({
        head: { root: head.folder, project },
        base: { root: base.folder, model: ours },
        staged,
        filters: filtersOf({ ...noFilters, ...options }),
        whole,
      });
      plan.uncompared.push(...sets.uncompared.map((one) => ({ ...one, world })));
      const changes = changesBetween(staged, model);
      addChanges(plan.changes, changes, world);
      if (changes.length > 0) plan.units.push({ world, head: model, base: ours, staged, sets, hosts: new Set(changes.map((change) => change.host)) });
      else {
        plan.same++;
        plan.notes.push(
          `${world} was not run: no configuration file of it differs${configurationHash([ours]) === configurationHash([model]) ? '' : ', its world.yaml only in what is around the hosts'}`,
        );
      }
    }
  }
  if ((options.targets ?? []).length === 0) {
    const inHead = new Set(findWorlds(head.folder).map(({ name }) => name));
    for (const name of inBase) if (!inHead.has(name)) plan.notes.push(`${name} was not run: head has no such world`);
  }
  return plan;
}

const noFilters = { name: undefined, tags: undefined, covers: undefined };

/** Variants share most hosts: a change of one of these is told once. */
function addChanges(known: ConfigurationChange[], changes: readonly Omit<ConfigurationChange, 'worlds'>[], world: string): void {
  for (const change of changes) {
    const same = known.find((one) => one.host === change.host && one.file === change.file && one.diff === change.diff && one.change === change.change);
    if (same === undefined) known.push({ worlds: [world], ...change });
    else same.worlds.push(world);
  }
}

/** Asks the servers of changed hosts about their configuration, before anything is started. @throws MailproofError INPUT */
async function refuseBroken(units: readonly Unit[], options: TreesOptions): Promise<void> {
  if (units.length === 0) return;
  const report = reporter(options);
  const engine = await openEngine(report);
  const hosts = new Set(units.flatMap((unit) => [...unit.hosts]));
  const only = ({ name }: { name: string }): boolean => hosts.has(name);
  const said = await Promise.all(
    (['base', 'head'] as const).map(async (side) => {
      const checks = await checkServers(
        units.map((unit) => (side === 'base' ? unit.staged : unit.head)),
        { engine, report, only },
      );
      return checks
        .filter(({ ok }) => !ok)
        .map(({ world, variants, host, image, output }) => `${side}: ${host} (${image}) of ${world}/${variants.join(',')} refuses its configuration:\n${output}`);
    }),
  );
  const refused = said.flat();
  if (refused.length > 0) throw new MailproofError('INPUT', refused.join('\n'), { hint: 'mailproof check says the same in that tree; nothing was run' });
}

function reporter({ listeners = [] }: TreesOptions): (line: string) => void {
  return (line) => {
    for (const listener of listeners) listener.line?.(line);
  };
}

async function runSide(unit: Unit, side: 'base' | 'head', pass: string, options: TreesOptions): Promise<Results> {
  const { sets, world } = unit;
  const model = side === 'base' ? unit.staged : unit.head;
  const { retries, lanes, workers, keep, listeners, signal, addresses = [] } = options;
  const report = reporter(options);
  report(`${world}: ${pass === 'second' ? 'base once more' : side}`);
  const given = Object.fromEntries(Object.entries({ retries, lanes, workers, keep, listeners, signal }).filter(([, value]) => value !== undefined));
  const results =
    sets.targets.length === 0
      ? noResults()
      : await runScenarios({ ...given, root: model.root, targets: sets.targets.map((target) => path.join(model.root, target)), variants: [model.variant] });
  const probed =
    addresses.length === 0
      ? []
      : await probe(model, addresses, { report, ...(signal === undefined ? {} : { signal }) }).catch((error: unknown) => {
          throw error instanceof MailproofError
            ? new MailproofError(error.code, `${side}: ${error.message}`, { cause: error, ...(error.hint === undefined ? {} : { hint: error.hint }) })
            : error;
        });
  const naming: Naming = { side, world, root: model.root };
  return named(results, naming, sets.both, probed);
}

function merged([first, ...more]: readonly Results[]): Results {
  return first === undefined ? noResults() : mergeResults(first, ...more);
}
