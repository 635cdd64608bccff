import { randomBytes } from 'node:crypto';
import { MailproofError, messageOf } from '../base/index.ts';
import { type FoundEngine, findOrInstallEngine } from './discover.ts';
import { Farewell } from './farewell.ts';
import { fateOf } from './fate.ts';
import { Images } from './images/images.ts';
import { memoryOf } from './memory.ts';
import { Networks } from './networks.ts';
import { newContainer } from './new-container.ts';
import { demultiplexed, runOnce } from './once.ts';
import { OWNER } from './owner.ts';
import { engineFailed } from './problems.ts';
import { directly, reachOf } from './reach.ts';
import { replace } from './replace.ts';
import { openShell } from './shell.ts';
import { sweep } from './sweep.ts';
import type { ContainerSpec, Engine, Labels, ListedContainer, ListedInstance, Report, RunningContainer } from './types.ts';

let opened: Promise<Engine> | undefined;

/**
 * The container engine of this process: found, or installed and started. Removes what processes that crashed have left.
 * @throws MailproofError ENGINE_MISSING, ENGINE_FAILED
 */
export function openEngine(report: Report): Promise<Engine> {
  opened ??= open(report);
  opened.catch(() => {
    opened = undefined;
  });
  return opened;
}

async function open(report: Report): Promise<Engine> {
  const found = await findOrInstallEngine(report);
  const engine = await engineOn(found);
  // What the engine cannot remove (Docker 20.10 may forget an endpoint of a network under load) is in nobody's way.
  const removed = await engine
    .sweep({ crashed: true }, (problem) => report(`left behind by a run that did not end properly: ${problem}`))
    .catch((error: unknown) => {
      report(`what crashed runs may have left was not looked at: ${messageOf(error)}`);
      return 0;
    });
  if (removed > 0) report(`removed ${removed} containers, networks and volumes of a run that did not end properly`);
  return engine;
}

/** Debian's word for the architecture of an engine. */
export function debianArchitecture(engine: string): string {
  return { x86_64: 'amd64', amd64: 'amd64', aarch64: 'arm64', arm64: 'arm64' }[engine] ?? engine;
}

/** `docker 20.10.24+dfsg1, unix:///var/run/docker.sock, amd64` */
export async function describeEngine({ client, docker }: FoundEngine): Promise<string> {
  const version = await docker.version();
  const podman = version.Components?.some((component) => /podman/i.test(component.Name)) === true;
  const modem: unknown = docker.modem;
  const at = (key: string): string | undefined => {
    const value: unknown = typeof modem === 'object' && modem !== null ? Reflect.get(modem, key) : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const socket = at('socketPath');
  const where = socket === undefined ? `${at('protocol') ?? 'http'}://${at('host') ?? client.info.containerRuntime.host}` : `unix://${socket}`;
  return `${podman ? 'podman' : 'docker'} ${version.Version}, ${where}, ${debianArchitecture(client.info.containerRuntime.architecture)}`;
}

async function engineOn(found: FoundEngine): Promise<Engine> {
  const { client, docker } = found;
  const named = client.info.containerRuntime.host;
  const local = ['localhost', '127.0.0.1', '::1'].includes(named);
  const host = local ? '127.0.0.1' : named;
  // A remote engine must publish where it can be reached; the control port asks for its token there as well.
  const publishOn = local ? '127.0.0.1' : '0.0.0.0';
  const architecture = debianArchitecture(client.info.containerRuntime.architecture);
  const images = new Images(docker, architecture);
  const networks = new Networks(docker);
  const farewell = new Farewell((instance) => sweep(docker, { 'mailproof.instance': instance }));
  return {
    description: await describeEngine(found),
    host,
    get leaving() {
      return farewell.leaving;
    },
    owner: OWNER,
    ensureImages: (wanted, report) => images.ensure(wanted, report),
    createInternalNetwork: (labels) => farewell.making(labels, () => networks.create('cable', labels)),
    createBridge: (labels) => farewell.making(labels, () => networks.create('bridge', labels)),
    createVolume: (labels) => farewell.making(labels, () => createVolume(found, labels)),
    start: (spec) => farewell.making(spec.labels, () => start(found, spec, { host, publishOn })),
    replace: (container, by) => replace(docker, container, by),
    runOnce: async (spec) => {
      const labels = { 'mailproof.instance': randomBytes(4).toString('hex'), 'mailproof.owner': OWNER, 'mailproof.role': 'once' };
      const result = await farewell.making(labels, () => runOnce(docker, spec, labels));
      farewell.gone(labels['mailproof.instance']);
      return result;
    },
    shell: (container) => openShell(docker, container),
    list: (labels) => list(found, labels),
    memory: async (labels) =>
      memoryOf(
        docker,
        (await list(found, labels)).filter(({ state }) => state === 'running'),
      ),
    instances: () => instances(found, host),
    fate: (labels) => fateOf(docker, labels),
    sweep: async (which, tell) => {
      const removed = await sweep(docker, which, tell);
      const names = Object.keys(which);
      const instance: unknown = Reflect.get(which, 'mailproof.instance');
      if (names.length === 0) farewell.gone(undefined);
      else if (names.length === 1 && typeof instance === 'string') farewell.gone(instance);
      return removed;
    },
  };
}

async function createVolume({ docker }: FoundEngine, labels: Labels): Promise<{ name: string; id: string }> {
  const name = `mailproof-${labels['mailproof.instance'] ?? 'none'}-${randomBytes(4).toString('hex')}`;
  try {
    await docker.createVolume({ Name: name, Labels: { ...labels } });
    return { name, id: name };
  } catch (error) {
    throw engineFailed(`the volume ${name} could not be made`, error);
  }
}

async function start({ docker }: FoundEngine, spec: ContainerSpec, reached: { host: string; publishOn: string }): Promise<RunningContainer> {
  const container = await newContainer(docker, spec, reached.publishOn);
  try {
    const started = await container.start();
    const handle = docker.getContainer(started.getId());
    const { publish } = spec;
    const reach = publish === undefined ? undefined : await reachOf(docker, started.getId(), publish, { host: reached.host, port: started.getMappedPort(publish) });
    return {
      id: started.getId(),
      name: spec.name,
      published: (port) => {
        if (reach === undefined || port !== publish) throw new MailproofError('ENGINE_FAILED', `port ${port} of ${spec.name} is not published`);
        return reach;
      },
      logs: async (lines) => demultiplexed(await handle.logs({ stdout: true, stderr: true, tail: lines })),
      remove: async () => {
        await handle.remove({ force: true, v: true });
      },
    };
  } catch (error) {
    const id = container.containerId;
    const said =
      id === undefined
        ? ''
        : demultiplexed(
            await docker
              .getContainer(id)
              .logs({ stdout: true, stderr: true, tail: 15 })
              .catch(() => Buffer.alloc(0)),
          ).trim();
    if (id !== undefined)
      await docker
        .getContainer(id)
        .remove({ force: true, v: true })
        .catch(() => {}); // the first error is the one to tell
    throw engineFailed(`the container ${spec.name} could not be started${said === '' ? '' : `\n--- its last words\n${said}\n---`}`, error);
  }
}

async function list({ docker }: FoundEngine, labels: Labels): Promise<ListedContainer[]> {
  const label = ['mailproof.instance', ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)];
  const found = await docker.listContainers({ all: true, filters: { label } });
  return found.map((one) => ({ id: one.Id, name: (one.Names[0] ?? one.Id).replace(/^\//, ''), labels: one.Labels, state: one.State }));
}

async function instances({ docker }: FoundEngine, host: string): Promise<ListedInstance[]> {
  const hubs = await docker.listContainers({ all: true, filters: { label: ['mailproof.role=hub'] } });
  return hubs.map((hub) => {
    const port = hub.Ports.find((one) => one.PublicPort !== undefined);
    return {
      id: hub.Id,
      name: (hub.Names[0] ?? hub.Id).replace(/^\//, ''),
      labels: hub.Labels,
      state: hub.State,
      ...(port === undefined ? {} : { published: directly(hub.NetworkSettings.Networks, port.PrivatePort) ?? { host, port: port.PublicPort } }),
    };
  });
}
