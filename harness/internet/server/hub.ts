import { mkdirSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import { type WorldTime, worldTime } from '../../base/index.ts';
import {
  CLOCK_VOLUME,
  type ClockRequest,
  type ClockState,
  type DnsRecord,
  GATEWAY_V4,
  type HostRequest,
  type HubStatus,
  type HubWorld,
  type LinkRequest,
  type NamesRequest,
  type OutsideParty,
  type OutsideRequest,
  type Stray,
  WORLD_VOLUME,
} from '../protocol.ts';
import { AddressPool, canonicalAddress, reverseName } from './addresses.ts';
import { Capture } from './capture.ts';
import { CertificateAuthority } from './certificates.ts';
import { WorldClock } from './clock.ts';
import { resolverOf } from './dns/resolver.ts';
import { NameServer } from './dns/server.ts';
import { Zone } from './dns/zone.ts';
import { EventLog, type News } from './events.ts';
import { Firewall, REFUSAL_MARK } from './firewall.ts';
import { Inside } from './inside.ts';
import { delayDevice, Links } from './links.ts';
import { OutsideListener } from './listener.ts';
import { Machine } from './machine.ts';
import { Outside } from './outside.ts';
import { Problem } from './problem.ts';
import { families, PROBE_V6, Wire } from './wire.ts';

const SMTP_PORT = 25;
const HTTPS_PORT = 443;

/** One world instance: everything in the hub that belongs to it. */
export class Hub {
  readonly capture = new Capture();
  readonly zone = new Zone();
  readonly events: EventLog;
  readonly authority: CertificateAuthority;
  readonly #world: HubWorld;
  readonly #inside: Inside;
  readonly #clock = new WorldClock(CLOCK_VOLUME);
  readonly #firewall = new Firewall();
  readonly #listeners = { smtp: new OutsideListener(true), https: new OutsideListener(false) };
  readonly #pool = new AddressPool();
  readonly #outside: Outside;
  readonly #links: Links;
  readonly #machines = new Map<string, Machine>();
  readonly #owners = new Map<string, string>();
  readonly #receipts = new Map<string, Buffer>();
  readonly #off = new Set<Machine>();
  /** What the world file says of names, and which hosts have names. */
  #names: NamesRequest;
  /** Connections of harness clients, by the world's address they go to. */
  readonly #proxied = new Map<string, Set<() => void>>();
  #wire: Wire | undefined;

  constructor(world: HubWorld) {
    this.#world = world;
    this.#inside = new Inside(world);
    this.#names = { records: world.dns.records, hosts: world.hosts.map((host) => host.name) };
    this.events = new EventLog(() => this.now());
    this.authority = new CertificateAuthority(`mailproof world ${world.instance}`);
    this.#outside = new Outside(this.#pool, this.zone, this.#listeners, {
      authority: this.authority,
      now: () => this.now(),
      resolve: resolverOf(this.zone),
      report: (news) => this.#report(news),
      keep: (raw) => {
        const id = `R${this.#receipts.size + 1}`;
        this.#receipts.set(id, raw);
        return id;
      },
    });
    this.#links = new Links(this.#firewall, (end) => this.addressesOf(end));
    for (const host of world.hosts) for (const address of host.addresses) this.#owners.set(canonicalAddress(address), host.name);
  }

  now(): WorldTime {
    return worldTime(this.#clock.now());
  }

  /** Wires and starts everything; fulfilled when every service of every host answers. */
  async up(): Promise<void> {
    const world = this.#world;
    for (const directory of [`${WORLD_VOLUME}/hosts`, CLOCK_VOLUME]) mkdirSync(directory, { recursive: true });
    for (const host of world.hosts) this.#clock.addHost(host.name, host.skewMs ?? 0);
    this.#populate();
    const wire = await Wire.open(world.vni, this.#inside);
    this.#wire = wire;
    await Promise.all([this.#refuse(wire), wire.makeLocal([...world.nameservers, PROBE_V6]).then(() => this.#serve())]);
    for (const host of world.hosts) {
      const machine = new Machine(host, { wire, authority: this.authority, events: this.events, nameservers: world.nameservers, power: (one, on) => this.#power(one, on) });
      this.#machines.set(host.name, machine);
    }
    const ready = new Map<string, Promise<void>>();
    const bring = (name: string, waiting: readonly string[]): Promise<void> => {
      const known = ready.get(name);
      if (known) return known;
      if (waiting.includes(name)) throw new Problem(400, 'bad-order', `hosts wait for each other: ${[...waiting, name].join(' -> ')}`);
      const machine = this.machine(name);
      const before = machine.host.after.map((other) => bring(other, [...waiting, name]));
      const promise = Promise.all([machine.bootUp(), ...before]).then(() => machine.startServices());
      ready.set(name, promise);
      return promise;
    };
    await Promise.all(world.hosts.map((host) => bring(host.name, [])));
    if (world.nudgeEveryMs !== undefined)
      setInterval(() => void this.#nudge().catch((error: unknown) => console.error('hub: queues were not looked at', error)), world.nudgeEveryMs).unref();
  }

  /**
   * Reads every log to its end. Called before each answer of the control port.
   * @returns the number of the last event, which happened before the answer
   */
  readLogs(): number {
    for (const machine of this.#machines.values()) machine.readLogs();
    return this.events.length;
  }

  machine(name: string): Machine {
    const machine = this.#machines.get(name);
    if (machine === undefined) throw new Problem(404, 'unknown-host', `this world has no host "${name}"`, `it has ${[...this.#machines.keys()].join(', ')}`);
    return machine;
  }

  async host({ host, action, service }: HostRequest): Promise<void> {
    const machine = this.machine(host);
    if (service !== undefined) return machine.serviceAction(service, action);
    await machine[action]();
  }

  async clock({ advanceMs, skew, nudge = true }: ClockRequest): Promise<ClockState> {
    if (skew) this.#clock.skew(skew.host, skew.offsetMs);
    if (advanceMs !== undefined) {
      this.#clock.advance(advanceMs);
      this.events.add({ type: 'clock', now: this.now(), advancedMs: advanceMs });
    }
    if (nudge) await this.#nudge();
    return this.#clock.state();
  }

  async link(request: LinkRequest): Promise<void> {
    await this.#links.change(request);
    this.events.add({ type: 'link', action: request.action, between: request.between });
  }

  async setOutside(request: OutsideRequest): Promise<OutsideParty | null> {
    const before = this.#outside.set(request);
    await this.#showAddresses();
    this.#tellOutside(request.party.domain);
    return before;
  }

  setNames(names: NamesRequest): NamesRequest {
    const before = this.#names;
    this.#names = names;
    this.#nameMachines();
    this.zone.setSource('declared', names.records);
    return before;
  }

  async removeOutside(domain: string, owner: string): Promise<void> {
    this.#outside.remove(domain, owner);
    await this.#showAddresses();
    this.#tellOutside(domain);
  }

  #tellOutside(domain: string): void {
    this.events.add({ type: 'outside', ...this.#outside.stateOf(domain) });
  }

  receipt(id: string): Buffer {
    const raw = this.#receipts.get(id);
    if (raw === undefined) throw new Problem(404, 'unknown-receipt', `no receiver took a message as "${id}"`);
    return raw;
  }

  async strays(): Promise<Stray[]> {
    // What the hub itself says to the harness is no packet of the world.
    const met = (await this.#firewall.strays()).filter(({ from }) => from !== this.#wire?.controlAddress);
    return met.map((stray) => {
      const host = this.#owners.get(canonicalAddress(stray.from));
      return { ...stray, ...(host === undefined ? {} : { host }) };
    });
  }

  status(): HubStatus {
    return {
      world: this.#world.world,
      variant: this.#world.variant,
      instance: this.#world.instance,
      events: this.events.length,
      clock: this.#clock.state(),
      hosts: [...this.#machines.values()].map(({ host, state }) => ({ name: host.name, state, addresses: host.addresses })),
      ca: this.authority.certificate,
      memoryBytes: process.memoryUsage.rss(),
    };
  }

  /** Addresses of a host, an outside domain, or the address itself. */
  addressesOf(end: string): string[] {
    if (isIP(end) !== 0) return [canonicalAddress(end)];
    const host = this.#world.hosts.find((one) => one.name === end || one.fqdn === end);
    const found = host?.addresses.map(canonicalAddress) ?? this.#outside.addressesOf(end);
    if (found === undefined) throw new Problem(404, 'unknown-host', `"${end}" is neither a host of this world nor an outside domain nor an address`);
    return found;
  }

  /** Makes an outside address usable as a client's source. @throws Problem 403 for a host's own address */
  async takeSource(address: string): Promise<string> {
    const source = canonicalAddress(address);
    const owner = this.#owners.get(source);
    if (isIP(source) === 0) throw new Problem(400, 'bad-source', `"${address}" is not an address to connect from`);
    if (owner !== undefined) throw new Problem(403, 'bad-source', `${source} is an address of host ${owner}`, 'connect from an address that no host of the world owns');
    await this.#wire?.makeLocal([source]);
    return source;
  }

  /** A machine without power: the hub says so at once, as a router would. */
  isOff(address: string): boolean {
    return [...this.#off].some(({ host }) => host.addresses.map(canonicalAddress).includes(address));
  }

  /** Of a machine's addresses that which a client would use: of its family and on its side. */
  addressFor(client: string, addresses: readonly string[]): string | undefined {
    const ofFamily = addresses.filter((one) => isIPv6(one) === isIPv6(client));
    return ofFamily.find((one) => this.#inside.areTogether(client, one)) ?? ofFamily[0];
  }

  /** Whether there is a way between them that needs no gateway. */
  isReachable(client: string, address: string): boolean {
    return this.#inside.areTogether(client, address);
  }

  /** Registers how to break a proxied connection, should the machine at its end lose its power. */
  proxied(address: string, breakIt: () => void): () => void {
    const there = this.#proxied.get(address) ?? new Set();
    this.#proxied.set(address, there);
    there.add(breakIt);
    return () => there.delete(breakIt);
  }

  /** Servers whose timers run on real time look at their queues. */
  async #nudge(): Promise<void> {
    await Promise.all([...this.#machines.values()].map((machine) => machine.nudge()));
  }

  async #power(machine: Machine, on: boolean): Promise<void> {
    const addresses = machine.host.addresses.map(canonicalAddress);
    if (on) this.#off.delete(machine);
    else this.#off.add(machine);
    await this.#firewall.setOff([...this.#off].map(({ host }) => ({ name: host.name, addresses: host.addresses.map(canonicalAddress) })));
    if (on) return;
    // Nobody sits out the minutes and hours that TCP would: clients, receivers and the other hosts see their connections lost.
    await this.#resetConnectionsTo(machine, addresses);
    for (const address of addresses) {
      this.#outside.forgetClient(address);
      for (const breakIt of this.#proxied.get(address) ?? []) breakIt();
    }
  }

  /** Ends the other hosts' connections to a machine that has lost its power, and by way of it; a kernel that cannot (INET_DIAG_DESTROY) leaves them to TCP. */
  async #resetConnectionsTo(gone: Machine, addresses: readonly string[]): Promise<void> {
    const bracketed = (address: string): string => (isIPv6(address) ? `[${address}]` : address);
    const there = addresses.map((address) => `dst ${bracketed(address)}`);
    const toOutside = (address: string): string => {
      const networks = families(this.#inside.networks)[isIPv6(address) ? 'v6' : 'v4'];
      return `( ${[`src ${bracketed(address)}`, ...networks.map((network) => `not dst ${isIPv6(address) ? `[${network}]` : network}`)].join(' and ')} )`;
    };
    const reset = (machine: Machine): Promise<unknown> => {
      const byWay = this.#inside.behind.filter(({ host, gateway }) => host === machine.host.name && gateway.host === gone.host.name);
      const filters = [...there, ...byWay.map(({ address }) => toOutside(address))];
      return machine.agent.run(`ss -K -t '( ${filters.join(' or ')} )' > /dev/null 2>&1 || true`);
    };
    await Promise.all([...this.#machines.values()].filter((machine) => machine !== gone && machine.state === 'ready').map(reset));
  }

  #populate(): void {
    const { hosts, clients, nameservers, outside, dns } = this.#world;
    for (const address of [
      ...nameservers,
      ...Object.keys(clients),
      ...hosts.flatMap((host) => host.addresses),
      ...outside.flatMap((party) => (party.exchangers ?? []).flatMap((one) => one.addresses)),
    ])
      this.#pool.take(address);
    this.#nameMachines();
    for (const party of outside) this.#outside.found(party);
    this.zone.setSource('declared', dns.records);
    this.zone.setFaults(dns.faults);
  }

  /** Addresses and reverse names of what is connected to the wire. */
  #nameMachines(): void {
    const { hosts, clients, nameservers } = this.#world;
    const named: [string, string][] = [
      [GATEWAY_V4, 'gateway.internet.test'],
      [PROBE_V6, 'gateway.internet.test'],
      ['127.0.0.1', 'localhost'],
      ['::1', 'localhost'],
      ...nameservers.map((address): [string, string] => [address, 'ns.internet.test']),
      ...Object.entries(clients),
      ...hosts
        .filter((host) => this.#names.hosts.includes(host.name))
        .flatMap((host) => this.#inside.namedAddresses(host).map(({ address, name }): [string, string] => [address, name])),
    ];
    const records = named.flatMap(([address, name]): DnsRecord[] => [
      { name, type: address.includes(':') ? 'AAAA' : 'A', value: address },
      { name: reverseName(canonicalAddress(address)), type: 'PTR', value: name },
    ]);
    this.zone.setSource('world', [...records, { name: '', type: 'NS', value: 'ns.internet.test' }]);
  }

  async #serve(): Promise<void> {
    const servers = this.#world.nameservers.map(
      (address) =>
        new NameServer({
          zone: this.zone,
          address,
          onQuestion: (question) => {
            const host = this.#owners.get(question.client);
            this.events.add({ type: 'dns', ...question, ...(host === undefined ? {} : { host }) });
          },
        }),
    );
    await Promise.all([this.#listeners.smtp.listen(SMTP_PORT, '::'), this.#listeners.https.listen(HTTPS_PORT, '::'), ...servers.map((server) => server.listen())]);
  }

  /** Who asks for a policy is named, where it is a host. */
  #report(news: News): void {
    const host = news.type === 'policy' ? this.#owners.get(news.client) : undefined;
    this.events.add(news.type === 'policy' && host !== undefined ? { ...news, host } : news);
  }

  async #refuse(wire: Wire): Promise<void> {
    await Promise.all([this.#firewall.open(wire.cableDevice, this.#inside, (host) => wire.macOf(host)), delayDevice(REFUSAL_MARK, 1, 0)]);
    await this.#firewall.setAddresses({ host: [...this.#owners.keys()] });
    await this.#showAddresses();
  }

  async #showAddresses(): Promise<void> {
    const { smtp, silent, refusing, https, httpsDown } = this.#outside.addresses();
    const { nameservers, clients } = this.#world;
    await this.#firewall.setAddresses({
      smtp,
      silent,
      refusing,
      https,
      httpsdown: httpsDown,
      dns: nameservers,
      known: [GATEWAY_V4, PROBE_V6, ...smtp, ...refusing, ...https, ...httpsDown, ...nameservers, ...Object.keys(clients)].map(canonicalAddress),
    });
  }
}
