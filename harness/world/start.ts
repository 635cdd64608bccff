import { randomBytes } from 'node:crypto';
import { InputError, MailproofError, messageOf } from '../base/index.ts';
import { type BuiltImage, type ContainerSpec, type Engine, openEngine, type RunningContainer, type WantedImage } from '../engine/index.ts';
import { CLOCK_VOLUME, CONTROL_PORT, connectHub, GATEWAY_SYSCTLS, HUB_SYSCTLS, type HubClient, type HubWorld, WORLD_VOLUME } from '../internet/index.ts';
import { overlayOf, toHubHost, toHubWorld } from './hub-world.ts';
import { type HostModel, loadWorld, variantsOf, type WorldModel, withFiles } from './model.ts';
import { type OverlayFile, readOverlays } from './overlay.ts';

/** What another process needs to reach a running instance. The token opens its control port: keep it out of reports. */
export interface InstanceRef {
  world: string;
  variant: string;
  dir: string;
  instance: string;
  host: string;
  port: number;
  token: string;
  /** Overlays that were laid over hosts besides those of the world file, absolute. */
  files?: Record<string, string[]>;
}

/** A running instance of one variant of a world. Closing it only closes the connection; `stop` takes it away. */
export interface World extends AsyncDisposable {
  readonly model: WorldModel;
  readonly ref: InstanceRef;
  readonly hub: HubClient;
}

export interface StartedWorld extends World {
  /** Removes the containers, networks and volumes of this instance. */
  stop(): Promise<void>;
  /** Milliseconds from the call to ready, and of its parts. */
  readonly timing: Readonly<Record<'containers' | 'hub' | 'ready', number>>;
}

export interface StartOptions {
  engine: Engine;
  report: (line: string) => void;
  /** Left running after this process ends, for `mailproof up`. */
  kept?: boolean;
  /** Real time counts, too: servers look at their queues each minute of it, as their own timers would have them do. */
  desk?: boolean;
  /** Overlays over hosts besides those of the world file, absolute: the last ones of each. */
  files?: Record<string, string[]>;
  /** The files of a host's overlays, where they are not to be those of the repository. */
  overlay?: (host: HostModel) => OverlayFile[];
}

const INTERNET = { image: 'internet', release: 'bookworm' };

/** Every image that a world needs, the hub's among them. */
export function imagesOf(model: WorldModel): WantedImage[] {
  const wanted: WantedImage[] = [INTERNET, ...model.hosts.map(({ image, release, ownImages }) => ({ image, release, ownImages }))];
  return [...new Map(wanted.map((one) => [`${one.image}@${one.release}`, one])).values()];
}

/**
 * Builds missing images, starts the hub and all hosts at once, and waits until every service answers in its protocol.
 * @throws MailproofError IMAGE_FAILED, HOST_NOT_UP (with the last lines of the host's logs); nothing of the instance is left then
 */
export async function startWorld(plainModel: WorldModel, options: StartOptions): Promise<StartedWorld> {
  const { engine, report, files } = options;
  const model = files === undefined ? plainModel : withFiles(plainModel, files);
  const plain = toHubWorld(model, randomBytes(4).toString('hex'));
  const overlays = new Map(model.hosts.map((host) => [host.name, overlayOf(model, host, options.overlay?.(host) ?? readOverlays(host.files))]));
  const hubWorld: HubWorld = {
    ...plain,
    hosts: plain.hosts.map((host) => ({ ...host, overlay: overlays.get(host.name) ?? '' })),
    ...(options.desk === true ? { nudgeEveryMs: 60_000 } : {}),
  };
  const images = await engine.ensureImages(imagesOf(model), report);
  const began = performance.now();
  const { instance } = hubWorld;
  const token = randomBytes(24).toString('base64url');
  const labels = {
    'mailproof.instance': instance,
    'mailproof.world': model.name,
    'mailproof.variant': model.variant,
    'mailproof.dir': model.dir,
    'mailproof.owner': options.kept === true ? 'kept' : engine.owner,
    ...(files === undefined ? {} : { 'mailproof.files': JSON.stringify(files) }),
  };
  const stop = async (): Promise<void> => {
    await engine.sweep({ 'mailproof.instance': instance });
  };
  try {
    const [cable, bridge, worldVolume, clockVolume] = await Promise.all([
      engine.createInternalNetwork(labels),
      engine.createBridge(labels),
      engine.createVolume(labels),
      engine.createVolume(labels),
    ]);
    const volumes = (clockReadOnly: boolean): ContainerSpec['volumes'] => [
      { volume: worldVolume.name, path: WORLD_VOLUME },
      { volume: clockVolume.name, path: CLOCK_VOLUME, readOnly: clockReadOnly },
    ];
    const startHub = engine.start({
      name: `mailproof-${instance}-internet`,
      image: tagOf(images, INTERNET),
      hostname: 'internet',
      env: { MAILPROOF_TOKEN: token },
      volumes: volumes(false),
      networks: [bridge, cable],
      publish: CONTROL_PORT,
      capabilities: ['NET_ADMIN'],
      devices: ['/dev/net/tun'],
      sysctls: HUB_SYSCTLS,
      labels: { ...labels, 'mailproof.role': 'hub', 'mailproof.token': token },
      files: [],
    });
    const gateways = new Set(variantsOf(model).flatMap(({ hosts }) => hosts.flatMap(({ gateway }) => gateway ?? [])));
    const startHosts = model.hosts.map((host) =>
      engine.start({
        name: containerOf(instance, host),
        image: tagOf(images, host),
        hostname: host.fqdn,
        env: { MAILPROOF_HOST: host.name },
        volumes: volumes(true),
        networks: [cable],
        tmpfs: host.tmpfs,
        capabilities: ['NET_ADMIN'],
        devices: [],
        sysctls: { 'net.ipv6.conf.all.disable_ipv6': '0', ...(gateways.has(host.name) ? GATEWAY_SYSCTLS : {}) },
        labels: { ...labels, 'mailproof.role': 'host', 'mailproof.host': host.name },
        files: [],
      }),
    );
    const containers = Promise.allSettled([startHub, ...startHosts]);
    let containersMs = 0;
    void containers.then(() => {
      containersMs = performance.now() - began;
    });
    let hubMs = 0;
    // The hub is told of its world while the hosts still start: it waits for each of them by itself.
    const putting = startHub.then(async (container) => {
      const ref: InstanceRef = {
        world: model.name,
        variant: model.variant,
        dir: model.dir,
        instance,
        ...container.published(CONTROL_PORT),
        token,
        ...(files === undefined ? {} : { files }),
      };
      const hub = await connectHub(ref).catch((error: unknown) => withLogs(error, [container]));
      hubMs = performance.now() - began;
      await hub.putWorld(hubWorld).catch(async (error: unknown) => withLogs(error, fulfilled(await containers)));
      return { ref, hub };
    });
    const { ref, hub } = await Promise.race([putting, firstFailure([startHub, ...startHosts])]).catch(async (error: unknown) => {
      // A container that is still being created could not be removed.
      await containers;
      throw error;
    });
    const timing = { containers: containersMs, hub: hubMs, ready: performance.now() - began };
    return {
      model,
      ref,
      hub,
      timing,
      stop: async () => {
        hub.close();
        await stop();
      },
      [Symbol.asyncDispose]: async () => {
        hub.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const containerOf = (instance: string, host: HostModel): string => `mailproof-${instance}-${host.name}`;

/**
 * Installs a host of a running world anew, as the model has it: nothing is left of it but its name, its addresses and its logs.
 * It must have been stopped; fulfilled when its services are ready.
 * @throws MailproofError ENGINE_FAILED, IMAGE_FAILED, HOST_NOT_UP
 */
export async function reinstallHost({ ref, hub }: Pick<World, 'ref' | 'hub'>, model: WorldModel, host: HostModel): Promise<void> {
  const engine = await openEngine(() => {});
  const images = await engine.ensureImages([host], () => {});
  await engine.replace(containerOf(ref.instance, host), { image: tagOf(images, host), tmpfs: host.tmpfs });
  await hub.reinstall({ host: { ...toHubHost(model, host), overlay: overlayOf(model, host, readOverlays(host.files)) } });
}

/**
 * Reaches an instance that another process started.
 * @param deadlineMs how long its hub may take to answer, where that is to be less than what a hub that starts may take
 * @throws MailproofError HUB_UNREACHABLE
 */
export async function attachWorld(ref: InstanceRef, deadlineMs?: number): Promise<World> {
  const loaded = loadWorld(ref.dir, ref.variant);
  const model = ref.files === undefined ? loaded : withFiles(loaded, ref.files);
  const hub = await connectHub(ref, deadlineMs);
  return {
    model,
    ref,
    hub,
    [Symbol.asyncDispose]: async () => {
      hub.close();
    },
  };
}

function tagOf(images: Map<string, BuiltImage>, wanted: { image: string; release: string }): string {
  const built = images.get(`${wanted.image}@${wanted.release}`);
  if (built === undefined) throw new MailproofError('IMAGE_FAILED', `image ${wanted.image} for ${wanted.release} was not built`);
  return built.tag;
}

function fulfilled<T>(settled: readonly PromiseSettledResult<T>[]): T[] {
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

/** Rejects with the first that fails; never resolves. */
function firstFailure(promises: readonly Promise<unknown>[]): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const promise of promises) promise.catch(reject);
  });
}

async function withLogs(error: unknown, containers: readonly RunningContainer[]): Promise<never> {
  if (error instanceof InputError) throw error;
  const tails = await Promise.all(containers.map(async (container) => ({ name: container.name, text: (await container.logs(15).catch(messageOf)).trim() })));
  const said = tails.filter((tail) => tail.text !== '').map((tail) => `--- last words of ${tail.name}\n${tail.text}`);
  const hint = error instanceof MailproofError ? error.hint : undefined;
  throw new MailproofError(error instanceof MailproofError ? error.code : 'HOST_NOT_UP', [messageOf(error), ...said].join('\n'), {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}
