import { writeFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { messageOf } from '../../base/index.ts';
import { GATEWAY_V4, type HubHost, type HubService } from '../protocol.ts';
import { Agent } from './agent.ts';
import { bootScript, hostDirectory, logDirectory, overlayFile, syslogDirectory } from './boot-script.ts';
import type { CertificateAuthority } from './certificates.ts';
import type { EventLog } from './events.ts';
import { LogFollower } from './log-follower.ts';
import { waitUntilReady } from './probe.ts';
import { Problem } from './problem.ts';
import { syslogText } from './syslog.ts';
import { PROBE_V6, type Wire } from './wire.ts';

export type MachineState = 'linked' | 'starting' | 'ready' | 'stopped' | 'killed' | 'paused' | 'failed';

const SIGKILL = 9;
const SIGTERM = 15;
const SIGCONT = 18;
const SIGSTOP = 19;
const UP_DEADLINE_MS = 60_000;
/** Waits until no process is left but this one and PID 1, five seconds at most. */
const REST_ENDS = `timeout 5 sh -c 'while
rest=
for entry in /proc/[0-9]*; do case \${entry#/proc/} in 1|$1|$PPID|$$) ;; *) rest="$rest \${entry#/proc/}" ;; esac; done
[ -n "$rest" ]
do for pid in $rest; do await-exit "$pid"; done; done' rest $$`;
const REST_DEADLINE_MS = 10_000;

export interface MachineWorld {
  wire: Wire;
  authority: CertificateAuthority;
  events: EventLog;
  nameservers: readonly string[];
  /** Tells the wire which machines are off. */
  power: (machine: Machine, on: boolean) => Promise<void>;
}

/** One host of the world as a machine: wired, booted, its services started and stopped. */
export class Machine {
  readonly agent: Agent;
  readonly #world: MachineWorld;
  /** By directory of the host. */
  readonly #followers = new Map<string, LogFollower>();
  readonly #running = new Set<string>();
  #host: HubHost;
  #state: MachineState | 'new' = 'new';

  constructor(host: HubHost, world: MachineWorld) {
    this.#host = host;
    this.#world = world;
    this.agent = new Agent(host.name, hostDirectory(host.name));
    this.#followers.set('/dev/log', new LogFollower(syslogDirectory(host.name), '/dev/log', (_source, line) => this.#say('syslog', syslogText(line))));
    this.#followLogs();
  }

  get host(): HubHost {
    return this.#host;
  }

  get state(): MachineState | 'new' {
    return this.#state;
  }

  /** Links and boots it; its services are not started yet. */
  async bootUp(): Promise<void> {
    const { host } = this;
    await this.#step('its container starts', () => this.agent.reachable(UP_DEADLINE_MS));
    const script = this.#world.wire.hostScript(host);
    if (host.overlay !== undefined) writeFileSync(overlayFile(host.name), Buffer.from(host.overlay, 'base64'), { mode: 0o600 });
    const boot = bootScript(host, host.resolvers.length > 0 ? host.resolvers : this.#world.nameservers, this.#world.authority);
    const said = await this.#script('boot', `set -e\n${script}\n${boot}`);
    await this.#world.wire.linkHost(host, said);
    this.#become('linked');
    for (const follower of this.#followers.values()) follower.start();
    for (const [index, script] of host.prepare.entries()) await this.#script(`prepare ${index + 1} (${firstLine(script)})`, script);
  }

  /** Another container has taken its place while it was off: logs go on where they are, nothing else does. */
  async reinstall(host: HubHost): Promise<void> {
    if (this.#state !== 'stopped') throw new Problem(409, 'host-state', `host ${this.host.name} is ${this.#state}: it cannot be installed anew`, 'stop it first');
    this.#host = host;
    this.#running.clear();
    this.#state = 'new';
    this.#followLogs();
    await this.bootUp();
    await this.#world.power(this, true);
    await this.startServices();
  }

  /** Starts all services, in order, and waits until each answers. */
  async startServices(): Promise<void> {
    this.#become('starting');
    for (const service of this.host.services) await this.#launch(service);
    await Promise.all(this.host.services.map((service) => this.#ready(service)));
    this.#become('ready');
  }

  async start(): Promise<void> {
    switch (this.#state) {
      case 'paused':
        await this.agent.signal(SIGCONT);
        return this.#become('ready');
      case 'stopped':
      case 'killed':
      case 'failed':
        await this.#world.power(this, true);
        return this.startServices();
      default:
        throw new Problem(409, 'host-state', `host ${this.host.name} is ${this.#state}: it cannot be started`);
    }
  }

  /**
   * Services in an orderly way, then the rest of the processes, then the power.
   * What services leave under way gets a while to end by itself: an Exim that SIGTERM meets in the middle of a message answers 250 for it and
   * throws it away when the client then resets the connection (smtp_in.c, smtp_refill: had_data_sigint, and receive_bomb_out).
   */
  async stop(): Promise<void> {
    this.#mustBeOn('stopped');
    for (const service of [...this.host.services].reverse()) await this.#halt(service);
    await this.agent.run(REST_ENDS, REST_DEADLINE_MS);
    await this.agent.signal(SIGTERM);
    await this.agent.run(REST_ENDS, REST_DEADLINE_MS);
    await this.#world.power(this, false);
    await this.agent.signal(SIGKILL);
    this.#become('stopped');
  }

  /** Power loss: nothing that it still says gets out, then every process is gone. */
  async kill(): Promise<void> {
    await this.#world.power(this, false);
    await this.agent.signal(SIGKILL);
    this.#running.clear();
    this.#become('killed');
  }

  async pause(): Promise<void> {
    this.#mustBeOn('paused');
    await this.agent.signal(SIGSTOP);
    this.#become('paused');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async reload(): Promise<void> {
    this.#mustBeOn('reloaded');
    for (const service of this.host.services) if (service.reload !== undefined) await this.#script(`reload of ${service.name}`, service.reload);
  }

  /**
   * Has it run these services from now on. What is new is up before what stays reads a configuration that may name it, and
   * what goes is stopped when nothing names it any more. A service that is stopped by itself stays so.
   */
  async configure(services: readonly HubService[], then: 'reload' | 'restart'): Promise<void> {
    this.#mustBeOn('configured');
    const before = this.#host.services;
    const [has, had] = [services, before].map((list) => new Set(list.map((service) => service.name)));
    this.#host = { ...this.#host, services: [...services] };
    for (const service of services.filter(({ name }) => !had?.has(name))) {
      await this.#launch(service);
      await this.#ready(service);
    }
    const staying = services.filter(({ name }) => had?.has(name) && this.#running.has(name));
    const restarted = staying.filter((service) => then === 'restart' || service.reload === undefined);
    for (const service of [...restarted].reverse()) await this.#halt(service);
    for (const service of staying) {
      if (restarted.includes(service)) await this.#launch(service);
      else if (service.reload !== undefined) await this.#script(`reload of ${service.name}`, service.reload);
    }
    await Promise.all(staying.map((service) => this.#ready(service)));
    for (const service of before.filter(({ name }) => !has?.has(name)).reverse()) await this.#halt(service);
  }

  async serviceAction(name: string, action: 'start' | 'stop' | 'kill' | 'pause' | 'restart' | 'reload'): Promise<void> {
    const service = this.host.services.find((one) => one.name === name);
    if (service === undefined)
      throw new Problem(404, 'unknown-service', `host ${this.host.name} has no service "${name}"`, `it has ${this.host.services.map((one) => one.name).join(', ') || 'none'}`);
    switch (action) {
      case 'start':
        await this.#launch(service);
        return this.#ready(service);
      case 'stop':
        return this.#halt(service);
      case 'restart':
        await this.#halt(service);
        await this.#launch(service);
        return this.#ready(service);
      case 'reload': {
        if (service.reload === undefined) throw new Problem(409, 'no-reload', `service ${name} of host ${this.host.name} has no reload`, 'restart it');
        await this.#script(`reload of ${name}`, service.reload);
        return;
      }
      case 'kill':
      case 'pause':
        throw new Problem(
          400,
          'service-action',
          `a single service cannot be ${action === 'kill' ? 'killed' : 'paused'}, only its whole host`,
          `stop ${this.host.name}/${name}, or ${action} ${this.host.name}`,
        );
    }
  }

  /** After a jump of the clock: servers whose timers run on real time look at their queues. */
  async nudge(): Promise<void> {
    if (this.#state !== 'ready') return;
    await Promise.all(
      this.host.services.map((service) => (service.nudge !== undefined && this.#running.has(service.name) ? this.#script(`nudge of ${service.name}`, service.nudge) : undefined)),
    );
  }

  /** Everything that the host had written when it is called becomes an event before it returns. */
  readLogs(): void {
    for (const follower of this.#followers.values()) follower.catchUp();
  }

  close(): void {
    for (const follower of this.#followers.values()) follower.close();
  }

  #followLogs(): void {
    for (const directory of this.host.logDirs) {
      if (this.#followers.has(directory)) continue;
      this.#followers.set(directory, new LogFollower(logDirectory(this.host.name, directory), directory, (source, line) => this.#say(source, line)));
    }
  }

  #say(source: string, line: string): void {
    this.#world.events.add({ type: 'log', host: this.host.name, source, line });
  }

  async #launch(service: HubService): Promise<void> {
    await this.#script(`start of ${service.name}`, service.start);
    this.#running.add(service.name);
  }

  async #halt(service: HubService): Promise<void> {
    if (!this.#running.delete(service.name)) return;
    await this.#script(`stop of ${service.name}`, service.stop);
  }

  async #ready(service: HubService): Promise<void> {
    const address = this.host.addresses[0];
    if (address === undefined) return;
    const from = isIPv6(address) ? PROBE_V6 : GATEWAY_V4;
    await Promise.all(
      service.ready.map(({ protocol, port }) =>
        this.#step(`${service.name} is ready`, () => waitUntilReady(`${service.name} of host ${this.host.name}`, protocol, address, port, UP_DEADLINE_MS, from)),
      ),
    );
  }

  #mustBeOn(what: string): void {
    if (this.#state !== 'ready') throw new Problem(409, 'host-state', `host ${this.host.name} is ${this.#state}: it cannot be ${what}`);
  }

  #become(state: MachineState): void {
    this.#state = state;
    this.#world.events.add({ type: 'host', host: this.host.name, state });
  }

  /** Runs a script that must end well. */
  async #script(step: string, script: string): Promise<string> {
    const { status, output } = await this.#step(step, () => this.agent.run(script));
    if (status !== 0) throw this.#notUp(step, `it ended with status ${status}${output.trim() === '' ? '' : `:\n${output.trim().slice(-3000)}`}`);
    return output;
  }

  async #step<T>(step: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw this.#notUp(step, messageOf(error));
    }
  }

  #notUp(step: string, reason: string): Problem {
    const words = this.#world.events.lastLines(this.host.name, 20);
    const failing = this.#state === 'new' || this.#state === 'linked' || this.#state === 'starting';
    if (failing) {
      this.#state = 'failed';
      this.#world.events.add({ type: 'host', host: this.host.name, state: 'failed', detail: `${step}: ${reason}` });
    }
    const tail = words.length === 0 ? '' : `\n--- last log lines of ${this.host.name}\n${words.join('\n')}`;
    return new Problem(502, failing ? 'host-not-up' : 'host-step', `host ${this.host.name} ${failing ? 'did not come up' : 'failed'} at "${step}": ${reason}${tail}`);
  }
}

function firstLine(script: string): string {
  const line = script.trim().split('\n', 1)[0] ?? '';
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
