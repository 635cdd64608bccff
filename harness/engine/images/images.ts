import { existsSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { MailproofError, messageOf } from '../../base/index.ts';
import type { Docker } from '../discover.ts';
import { type TarMember, tarChunks } from '../tar.ts';
import type { BuiltImage, Report, WantedImage } from '../types.ts';
import { contextFiles, hashOf } from './context.ts';
import { debianTag, makeDebian, RELEASES } from './debian.ts';
import { withLock } from './lock.ts';
import { followToEnd } from './progress.ts';
import { folderOf, recipeOf } from './recipes.ts';

/** What the engine's proxy settings are called inside a build; Docker hands them to RUN without keeping them in the image. */
const PROXY_ARGUMENTS = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

interface Plan {
  image: string;
  /** Its last layer, which is the folder that it is built from. */
  layer: string;
  release: string;
  tag: string;
  folder: string;
  files: TarMember[];
  on: Plan | undefined;
}

/** The images of one engine: planned by hash, found by tag, built when missing. */
export class Images {
  readonly #docker: Docker;
  readonly #architecture: string;
  readonly #plans = new Map<string, Promise<Plan>>();
  readonly #builds = new Map<string, Promise<void>>();

  /** @param architecture in Debian's words: `amd64`, `arm64` */
  constructor(docker: Docker, architecture: string) {
    this.#docker = docker;
    this.#architecture = architecture;
  }

  /** @throws MailproofError NOT_FOUND for an image or release that is not known, IMAGE_FAILED */
  async ensure(wanted: readonly WantedImage[], report: Report): Promise<Map<string, BuiltImage>> {
    const [plans, present] = await Promise.all([this.plan(wanted), this.present()]);
    const missing = plans.filter((plan) => !present.has(plan.tag));
    // All of them end before one failure is told: a build that goes on behind an error would surprise.
    const results = await Promise.allSettled(missing.map((plan) => this.#build(plan, present, report)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    return new Map(plans.map(({ image, release, tag }) => [`${image}@${release}`, { image, release, tag }]));
  }

  /** What the wanted images are called, and whether each is there. */
  async status(wanted: readonly WantedImage[]): Promise<(BuiltImage & { present: boolean })[]> {
    const [plans, present] = await Promise.all([this.plan(wanted), this.present()]);
    return plans.map(({ image, release, tag }) => ({ image, release, tag, present: present.has(tag) }));
  }

  plan(wanted: readonly WantedImage[]): Promise<Plan[]> {
    return Promise.all(wanted.map((one) => this.#plan(one)));
  }

  async present(): Promise<Set<string>> {
    const images = await this.#docker.listImages({ filters: { reference: ['mailproof/*', 'mailproof/*/*'] } });
    // Podman shows names in full.
    return new Set(images.flatMap((image) => image.RepoTags ?? []).map((tag) => tag.replace(/^(localhost|docker\.io)\//, '')));
  }

  #plan(wanted: WantedImage): Promise<Plan> {
    const key = `${wanted.image}@${wanted.release} ${wanted.ownImages ?? ''}`;
    const known = this.#plans.get(key);
    if (known) return known;
    const made = this.#makePlan(wanted);
    this.#plans.set(key, made);
    return made;
  }

  async #makePlan({ image, release, ...from }: WantedImage): Promise<Plan> {
    const layers = image.split('+');
    const layer = layers.at(-1) ?? '';
    const folder = folderOf(layer, from.ownImages);
    if (!/^[a-z0-9-]+(\/[a-z0-9-]+)?$/.test(layer) || !existsSync(path.join(folder, 'Dockerfile'))) {
      throw new MailproofError('NOT_FOUND', `there is no image "${layer}"`, { hint: 'an image is a folder of containers/ with a Dockerfile and an image.yaml' });
    }
    if (!RELEASES.some((one) => one === release)) {
      throw new MailproofError('NOT_FOUND', `images cannot be built for the release "${release}"`, { hint: `known releases: ${RELEASES.join(', ')}` });
    }
    const recipe = recipeOf(layer);
    // Images that begin with the same layers share the plans of these, and so their builds.
    const below = layers.length > 1 ? layers.slice(0, -1).join('+') : recipe.on;
    const [on, files, inputs] = await Promise.all([
      below === undefined ? undefined : this.#plan({ image: below, release, ...from }),
      contextFiles(folder),
      recipe.inputs?.(this.#architecture) ?? [],
    ]);
    const hash = hashOf(files, [release, this.#architecture, on?.tag ?? '', ...inputs]);
    return { image, layer, release, folder, files, on, tag: `mailproof/${layers.join('-')}-${release}:${hash}` };
  }

  #build(plan: Plan, present: ReadonlySet<string>, report: Report): Promise<void> {
    if (present.has(plan.tag)) return Promise.resolve();
    return this.#once(plan.tag, report, async () => {
      await (plan.on === undefined ? this.#debian(plan.release, report) : this.#build(plan.on, present, report));
      await this.#buildNow(plan, report);
    });
  }

  #debian(release: string, report: Report): Promise<void> {
    return this.#once(debianTag(release), report, () => makeDebian(this.#docker, release, this.#architecture, report));
  }

  /** One build of a tag at a time, on this machine; whoever comes second finds it done. */
  #once(tag: string, report: Report, work: () => Promise<void>): Promise<void> {
    const running = this.#builds.get(tag);
    if (running) return running;
    const build = withLock(
      `image ${tag}`,
      () => report(`${tag}: another process is building it, waiting for that`),
      async () => {
        if (!(await this.#exists(tag))) await work();
      },
    );
    this.#builds.set(tag, build);
    // A failed build may be tried again.
    build.catch(() => this.#builds.delete(tag));
    return build;
  }

  async #exists(tag: string): Promise<boolean> {
    try {
      await this.#docker.getImage(tag).inspect();
      return true;
    } catch (error) {
      if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return false;
      throw error;
    }
  }

  async #buildNow(plan: Plan, report: Report): Promise<void> {
    const name = `${plan.image} (${plan.release})`;
    const began = performance.now();
    const recipe = recipeOf(plan.layer);
    const made = (await recipe.made?.(this.#architecture, report)) ?? [];
    const buildargs: Record<string, string> = { BASE: plan.on?.tag ?? debianTag(plan.release), DEBIAN: debianTag(plan.release) };
    for (const key of PROXY_ARGUMENTS) {
      const value = process.env[key];
      if (value !== undefined) buildargs[key] = value;
    }
    const said: string[] = [];
    report(`building ${name}`);
    try {
      const stream = await this.#docker.buildImage(Readable.from(tarChunks([...plan.files, ...made])), {
        t: plan.tag,
        buildargs,
        forcerm: true,
        labels: { 'mailproof.image': plan.image, 'mailproof.release': plan.release },
      });
      await followToEnd(this.#docker, stream, (line) => {
        said.push(line);
        if (line.startsWith('Step ')) report(`${name}: ${line.slice(0, 100)}`);
      });
    } catch (cause) {
      throw new MailproofError('IMAGE_FAILED', `the image ${name} could not be built: ${messageOf(cause)}\n${said.slice(-20).join('\n')}`, {
        cause,
        hint: `its Dockerfile is ${path.relative(process.cwd(), path.join(plan.folder, 'Dockerfile'))}; the engine needs its Debian mirror for it`,
      });
    }
    report(`built ${name} in ${((performance.now() - began) / 1000).toFixed(1)}s`);
  }
}
