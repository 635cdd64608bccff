import { cpus, totalmem } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { MailproofError, messageOf } from '../base/index.ts';
import type { Engine } from '../engine/index.ts';
import type { Results } from '../scenario/index.ts';
import type { InstanceRef, StartedWorld, WorldModel } from '../world/index.ts';
import { Broker } from './pool/broker.ts';
import { type Instance, InstancePool } from './pool/instance-pool.ts';
import type { LeaseMode } from './pool/messages.ts';

export interface HostOptions {
  /** Instances per variant for scenarios that run alone, besides the shared one. */
  lanes?: number;
  /** Scenarios at once in the shared instance. */
  sideBySide?: number;
  /** Instances stay after the run. */
  keep?: boolean;
  /** Folder beside the reports for packet captures: every scenario then runs alone, and its packets are recorded. None unless told. */
  captures?: string;
  report: (line: string) => void;
}

/** What a run leaves besides its scenarios' records. */
export type HostEvidence = Pick<Results, 'strays' | 'unparsed' | 'unknownNames'> & { engine: string; images: Results['environment']['images'] };

/** Memory that one instance of a small world takes, with room for its mail. */
export const INSTANCE_BYTES = 512 * 2 ** 20;

/** Lanes that fit the machine: half a core each, and no more than a quarter of its memory over the variants of a world, which run side by side. */
export function defaultLanes(variants: number): number {
  const byMemory = Math.floor(totalmem() / 4 / INSTANCE_BYTES / Math.max(1, variants));
  return Math.max(1, Math.min(4, Math.floor(cpus().length / Math.max(1, variants)), byMemory));
}

/** Runs the world instances of one test run in the main process, and lends them to the workers. */
export class WorldHost {
  readonly broker: Broker;
  readonly #options: HostOptions;
  readonly #pools = new Map<string, InstancePool<InstanceRef>>();
  readonly #models = new Map<string, WorldModel>();
  readonly #evidence: HostEvidence = { engine: '', images: [], strays: [], unparsed: [], unknownNames: [] };
  readonly #kept: InstanceRef[] = [];

  constructor(options: HostOptions) {
    this.#options = options;
    this.broker = new Broker((project) => this.#pool(project));
  }

  /** Makes a variant of a world known under its project's name. Nothing starts yet. */
  add(project: string, model: WorldModel): void {
    this.#models.set(project, model);
  }

  /** Starts what so many scenarios will need, without waiting for it. */
  expect(project: string, counts: Record<LeaseMode, number>): void {
    this.#pool(project).expect(counts);
  }

  /** Finds the engine and builds what images are missing. @throws MailproofError ENGINE_MISSING, ENGINE_FAILED, IMAGE_FAILED */
  async prepare(): Promise<void> {
    const [{ openEngine }, { imagesOf }] = await Promise.all([import('../engine/index.ts'), import('../world/index.ts')]);
    const engine = await openEngine(this.#options.report);
    await engine.ensureImages([...this.#models.values()].flatMap(imagesOf), this.#options.report);
  }

  /** Starts instances ahead of `expect`. */
  warm(project: string, counts: Record<LeaseMode, number>): void {
    this.#pool(project).warm(counts);
  }

  /** Lends nothing from now on: the run was interrupted. */
  refuse(): void {
    for (const pool of this.#pools.values()) pool.refuse();
  }

  /** Instances that `keep` left running. */
  get kept(): readonly InstanceRef[] {
    return this.#kept;
  }

  /** Ends every instance and the socket; what they met is in the answer. */
  async close(): Promise<HostEvidence> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.close()));
    await this.broker.close();
    return this.#evidence;
  }

  #pool(project: string): InstancePool<InstanceRef> {
    const known = this.#pools.get(project);
    if (known) return known;
    const model = this.#models.get(project);
    if (model === undefined) throw new Error(`no project ${project}`);
    const pool = new InstancePool<InstanceRef>({
      name: project,
      lanes: this.#options.lanes ?? defaultLanes([...this.#models.values()].filter(({ dir }) => dir === model.dir).length),
      sideBySide: this.#options.sideBySide ?? 4 * cpus().length,
      allAlone: this.#options.captures !== undefined,
      report: this.#options.report,
      start: () => this.#start(model),
    });
    this.#pools.set(project, pool);
    return pool;
  }

  async #start(model: WorldModel): Promise<Instance<InstanceRef>> {
    // Loaded here so that Vitest's configuration does not load the engine before anything is run.
    const [{ openEngine }, { imagesOf, startWorld }] = await Promise.all([import('../engine/index.ts'), import('../world/index.ts')]);
    const { report } = this.#options;
    const engine = await openEngine(report);
    const world = await startWorld(model, { engine, report, kept: this.#options.keep === true });
    report(`${model.name}/${model.variant}: instance ${world.ref.instance} is ready after ${(world.timing.ready / 1000).toFixed(1)} s`);
    this.#evidence.engine = engine.description;
    const instance = { id: world.ref.instance, ref: world.ref, close: () => this.#end(world) };
    await this.#listImages(model, await engine.ensureImages(imagesOf(model), report)).catch((error: unknown) =>
      report(`${model.name}/${model.variant}: its images could not be listed: ${messageOf(error)}`),
    );
    return instance;
  }

  async #listImages(model: WorldModel, images: ReadonlyMap<string, { tag: string }>): Promise<void> {
    const { joinedManifest } = await import('../world/index.ts');
    for (const [name, { tag }] of images) {
      if (this.#evidence.images.some((known) => known.tag === tag)) continue;
      const [image = name, release = ''] = name.split('@');
      // The hub's image is no host's, and has no manifest.
      const host = model.hosts.find((one) => one.image === image);
      const software = host === undefined ? 'mailproof' : joinedManifest(host).software.join(', ') || 'none';
      this.#evidence.images.push({ image, release, tag, software, versions: {} });
    }
  }

  /** Only at the end of an instance, so that nobody waits for it at the start. */
  async #askVersions({ model, hub }: StartedWorld): Promise<void> {
    const { readManifest } = await import('../world/index.ts');
    await Promise.all(
      this.#evidence.images.map(async ({ image, release, versions }) => {
        const host = model.hosts.find((one) => one.image === image && one.release === release);
        if (host === undefined) return;
        for (const layer of host.layers.filter((one) => !(one in versions))) {
          // A host that is off just now is no reason to lose the rest of the evidence: another instance may tell.
          const said = await hub.exec({ host: host.name, script: readManifest(layer, host.ownImages).version }).catch(() => undefined);
          if (said?.status === 0) versions[layer] = said.output.trim().split('\n', 1)[0] ?? '';
        }
      }),
    );
  }

  async #end(world: StartedWorld): Promise<void> {
    const { openEngine } = await import('../engine/index.ts');
    const engine = await openEngine(this.#options.report);
    const report = (problem: string): void => {
      // Interrupted: the instance is being taken away under our hands.
      if (!engine.leaving) this.#options.report(`${world.model.name}/${world.model.variant}: ${problem}`);
    };
    await this.#inspect(world).catch(async (error: unknown) =>
      report(`what instance ${world.ref.instance} met could not be read: ${messageOf(error)}${await fateOfHub(engine, world, error)}`),
    );
    if (this.#options.keep === true) {
      this.#kept.push(world.ref);
      world.hub.close();
    } else await world.stop().catch((error: unknown) => report(`not all of instance ${world.ref.instance} could be removed: ${messageOf(error)}`));
  }

  /** Reads the instance's whole history once more for what no scenario owns: unknown lines, packets to unknown places, questions for unknown names. */
  async #inspect(world: StartedWorld): Promise<void> {
    const { ledgerOf } = await import('../ledger/index.ts');
    const { model, ref, hub } = world;
    const at = { world: model.name, variant: model.variant };
    const ledger = ledgerOf(model);
    const stream = hub.events(0, (event) => ledger.apply(event));
    const [strays] = await Promise.all([hub.strays(), stream.caughtUp, this.#askVersions(world)]);
    stream.close();
    for (const stray of strays)
      this.#evidence.strays.push({
        ...at,
        instance: ref.instance,
        from: stray.host ?? stray.from,
        to: `${stray.to} ${stray.protocol}/${stray.port}`,
        what: `${stray.packets} packets`,
      });
    for (const unparsed of ledger.unparsed()) {
      const same = this.#evidence.unparsed.find((known) => known.world === at.world && known.variant === at.variant && known.host === unparsed.host);
      if (same) same.count += unparsed.count;
      else this.#evidence.unparsed.push({ ...at, ...unparsed });
    }
    for (const { host, client, name, qtype } of ledger.unknownNames()) {
      const question = { ...at, host: host ?? client, name, qtype };
      const same = this.#evidence.unknownNames.find((known) => isDeepStrictEqual({ ...known, count: 0 }, { ...question, count: 0 }));
      if (same) same.count++;
      else this.#evidence.unknownNames.push({ ...question, count: 1 });
    }
  }
}

/** What became of a hub that does not answer, on lines of its own; empty when it does. */
async function fateOfHub(engine: Engine, { ref }: StartedWorld, error: unknown): Promise<string> {
  if (!(error instanceof MailproofError) || error.code !== 'HUB_UNREACHABLE') return '';
  return `\n${await engine.fate({ 'mailproof.instance': ref.instance, 'mailproof.role': 'hub' }).catch(messageOf)}`;
}
