import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { GATEWAY_V4, GATEWAY_V6, type HubHost } from '../protocol.ts';
import { canonicalAddress } from './addresses.ts';
import { Problem } from './problem.ts';
import { command, shell } from './shell.ts';

const HUB_MAC = '02:00:00:00:00:01';

interface Cable {
  device: string;
  address: string;
}

export const families = (addresses: readonly string[]): { v4: string[]; v6: string[] } => ({ v4: addresses.filter((one) => !isIPv6(one)), v6: addresses.filter(isIPv6) });

/**
 * The hub's end of the wire: one VXLAN device on the cable (an internal network), to which every host has a link;
 * the hosts' routes come before the local table, which holds every other address of the internet.
 */
export class Wire {
  readonly #vni: number;
  readonly #cable: Cable;
  /** By which the control port is reached; of no world. */
  readonly controlAddress: string | undefined;
  readonly #local = new Map<string, Promise<void>>();
  #nextMac = 0x10;

  private constructor(vni: number, cable: Cable, controlAddress: string | undefined) {
    this.#vni = vni;
    this.#cable = cable;
    this.controlAddress = controlAddress;
  }

  /** Sets the hub up. The control port's interface keeps its default route only for answers from its own address. */
  static async open(vni: number): Promise<Wire> {
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
for f in -4 -6; do ip $f rule add pref 5 lookup 10; ip $f rule add pref 100 lookup local; ip $f rule del pref 0; done
ip route add ${cable.subnet} dev ${cable.device} table 10
ip route add local ${cable.address} dev lo table 10
ip route add local 127.0.0.0/8 dev lo table 10
ip route add local ${GATEWAY_V4} dev lo table 10
ip route add local default dev lo table local
ip -6 route add local default dev lo table local`,
      'set up the wire',
    );
    return new Wire(vni, cable, bridge?.address);
  }

  /** The device of the hub that the hosts' links come in on. */
  get cableDevice(): string {
    return this.#cable.device;
  }

  /** The script that makes a host's end of its link; it says the host's address on the cable. Only the hub can be reached after it. */
  hostScript(host: HubHost): { script: string; mac: string } {
    const mac = `02:00:00:00:${(this.#nextMac >> 8).toString(16).padStart(2, '0')}:${(this.#nextMac++ & 0xff).toString(16).padStart(2, '0')}`;
    const { v4, v6 } = families(host.addresses);
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
        : [`ip neigh replace ${GATEWAY_V4} lladdr ${HUB_MAC} dev world nud permanent`, `ip route add default via ${GATEWAY_V4} dev world onlink src ${v4[0]}`]),
      ...(v6[0] === undefined
        ? []
        : [`ip -6 neigh replace ${GATEWAY_V6} lladdr ${HUB_MAC} dev world nud permanent`, `ip -6 route add default via ${GATEWAY_V6} dev world onlink src ${v6[0]}`]),
      // The cable must carry nothing but the link: the machine's own bridge address answers on it otherwise.
      `ip route add ${this.#cable.address}/32 dev eth0 scope link`,
      'for net in $(ip -4 route show dev eth0 proto kernel | cut -d" " -f1); do ip route del "$net" dev eth0; done',
      // The engine's own resolver lives on this address inside every container and asks the machine's.
      'ip rule add pref 100 lookup local && ip rule add pref 50 to 127.0.0.11 prohibit && ip rule del pref 0',
      'echo "cable $CABLE"',
    ];
    return { script: lines.join(' &&\n').replaceAll('|| true &&', '|| true;').replaceAll('done &&', 'done;'), mac };
  }

  /** The hub's end of a host's link, also of one that had another end before. @param said what the host's script said */
  async linkHost(host: HubHost, mac: string, said: string): Promise<void> {
    const cable = /^cable ([\d.]+)/m.exec(said)?.[1];
    if (cable === undefined) throw new Problem(502, 'host-not-up', `host ${host.name} has no address on the cable`);
    const routes = host.addresses.flatMap((address) => {
      const family = isIPv6(address) ? '-6' : '-4';
      return [`ip ${family} route replace ${address} dev world table 10`, `ip ${family} neigh replace ${address} lladdr ${mac} dev world nud permanent`];
    });
    await shell([`bridge fdb append ${mac} dev world dst ${cable}`, ...routes].join('\n'), `link host ${host.name}`);
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

  async #addLocal(missing: readonly string[]): Promise<void> {
    await command('ip', ['-6', '-batch', '-'], 'take an outside address', missing.map((address) => `addr replace ${address}/128 dev lo nodad\n`).join(''));
  }
}

/** The control port's side (where the default route is) and the cable's. */
async function interfaces(): Promise<{ bridge: Cable | undefined; cable: Cable & { subnet: string }; gateway: string | undefined }> {
  const route = /default via ([\d.]+) dev (\S+)/.exec(await command('ip', ['-4', 'route', 'show', 'default'], 'look at its routes'));
  const found = Object.entries(networkInterfaces()).flatMap(([device, entries]) =>
    (entries ?? []).filter((entry) => entry.family === 'IPv4' && !entry.internal).map((entry) => ({ device, address: entry.address, cidr: entry.cidr ?? '' })),
  );
  const cable = found.find((one) => one.device !== route?.[2]);
  if (cable === undefined)
    throw new Problem(
      500,
      'no-cable',
      'the hub is not connected to an internal network',
      'connect it to the bridge of the control port first, then to the internal network of the world',
    );
  return { bridge: found.find((one) => one.device === route?.[2]), cable: { ...cable, subnet: subnetOf(cable.cidr) }, gateway: route?.[1] };
}

function subnetOf(cidr: string): string {
  const [address = '', bits = '32'] = cidr.split('/');
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const base = value - (value % size);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${bits}`;
}
