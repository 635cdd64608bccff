import { finished } from 'node:stream/promises';
import { GenericContainer, type WaitStrategy } from 'testcontainers';
import type { Docker } from './discover.ts';
import { parentsOf, type TarMember, tar } from './tar.ts';
import type { ContainerFile, ContainerSpec } from './types.ts';

/** Hosts are ready when the hub says so, not when a port of theirs is open: start() returns at once. */
const STARTED: WaitStrategy = {
  waitUntilReady: async () => {},
  withStartupTimeout: () => STARTED,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => 0,
};

/** Directories known to be in an image or not, by image and path: asked once, since images do not change under their tag. */
const directories = new Map<string, Promise<boolean>>();

/** A container as a world needs it: more than one network, sysctls, devices, a port on the loopback address, files of any owner. */
export class HostContainer extends GenericContainer {
  readonly #spec: ContainerSpec;
  readonly #docker: Docker;
  /** Set once the engine has made it, also when it never starts. */
  containerId: string | undefined;

  /** @param publishOn address of the engine's machine on which ports are published */
  constructor(docker: Docker, spec: ContainerSpec, publishOn: string) {
    super(spec.image);
    this.#docker = docker;
    this.#spec = spec;
    const [first] = spec.networks;
    this.withName(spec.name)
      .withHostname(spec.hostname)
      .withEnvironment(spec.env)
      .withLabels({ ...spec.labels })
      .withAddedCapabilities(...spec.capabilities)
      .withNetworkMode(first?.name ?? 'none')
      .withBindMounts(spec.volumes.map(({ volume, path, readOnly }) => ({ source: volume, target: path, mode: readOnly === true ? 'ro' : 'rw' })))
      .withAutoCleanup(false)
      .withWaitStrategy(STARTED);
    if (spec.publish !== undefined) this.withExposedPorts(spec.publish);
    this.hostConfig.Sysctls = spec.sysctls;
    this.hostConfig.Tmpfs = Object.fromEntries(Object.entries(spec.tmpfs ?? {}).map(([directory, bytes]) => [directory, `size=${bytes}`]));
    this.hostConfig.Devices = (spec.devices ?? []).map((device) => ({ PathOnHost: device, PathInContainer: device, CgroupPermissions: 'rwm' }));
    if (spec.publish !== undefined) this.hostConfig.PortBindings = { [`${spec.publish}/tcp`]: [{ HostIp: publishOn, HostPort: '0' }] };
  }

  protected override async containerCreated(id: string): Promise<void> {
    this.containerId = id;
    const [, ...more] = this.#spec.networks;
    const files = this.#spec.files;
    // One after the other: the order of the networks is the order of the interfaces.
    for (const network of more) await this.#docker.getNetwork(network.id).connect({ Container: id });
    if (files.length > 0) await this.#docker.getContainer(id).putArchive(tar(await this.#members(files, id)), { path: '/' });
  }

  /** The files, and the directories that they need and the image does not have (Docker before 24 would make those 0777). */
  async #members(files: readonly ContainerFile[], id: string): Promise<TarMember[]> {
    const needed = parentsOf(files.map((file) => file.path));
    const there = await Promise.all(needed.map((directory) => this.#isThere(`/${directory}`, id)));
    return [
      ...needed.filter((_, i) => there[i] === false).map((path) => ({ path, mode: 0o755 })),
      ...files.map(({ path, content, mode, uid, gid }) => ({
        path: path.replace(/^\/+/, ''),
        content,
        mode,
        ...(uid === undefined ? {} : { uid }),
        ...(gid === undefined ? {} : { gid }),
      })),
    ];
  }

  #isThere(directory: string, id: string): Promise<boolean> {
    const key = `${this.#spec.image}:${directory}`;
    const known = directories.get(key);
    if (known) return known;
    const asked = this.#docker
      .getContainer(id)
      .infoArchive({ path: directory })
      .then(
        (answer: NodeJS.ReadableStream) => drain(answer).then(() => true),
        (error: unknown) => {
          if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return false;
          directories.delete(key);
          throw error;
        },
      );
    directories.set(key, asked);
    return asked;
  }
}

/** An answer that is not read to its end keeps its connection, and the process, for minutes. */
async function drain(answer: NodeJS.ReadableStream): Promise<void> {
  answer.resume();
  await finished(answer);
}
