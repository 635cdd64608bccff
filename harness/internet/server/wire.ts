import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { GATEWAY_V4, GATEWAY_V6, type HubHost } from '../protocol.ts';
import { canonicalAddress } from './addresses.ts';
import type { Inside } from './inside.ts';
import { Problem } from './problem.ts';
import { command, shell } from './shell.ts';

const HUB_MAC = '02:00:00:00:00:01';
/** Where probes of hosts without IPv4 come from. */
export const PROBE_V6 = '2001:db8:0:19::ffff';
/** Routing tables of the gateways, one each; those below are of delays. */
const FIRST_GATEWAY_TABLE = 100_000;

interface Cable {
  device: string;
  address: string;
  subnet: string;
}

const isV6 = (addressOrNetwork: string): boolean => addressOrNetwork.includes(':');
/** Of addresses or of networks. */
export const families = (addresses: readonly string[]): { v4: string[]; v6: string[] } => ({ v4: addresses.filter((one) => !isV6(one)), v6: addresses.filter(isV6) });

/**
 * The hub's end of the wire: one VXLAN device on the cable (an internal network), to which every host has a link;
 * the hosts' routes come before the local table, which holds every other address of the internet.
 */
export class Wire {
  readonly #vni: number;
  readonly #inside: Inside;
  readonly #cable: Cable;
  /** By which the control port is reached; of no world. */
  readonly controlAddress: string | undefined;
  readonly #local = new Map<string, Promise<void>>();
  readonly #macs = new Map<string, string>();

  private constructor(vni: number, inside: Inside, cable: Cable, controlAddress: string | undefined) {
    this.#vni = vni;
    this.#inside = inside;
    this.#cable = cable;
    this.controlAddress = controlAddress;
  }

  /** Sets the hub up. The control port's interface keeps its default route only for answers from its own address. */
  static async open(vni: number, inside: Inside): Promise<Wire> {
    const { bridge, cable, gateway } = await interfaces();
    await shell(
      `${
        bridge === undefined
          ? ''
          : `ip route add default via ${gateway} dev ${bridge.device} table 20
ip rule add pref 3 from ${bridge.address} lookup 20
ip route add local ${bridge.address} dev lo table 10
ip route del default
`
      }ip link add world type vxlan id ${vni} dstport 4789 dev ${cable.device} nolearning
ip link set world address ${HUB_MAC} addrgenmode none up
ip addr add ${GATEWAY_V4}/32 dev world
ip -6 addr add ${GATEWAY_V6}/128 dev world nodad
for f in -4 -6; do ip $f rule add pref 10 lookup 10; ip $f rule add pref 100 lookup local; ip $f rule del pref 0; done
ip route add ${cable.subnet} dev ${cable.device} table 10
ip route add local ${cable.address} dev lo table 10
ip route add local 127.0.0.0/8 dev lo table 10
ip route add local ${GATEWAY_V4} dev lo table 10
ip route add local default dev lo table local
ip -6 route add local default dev lo table local
${waysOut(inside).join('\n')}`,
      'set up the wire',
    );
    return new Wire(vni, inside, cable, bridge?.address);
  }

  /** The device of the hub that the hosts' links come in on. */
  get cableDevice(): string {
    return this.#cable.device;
  }

  /** Of a host's end of its link, whichever container that is in. */
  macOf(host: string): string {
    const number = (0x10 + this.#macs.size).toString(16).padStart(4, '0');
    const mac = this.#macs.get(host) ?? `02:00:00:00:${number.slice(0, 2)}:${number.slice(2)}`;
    this.#macs.set(host, mac);
    return mac;
  }

  /** The script that makes a host's end of its link; it says the host's address on the cable. Only the hub can be reached after it. */
  hostScript(host: HubHost): string {
    const mac = this.macOf(host.name);
    const { v4, v6 } = families(host.addresses);
    const [inner4, inner6] = [v4, v6].map((addresses) => addresses.find((one) => this.#inside.has(one)));
    const networks = families(this.#inside.networks);
    const lines = [
      `CABLE=$(ip -4 -o addr show dev eth0 | awk '{ print $4; exit }')`,
      'ip route del default 2>/dev/null || true',
      `ip link add world type vxlan id ${this.#vni} dstport 4789 dev eth0 nolearning`,
      'ip link set eth0 addrgenmode none && ip -6 addr flush dev eth0',
      `ip link set world address ${mac} addrgenmode none up`,
      `bridge fdb append ${HUB_MAC} dev world dst ${this.#cable.address}`,
      ...v4.map((address) => `ip addr add ${address}/32 dev world`),
      ...v6.map((address) => `ip -6 addr add ${address}/128 dev world nodad`),
      // A family of which the host has no address has no route either, as on a real machine: what is tried fails at once.
      ...(v4[0] === undefined
        ? []
        : [`ip neigh replace ${GATEWAY_V4} lladdr ${HUB_MAC} dev world nud permanent`, `ip route add default via ${GATEWAY_V4} dev world onlink src ${this.#outer(v4)}`]),
      ...(v6[0] === undefined
        ? []
        : [`ip -6 neigh replace ${GATEWAY_V6} lladdr ${HUB_MAC} dev world nud permanent`, `ip -6 route add default via ${GATEWAY_V6} dev world onlink src ${this.#outer(v6)}`]),
      ...(inner4 === undefined ? [] : networks.v4.map((network) => `ip route add ${network} via ${GATEWAY_V4} dev world onlink src ${inner4}`)),
      ...(inner6 === undefined ? [] : networks.v6.map((network) => `ip -6 route add ${network} via ${GATEWAY_V6} dev world onlink src ${inner6}`)),
      // The cable must carry nothing but the link: the machine's own bridge address answers on it otherwise.
      `ip route add ${this.#cable.address}/32 dev eth0 scope link`,
      'for net in $(ip -4 route show dev eth0 proto kernel | cut -d" " -f1); do ip route del "$net" dev eth0; done',
      // What a gateway forwards must not leave by the cable.
      `ip rule add pref 40 iif world to ${this.#cable.subnet} prohibit`,
      // The engine's own resolver lives on this address inside every container and asks the machine's.
      'ip rule add pref 100 lookup local && ip rule add pref 50 to 127.0.0.11 prohibit && ip rule del pref 0',
      'echo "cable $CABLE"',
    ];
    return lines.join(' &&\n').replaceAll('|| true &&', '|| true;').replaceAll('done &&', 'done;');
  }

  /** The hub's end of a host's link, also of one that had another end before. @param said what the host's script said */
  async linkHost(host: HubHost, said: string): Promise<void> {
    const mac = this.macOf(host.name);
    const cable = /^cable ([\d.]+)/m.exec(said)?.[1];
    if (cable === undefined) throw new Problem(502, 'host-not-up', `host ${host.name} has no address on the cable`);
    const routes = host.addresses.flatMap((address) => {
      const family = isIPv6(address) ? '-6' : '-4';
      return [`ip ${family} route replace ${address} dev world table 10`, `ip ${family} neigh replace ${address} lladdr ${mac} dev world nud permanent`];
    });
    await shell([`bridge fdb replace ${mac} dev world dst ${cable}`, ...routes].join('\n'), `link host ${host.name}`);
  }

  /** IPv6 sockets bind only addresses that an interface has; IPv4 ones need no more than the local route. */
  async makeLocal(addresses: readonly string[]): Promise<void> {
    const missing = addresses.map(canonicalAddress).filter((address) => isIPv6(address) && !this.#local.has(address));
    if (missing.length > 0) {
      const adding = this.#addLocal(missing);
      for (const address of missing) this.#local.set(address, adding);
    }
    // Another caller may have asked for the same address a moment ago: it is there only when that is done.
    await Promise.all(addresses.map((address) => this.#local.get(canonicalAddress(address))));
  }

  /** What a host says it comes from where nothing tells more: its first address outside, else its first. */
  #outer(addresses: readonly string[]): string | undefined {
    return addresses.find((one) => !this.#inside.has(one)) ?? addresses[0];
  }

  async #addLocal(missing: readonly string[]): Promise<void> {
    await command('ip', ['-6', '-batch', '-'], 'take an outside address', missing.map((address) => `addr replace ${address}/128 dev lo nodad\n`).join(''));
  }
}

/**
 * Policy routes: what is for an address inside goes there or nowhere, what is for the hub's own ends comes to the hub, and what else comes from
 * behind a gateway goes to that. By source alone, so that a packet that comes back from a delay finds the same way.
 */
function waysOut({ networks, behind }: Inside): string[] {
  if (networks.length === 0) return [];
  const ip = (address: string): string => (isV6(address) ? 'ip -6' : 'ip -4');
  const gateways = [...new Set(behind.map(({ gateway }) => gateway.address))];
  return [
    ...networks.flatMap((network) => [`${ip(network)} rule add pref 5 to ${network} lookup 10`, `${ip(network)} rule add pref 6 to ${network} lookup local`]),
    `ip -4 rule add pref 7 to ${GATEWAY_V4} lookup 10`,
    `ip -6 rule add pref 7 to ${PROBE_V6} lookup local`,
    // The kernel takes no next hop that the local table calls its own, as it does every address.
    ...gateways.flatMap((address, index) => [
      `${ip(address)} route add ${address} dev world table local`,
      `${ip(address)} route add default via ${address} dev world onlink table ${FIRST_GATEWAY_TABLE + index}`,
    ]),
    ...behind.map(({ address, gateway }) => `${ip(address)} rule add pref 8 from ${address} lookup ${FIRST_GATEWAY_TABLE + gateways.indexOf(gateway.address)}`),
  ];
}

/** The control port's side (where the default route is) and the cable's. */
async function interfaces(): Promise<{ bridge: Cable | undefined; cable: Cable; gateway: string | undefined }> {
  const route = /default via ([\d.]+) dev (\S+)/.exec(await command('ip', ['-4', 'route', 'show', 'default'], 'look at its routes'));
  const found = Object.entries(networkInterfaces()).flatMap(([device, entries]) =>
    (entries ?? []).filter((entry) => entry.family === 'IPv4' && !entry.internal).map((entry): Cable => ({ device, address: entry.address, subnet: subnetOf(entry.cidr ?? '') })),
  );
  const cable = found.find((one) => one.device !== route?.[2]);
  if (cable === undefined)
    throw new Problem(
      500,
      'no-cable',
      'the hub is not connected to an internal network',
      'connect it to the bridge of the control port first, then to the internal network of the world',
    );
  return { bridge: found.find((one) => one.device === route?.[2]), cable, gateway: route?.[1] };
}

function subnetOf(cidr: string): string {
  const [address = '', bits = '32'] = cidr.split('/');
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const base = value - (value % size);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${bits}`;
}
