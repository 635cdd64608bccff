import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, rmSync, watch } from 'node:fs';
import type { ContainerRuntimeClient } from 'testcontainers';
import { MailproofError, messageOf, waitUntil } from '../base/index.ts';
import { aptInstall, distribution, findProgram, lastLines } from './system.ts';
import type { Report } from './types.ts';

const SOCKET = '/var/run/docker.sock';
const ENGINE_LOG = '/var/log/mailproof-dockerd.log';
const ENGINE_PID = '/var/run/docker.pid';
const ENGINE_DEADLINE_MS = 60_000;
const ENGINE_ATTEMPT_MS = 200;

/** The engine's own interface, through the library that found it. */
export type Docker = ContainerRuntimeClient['container']['dockerode'];

export interface FoundEngine {
  client: ContainerRuntimeClient;
  docker: Docker;
}

/** What Testcontainers finds: DOCKER_HOST, its properties file, the context, the sockets of Docker, rootless Docker and Podman, the pipe of Docker Desktop. */
export async function findEngine(): Promise<FoundEngine | undefined> {
  try {
    // Loaded when it is needed: most processes and workers of the harness never ask the engine for anything.
    const { getContainerRuntimeClient } = await import('testcontainers');
    const client = await getContainerRuntimeClient();
    return { client, docker: client.container.dockerode };
  } catch {
    // Testcontainers says only that none of its ways worked.
    return undefined;
  }
}

/**
 * The engine that is there; else, on Debian or Ubuntu as root, the distribution's own, installed and started.
 * @throws MailproofError ENGINE_MISSING with the command to run
 */
export async function findOrInstallEngine(report: Report): Promise<FoundEngine> {
  const found = await findEngine();
  if (found) return found;
  const here = distribution();
  if (process.env.DOCKER_HOST !== undefined) {
    throw new MailproofError('ENGINE_MISSING', `no container engine answers at DOCKER_HOST=${process.env.DOCKER_HOST}`, {
      hint: 'start that engine, or unset DOCKER_HOST to look for one on this machine',
    });
  }
  if (process.platform !== 'linux' || !here.root || (!here.apt && findProgram('dockerd') === undefined)) {
    throw new MailproofError('ENGINE_MISSING', 'no container engine was found (DOCKER_HOST, contexts and the usual sockets were tried)', { hint: installHint() });
  }
  if (findProgram('dockerd') === undefined) {
    report(`no container engine here: installing docker.io from ${here.id}'s own packages`);
    const installed = await aptInstall(['docker.io', 'iptables']);
    if (installed.status !== 0) {
      throw new MailproofError('ENGINE_MISSING', `docker.io could not be installed\n${lastLines(installed.output, 15)}`, {
        hint: 'install a container engine by hand, then run mailproof doctor',
      });
    }
    // With systemd the package starts the service itself.
    const started = await findEngine();
    if (started) return started;
  }
  if (engineProcess() === undefined) {
    report(`starting the container engine (its log: ${ENGINE_LOG})`);
    await startEngine();
  }
  const engine = await answeringEngine();
  if (engine) return engine;
  throw new MailproofError('ENGINE_FAILED', `the container engine runs and does not answer\n${engineLog()}`, { hint: `read ${ENGINE_LOG}` });
}

/** The command that brings an engine to this machine. */
export function installHint(): string {
  const here = distribution();
  if (process.platform === 'darwin' || process.platform === 'win32') return 'install and start Docker Desktop, Podman Desktop or another engine with a Docker socket';
  if (here.apt)
    return findProgram('dockerd') === undefined ? 'run: sudo apt-get install docker.io' : `run: sudo systemctl start docker; and as a user: sudo usermod -aG docker "$USER"`;
  return 'install Docker or Podman with its Docker socket, or point DOCKER_HOST at an engine';
}

/** The number of the engine that runs on this machine, whether it answers yet or not: one that is slow under load must not be started a second time. */
function engineProcess(): number | undefined {
  try {
    const pid = Number(readFileSync(ENGINE_PID, 'utf8'));
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'dockerd' ? pid : undefined;
  } catch {
    return undefined; // no such file, or no such process
  }
}

/** The engine that runs, as soon as it answers; undefined when it ends, or does not answer in time. */
async function answeringEngine(): Promise<FoundEngine | undefined> {
  const giveUp = performance.now() + ENGINE_DEADLINE_MS;
  for (;;) {
    const found = await findEngine();
    if (found !== undefined || engineProcess() === undefined || performance.now() > giveUp) return found;
    // Nothing tells when an engine that another process started begins to answer.
    await new Promise((again) => setTimeout(again, ENGINE_ATTEMPT_MS));
  }
}

/** What dockerd says when it serves requests; its socket is there a second before. */
const SERVING = `API listen on ${SOCKET}`;

/** Starts dockerd as a process of its own that outlives this one, and waits until it serves requests. */
async function startEngine(): Promise<void> {
  // Nobody answers there: what a crashed engine left behind would be taken for the new one's.
  rmSync(SOCKET, { force: true });
  const log = openSync(ENGINE_LOG, 'a');
  const saidBefore = fstatSync(log).size;
  const child = spawn(findProgram('dockerd') ?? 'dockerd', [], { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  let ended: string | undefined;
  const watcher = watch(ENGINE_LOG);
  try {
    await waitUntil<void>({
      what: 'the container engine serves requests',
      deadlineMs: ENGINE_DEADLINE_MS,
      look: () => {
        // Another process began one at the same moment: that one stays.
        if (ended !== undefined && engineProcess() !== undefined) return { met: true, value: undefined };
        if (ended !== undefined) throw new MailproofError('ENGINE_FAILED', `dockerd ${ended}\n${engineLog()}`, { hint: `read ${ENGINE_LOG}` });
        const said = readFileSync(ENGINE_LOG).subarray(saidBefore).toString();
        return said.includes(SERVING) ? { met: true, value: undefined } : { met: false, missing: `it has not said "${SERVING}"; the last was: ${lastLines(said, 1)}` };
      },
      subscribe: (again) => {
        child.once('error', (error) => {
          ended = messageOf(error);
          again();
        });
        child.once('exit', (status, signal) => {
          ended = `ended with ${signal ?? `status ${status}`}`;
          again();
        });
        watcher.on('change', again);
        return () => watcher.off('change', again);
      },
    });
  } finally {
    const closed = once(watcher, 'close');
    watcher.close();
    await closed;
    child.removeAllListeners();
    child.unref();
  }
}

function engineLog(): string {
  return existsSync(ENGINE_LOG) ? lastLines(readFileSync(ENGINE_LOG, 'utf8'), 10) : '';
}
