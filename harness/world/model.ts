import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, InputError, MailproofError, nearest, parseDuration, readYaml } from '../base/index.ts';
import type { DnsRecord, OutsideParty } from '../internet/index.ts';
import { crossCheck, unknownName } from './cross-check.ts';
import { normalName, type OutsidePartyYaml, parseSize, toOutsideParty, toRecords } from './outside-schema.ts';
import { resolveVariants } from './variants.ts';
import { type AccountsYaml, type ClientYaml, type HostYaml, type WorldYaml, worldSchema } from './world-schema.ts';

export interface HostModel {
  name: string;
  /** Folders of containers/, each on top of the one before. */
  layers: string[];
  /** What the engine calls them together: `exim+sqlite`. */
  image: string;
  /** The folder `containers/` of the repository, whose images come before those of mailproof; it need not exist. */
  ownImages: string;
  release: string;
  fqdn: string;
  addresses: string[];
  /** Host through which its addresses inside reach the outside. */
  gateway?: string;
  /** Absolute folders on this machine. */
  files: string[];
  modes: Record<string, string>;
  /** Bytes of the file systems of their own, by directory. */
  tmpfs: Record<string, number>;
  /** All services of the image when undefined. */
  services?: string[];
  /** By service, instead of what its image says. */
  ready: NonNullable<HostYaml['ready']>;
  after: string[];
  resolvers: string[];
  certificates: { names: string[]; cert: string; key: string; group?: string }[];
  prepare: string[];
  skewMs: number;
}

/** One variant of a world, checked and complete. */
export interface WorldModel {
  name: string;
  variant: string;
  variants: string[];
  defaultVariants: string[];
  description: string;
  /** Why it runs only when it is named. */
  draft?: string;
  /** Folder of world.yaml, and of the repository that `files:` are relative to. */
  dir: string;
  root: string;
  file: string;
  entrance: string;
  /** Networks that only their own addresses reach. */
  inside: string[];
  hosts: HostModel[];
  dns: DnsRecord[];
  outside: OutsideParty[];
  /** The same as the file has it, by name. */
  outsideYaml: Record<string, OutsidePartyYaml>;
  clients: { address: string; name: string }[];
  /** Networks that a scenario draws its client's address from; none: the first of `clients`. */
  strangers: string[];
  nameservers: string[];
  accounts?: AccountsYaml;
  databases: Record<string, ClientYaml>;
  directories: Record<string, ClientYaml>;
  /** Who talks to whom, for the drawing. An end is a host, a domain of `outside`, `outside` or `people`. */
  flows: { from: string; to: string; as: string }[];
}

/** Worlds below `root/scenarios`, by name, in order. */
export function findWorlds(root: string): { name: string; dir: string }[] {
  const scenarios = path.join(root, 'scenarios');
  if (!existsSync(scenarios)) return [];
  return readdirSync(scenarios, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(scenarios, entry.name, 'world.yaml')))
    .map((entry) => ({ name: entry.name, dir: path.join(scenarios, entry.name) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * Worlds that run when none is named, in their first default variant: those that are no drafts.
 * @param tell told of each draft, and why it is one
 * @throws InputError for a world file
 */
export function ordinaryWorlds(root: string, tell: (line: string) => void = () => {}): WorldModel[] {
  return findWorlds(root)
    .map(({ dir }) => loadWorld(dir, undefined, root))
    .filter(({ name, draft }) => {
      if (draft !== undefined) tell(`${name} is a draft, and not run unless it is named: ${draft}`);
      return draft === undefined;
    });
}

/**
 * Reads `world.yaml` of a folder, or of the world of that name below `root/scenarios`.
 * @param variant the first default one unless told
 * @throws InputError with every diagnostic of the file; MailproofError NOT_FOUND
 */
export function loadWorld(nameOrDir: string, variant?: string, root = process.cwd()): WorldModel {
  const file = worldFile(nameOrDir, root);
  const text = readFileSync(file, 'utf8');
  const shown = path.relative(process.cwd(), file) || file;
  const { models, diagnostics } = readWorld(shown, text, path.dirname(file));
  if (diagnostics.length > 0) throw new InputError(diagnostics, new Map([[shown, text]]));
  const wanted = variant ?? models[0]?.defaultVariants[0];
  const model = models.find((candidate) => candidate.variant === wanted);
  if (model) return model;
  const names = models.map((candidate) => candidate.variant);
  const meant = nearest(wanted ?? '', names);
  throw new MailproofError(
    'NOT_FOUND',
    `world ${models[0]?.name ?? nameOrDir} has no variant "${wanted}"; it has ${names.join(', ')}`,
    meant === undefined ? {} : { hint: `did you mean "${meant}"?` },
  );
}

/** Where the world of this name, or in this folder, is written. @throws MailproofError NOT_FOUND */
export function worldFile(nameOrDir: string, root: string): string {
  const tried = [path.resolve(nameOrDir, 'world.yaml'), path.join(root, 'scenarios', nameOrDir, 'world.yaml')];
  const found = tried.find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  const names = findWorlds(root).map((world) => world.name);
  const meant = nearest(nameOrDir, names);
  throw new MailproofError('NOT_FOUND', `no world "${nameOrDir}": looked for ${tried.map((candidate) => path.relative(root, candidate)).join(' and ')}`, {
    hint: meant === undefined ? `worlds here: ${names.join(', ') || 'none'}` : `did you mean "${meant}"?`,
  });
}

/** All variants of a world file, or everything that is wrong with it. */
export function readWorld(file: string, text: string, dir: string): { models: WorldModel[]; diagnostics: Diagnostic[] } {
  const sources = readYaml(file, text);
  const source = sources[0];
  if (source === undefined || sources.length > 1) {
    return { models: [], diagnostics: [{ file, line: 1, col: 1, code: 'documents', message: `a world file holds one document, this one holds ${sources.length}` }] };
  }
  const base = source.check(worldSchema);
  if (base.value === undefined) return { models: [], diagnostics: base.diagnostics };
  const models: WorldModel[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [index, variant] of base.value.default.entries()) {
    if (!(variant in base.value.variants)) diagnostics.push(unknownName(source, ['default', index], 'variant', variant, Object.keys(base.value.variants)));
  }
  const resolved = resolveVariants(source, base.value);
  diagnostics.push(...resolved.diagnostics);
  for (const { variant, value, place } of resolved.variants) {
    const merged = source.check(worldSchema, { value, place });
    if (merged.value === undefined) {
      diagnostics.push(...merged.diagnostics);
      continue;
    }
    const model = toModel(merged.value, variant, file, dir);
    diagnostics.push(...crossCheck(source, merged.value, model, place));
    models.push(model);
  }
  for (const model of models) readTogether.set(model, models);
  return { models, diagnostics: unique(diagnostics) };
}

const readTogether = new WeakMap<WorldModel, readonly WorldModel[]>();

/** All variants of the file that this one was read from. */
export function variantsOf(model: WorldModel): readonly WorldModel[] {
  return readTogether.get(model) ?? [model];
}

/** The world with more overlays on some hosts, each over those that it has. */
export function withFiles(model: WorldModel, files: Readonly<Record<string, readonly string[]>>): WorldModel {
  const hosts = model.hosts.map((host) => ({ ...host, files: [...host.files, ...(files[host.name] ?? [])] }));
  const made = { ...model, hosts };
  readTogether.set(made, variantsOf(model));
  return made;
}

function toModel(yaml: WorldYaml, variant: string, file: string, dir: string): WorldModel {
  const root = path.dirname(path.dirname(dir));
  return {
    name: yaml.world,
    variant,
    variants: Object.keys(yaml.variants),
    defaultVariants: yaml.default,
    description: yaml.description,
    ...(yaml.draft === undefined ? {} : { draft: yaml.draft }),
    dir,
    root,
    file,
    entrance: yaml.entrance,
    inside: yaml.inside ?? [],
    hosts: Object.entries(yaml.hosts).map(([name, host]) => ({
      name,
      ...layersOf(host.image),
      ownImages: path.join(root, 'containers'),
      release: host.release ?? 'bookworm',
      fqdn: normalName(host.fqdn),
      addresses: host.addresses,
      ...(host.gateway === undefined ? {} : { gateway: host.gateway }),
      files: (host.files ?? []).map((folder) => path.resolve(root, folder)),
      modes: host.modes ?? {},
      tmpfs: Object.fromEntries(Object.entries(host.tmpfs ?? {}).map(([directory, size]) => [directory, parseSize(size)])),
      ...(host.services === undefined ? {} : { services: host.services }),
      ready: host.ready ?? {},
      after: host.after ?? [],
      resolvers: host.resolvers ?? yaml.nameservers,
      certificates: host.certificates ?? [],
      prepare: host.prepare ?? [],
      skewMs: signedDuration(host.skew),
    })),
    dns: Object.entries(yaml.dns ?? {}).flatMap(([name, records]) => toRecords(name, records)),
    outside: Object.entries(yaml.outside).map(([domain, party]) => toOutsideParty(domain, party)),
    outsideYaml: Object.fromEntries(Object.entries(yaml.outside).map(([domain, party]) => [normalName(domain), party])),
    clients: Object.entries(yaml.clients).map(([address, name]) => ({ address, name: normalName(name) })),
    strangers: yaml.strangers ?? [],
    nameservers: yaml.nameservers,
    ...(yaml.accounts === undefined ? {} : { accounts: yaml.accounts }),
    databases: yaml.databases ?? {},
    directories: yaml.directories ?? {},
    flows: (yaml.flows ?? []).flatMap(({ from, to, as }) => [from].flat().flatMap((one) => [to].flat().map((other) => ({ from: one, to: other, as })))),
  };
}

function layersOf(image: string | string[]): { layers: string[]; image: string } {
  const layers = typeof image === 'string' ? [image] : image;
  return { layers, image: layers.join('+') };
}

function signedDuration(text: string | undefined): number {
  if (text === undefined) return 0;
  return text.startsWith('-') ? -(parseDuration(text.slice(1)) ?? 0) : (parseDuration(text) ?? 0);
}

function unique(diagnostics: Diagnostic[]): Diagnostic[] {
  return [...new Map(diagnostics.map((d) => [`${d.line}:${d.col}:${d.code}:${d.message}`, d])).values()];
}
