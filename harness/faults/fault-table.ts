import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, InputError, nearest, type Path, readYaml, type YamlSource } from '../base/index.ts';
import { readRequirements } from '../runner/index.ts';
import { matches } from '../scenario/index.ts';
import { readOverlays, toHubWorld, type WorldModel } from '../world/index.ts';
import type { Candidate } from './candidates.ts';
import { occurrences } from './change.ts';
import { type Change, type FaultYaml, faultsSchema } from './fault-schema.ts';

/** A host, or one service of it. */
export interface Part {
  host: string;
  service?: string;
}

/** A change for the worse of a world's configuration, and who must notice. */
export interface Fault {
  id: string;
  what: string;
  breaks: string[];
  changes: Change[];
  then: 'reload' | 'nothing' | 'new instance' | { restart: Part[] };
  candidates: Candidate[];
  /** Line of faults.yaml. */
  line: number;
}

export interface FaultTable {
  file: string;
  text: string;
  /** Those of this variant. */
  faults: Fault[];
  diagnostics: Diagnostic[];
}

/** `faults.yaml` of a world's folder, as it is for one variant; undefined when there is no such file. */
export function readFaults(model: WorldModel, candidates: readonly Candidate[]): FaultTable | undefined {
  const file = path.join(model.dir, 'faults.yaml');
  return existsSync(file) ? parseFaults(path.relative(process.cwd(), file) || file, readFileSync(file, 'utf8'), model, candidates) : undefined;
}

/** Reads a table of faults against its world; everything that is wrong is in `diagnostics`, and such faults are left out. */
export function parseFaults(file: string, text: string, model: WorldModel, candidates: readonly Candidate[]): FaultTable {
  const source = readYaml(file, text)[0];
  // An empty file is a table without a fault.
  if (source === undefined || (source.value === null && source.diagnostics.length === 0)) return { file, text, faults: [], diagnostics: [] };
  const checked = source.check(faultsSchema);
  if (checked.value === undefined) return { file, text, faults: [], diagnostics: checked.diagnostics };
  const reader = new Reader(source, model, candidates);
  const faults = checked.value.flatMap((yaml, index) => reader.read(yaml, index));
  return { file, text, faults: reader.diagnostics.length > 0 ? [] : faults, diagnostics: reader.diagnostics };
}

/** @throws InputError when anything is wrong in the table */
export function faultsOf(table: FaultTable): Fault[] {
  if (table.diagnostics.length > 0) throw new InputError(table.diagnostics, new Map([[table.file, table.text]]));
  return table.faults;
}

class Reader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: YamlSource;
  readonly #model: WorldModel;
  readonly #candidates: readonly Candidate[];
  readonly #requirements: string[];
  readonly #lines = new Map<string, number>();
  readonly #files = new Map<string, Map<string, string>>();
  readonly #services: Map<string, string[]>;

  constructor(source: YamlSource, model: WorldModel, candidates: readonly Candidate[]) {
    this.#source = source;
    this.#model = model;
    this.#candidates = candidates;
    this.#requirements = readRequirements(model.dir).map(({ id }) => id);
    this.#services = new Map(toHubWorld(model, 'check').hosts.map((host) => [host.name, host.services.map((service) => service.name)]));
  }

  read(yaml: FaultYaml, index: number): Fault[] {
    const { line } = this.#source.at([index]);
    const first = this.#lines.get(yaml.id);
    if (first !== undefined) this.#problem([index, 'id'], 'duplicate', `fault ${yaml.id} is there twice (line ${first})`);
    this.#lines.set(yaml.id, line);
    yaml.variants?.forEach((name, at) => {
      this.#known([index, 'variants', at], 'variant', name, this.#model.variants);
    });
    const variants = yaml.variants ?? this.#model.defaultVariants.slice(0, 1);
    // The files of another variant are checked when that one is.
    if (!variants.includes(this.#model.variant)) return [];
    if (this.#requirements.length > 0)
      yaml.breaks.forEach((id, at) => {
        this.#known([index, 'breaks', at], 'requirement', id, this.#requirements);
      });
    const changes = 'changes' in yaml ? yaml.changes : [yaml];
    changes.forEach((change, at) => {
      this.#checkChange(change, 'changes' in yaml ? [index, 'changes', at] : [index]);
    });
    const then = this.#thenOf(yaml.then ?? 'restart', [...new Set(changes.map(({ host }) => host))], [index, 'then', 'restart']);
    const { id, what, breaks } = yaml;
    return [{ id, what, breaks, changes, then, candidates: this.#candidatesOf(yaml, index), line }];
  }

  #candidatesOf(yaml: FaultYaml, index: number): Candidate[] {
    const covering = this.#candidates.filter(({ scenario }) => scenario.covers.some((id) => yaml.breaks.includes(id)));
    const pattern = yaml['seen by'];
    if (pattern === undefined) return covering;
    const seen = covering.filter(({ title }) => matches(pattern, title));
    if (seen.length === 0)
      this.#problem([index, 'seen by'], 'no-such-scenario', `no scenario that covers ${yaml.breaks.join(', ')} has such a title`, {
        ...(covering.length === 0 ? {} : { expected: `one of ${covering.map(({ title }) => `"${title}"`).join(', ')}` }),
      });
    return seen;
  }

  #checkChange(change: Change, at: Path): void {
    const hosts = this.#model.hosts.map((host) => host.name);
    if (!this.#known([...at, 'host'], 'host', change.host, hosts)) return;
    const files = this.#filesOf(change.host);
    const text = files.get(change.file);
    if (text === undefined) {
      const meant = nearest(change.file, files.keys());
      this.#problem(
        [...at, 'file'],
        'no-such-file',
        `the overlays of host ${change.host} have no file ${change.file}`,
        meant === undefined ? {} : { hint: `did you mean "${meant}"?` },
      );
      return;
    }
    if ('delete' in change) return;
    const wanted = change.times ?? 1;
    const found = occurrences(text, change.replace);
    if (found !== wanted)
      this.#problem([...at, 'replace'], 'not-there', `this text stands ${found} times in ${change.host}:${change.file}`, {
        expected: `${wanted} times`,
        hint: found > 0 ? `take in more of the lines around it, or say times: ${found}` : hintForNone(text, change.replace),
      });
    else if (change.replace === change.with) this.#problem([...at, 'with'], 'needless', 'the fault changes nothing');
  }

  #thenOf(then: NonNullable<FaultYaml['then']>, hosts: readonly string[], at: Path): Fault['then'] {
    if (then === 'restart') return { restart: hosts.map((host) => ({ host })) };
    if (typeof then === 'string') return then;
    const all = hosts.flatMap((host) => this.#services.get(host)?.map((service) => ({ host, service })) ?? []);
    then.restart.forEach((service, index) => {
      this.#known([...at, index], 'service', service, [...new Set(all.map((part) => part.service))]);
    });
    return { restart: then.restart.flatMap((service) => all.filter((part) => part.service === service)) };
  }

  #filesOf(host: string): Map<string, string> {
    const known = this.#files.get(host);
    if (known) return known;
    const folders = this.#model.hosts.find((one) => one.name === host)?.files ?? [];
    const files = new Map(readOverlays(folders).map((file) => [file.path, file.content.toString('utf8')]));
    this.#files.set(host, files);
    return files;
  }

  #known(at: Path, what: string, name: string, names: readonly string[]): boolean {
    if (names.includes(name)) return true;
    const meant = nearest(name, names);
    this.#problem(at, `unknown-${what}`, `no ${what} "${name}" in this world`, {
      received: name,
      expected: `one of ${names.join(', ')}`,
      ...(meant === undefined ? {} : { hint: `did you mean "${meant}"?` }),
    });
    return false;
  }

  #problem(at: Path, code: string, message: string, more: Partial<Diagnostic> = {}): void {
    this.diagnostics.push(this.#source.problem(at, code, message, more));
  }
}

function hintForNone(text: string, part: string): string {
  return occurrences(text, part.trimEnd()) > 0
    ? 'it stands there without the line end after it: begin it with |- instead of |'
    : 'it is compared with all its blanks and line ends';
}
