export type Report = (line: string) => void;
export type Labels = Readonly<Record<string, string>>;

/** A file or directory laid into a container before its first process starts. Parent directories that are missing are made, 0755 root. */
export interface ContainerFile {
  path: string;
  content: Buffer;
  /** Permission bits. */
  mode: number;
  /** Owner, root unless told. Numbers, since names are the image's business. */
  uid?: number;
  gid?: number;
}

/** Says to `sweep` that it is for what processes of this machine have left that are gone. */
export interface Crashed {
  readonly crashed: true;
}

export interface EngineObject {
  name: string;
  id: string;
}

export interface ContainerSpec {
  name: string;
  /** Tag, as `BuiltImage.tag` says it. */
  image: string;
  hostname: string;
  env: Record<string, string>;
  volumes: { volume: string; path: string; readOnly?: boolean }[];
  /** All are connected before the first process starts; the first carries the published port. None: no network at all. */
  networks: EngineObject[];
  /** File systems of their own in memory, empty at first, mode 1777: bytes by directory. */
  tmpfs?: Readonly<Record<string, number>>;
  /** TCP port of the container to be reached from the harness. */
  publish?: number;
  capabilities: string[];
  /** Device files of the engine's machine, e.g. `/dev/net/tun`. */
  devices?: string[];
  sysctls: Record<string, string>;
  labels: Labels;
  files: ContainerFile[];
}

/** What another container has that takes the place of one: all else stays, volumes and networks among it. */
export type Replacement = Pick<ContainerSpec, 'image' | 'tmpfs'>;

export interface RunningContainer extends EngineObject {
  /** Where the harness reaches a port that was published, without the engine's proxy where it can. @throws MailproofError ENGINE_FAILED when it was not */
  published(port: number): { host: string; port: number };
  /** The last lines of its first process's output. */
  logs(lines: number): Promise<string>;
  remove(): Promise<void>;
}

export interface WantedImage {
  /** Folder of containers/, e.g. `exim`; or several, each built on the one before it: `exim+sqlite`. */
  image: string;
  /** Debian release, e.g. `bookworm`. */
  release: string;
  /** Folder with images of a repository's own, which come before those of mailproof; it need not exist. */
  ownImages?: string;
}

export interface BuiltImage extends WantedImage {
  tag: string;
}

export interface ListedContainer extends EngineObject {
  labels: Labels;
  /** `running`, `exited`, ... in Docker's words. */
  state: string;
}

export interface ListedInstance extends ListedContainer {
  /** Where the hub's control port is reached, while it runs. */
  published?: { host: string; port: number };
}

export interface ContainerMemory {
  name: string;
  labels: Labels;
  /** Of all that it holds: processes, kernel, small file systems, files that are in use. */
  bytes: number;
  /** Of its processes alone: their private memory. */
  processes: number;
}

export interface OnceSpec {
  image: string;
  files: ContainerFile[];
  /** Shell script, run as root. */
  script: string;
  capabilities?: string[];
  devices?: string[];
  sysctls?: Record<string, string>;
}

export interface OnceResult {
  status: number;
  /** Standard output and standard error in the order they came. */
  output: string;
}

export interface Engine {
  /** E.g. `docker 20.10.24, unix:///var/run/docker.sock, amd64`. */
  readonly description: string;
  /** Name or address at which published ports are reached; 127.0.0.1 for a local engine. */
  readonly host: string;
  /** A signal ends this process: what it started is being taken away. */
  readonly leaving: boolean;
  /** Value of the label `mailproof.owner` for what this process starts and takes away at its end. */
  readonly owner: string;
  /**
   * Builds what is missing, side by side; what is there is found by its tag. Keys are `image@release`.
   * @throws MailproofError IMAGE_FAILED with the last lines of the build
   */
  ensureImages(wanted: readonly WantedImage[], report: Report): Promise<Map<string, BuiltImage>>;
  /** A network that nothing can leave: the cable of an instance. */
  createInternalNetwork(labels: Labels): Promise<EngineObject>;
  /** A bridge over which the hub's control port is published. */
  createBridge(labels: Labels): Promise<EngineObject>;
  createVolume(labels: Labels): Promise<EngineObject>;
  /** Creates, fills, connects and starts a container; returns when its first process was started. @throws MailproofError ENGINE_FAILED */
  start(spec: ContainerSpec): Promise<RunningContainer>;
  /** Removes a running container and starts another one in its place, of the same name. @throws MailproofError ENGINE_FAILED */
  replace(container: string, by: Replacement): Promise<void>;
  /** Runs one script in a container without network that is removed afterwards. */
  runOnce(spec: OnceSpec): Promise<OnceResult>;
  /** An interactive shell on this terminal; returns its exit status. */
  shell(container: string): Promise<number>;
  list(labels: Labels): Promise<ListedContainer[]>;
  /** Memory of the running containers with these labels. @throws MailproofError ENGINE_FAILED */
  memory(labels: Labels): Promise<ContainerMemory[]>;
  /** What became of the containers with these labels: their states and last words, for a person. */
  fate(labels: Labels): Promise<string>;
  /** The hubs of all instances, for attaching to them from another process. */
  instances(): Promise<ListedInstance[]>;
  /**
   * Removes containers, networks and volumes that carry these labels, or everything of mailproof's for none;
   * with `crashed`, what belongs to processes of this machine that are gone. Returns how many objects it removed.
   * `tell` is told of each that cannot be removed. @throws MailproofError ENGINE_FAILED for those, unless there is a `tell`
   */
  sweep(which: Labels | Crashed, tell?: Report): Promise<number>;
}
