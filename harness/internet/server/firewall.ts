import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { GATEWAY_V4 } from '../protocol.ts';
import type { Behind, Inside } from './inside.ts';
import { Nft } from './nft.ts';
import { command } from './shell.ts';
import { families, PROBE_V6 } from './wire.ts';

/** Sets of addresses, each kept once per family (`smtp4`, `smtp6`). */
const ADDRESS_SETS = ['host', 'smtp', 'dns', 'known', 'silent', 'refusing', 'https', 'httpsdown', 'off'] as const;
/** Packets with this mark take the short delay before they are refused. */
export const REFUSAL_MARK = 100;
export type AddressSet = (typeof ADDRESS_SETS)[number];

const perFamily = (text: (family: '4' | '6', ip: 'ip' | 'ip6', type: string) => string): string => [text('4', 'ip', 'ipv4_addr'), text('6', 'ip6', 'ipv6_addr')].join('\n');

/** The hub's own ends of the wire: its probes come from there, and its refusals. */
const ownEnd = (family: '4' | '6'): string => (family === '4' ? GATEWAY_V4 : PROBE_V6);
/** A packet that has come back from a delay has lost the link it came by; only one that is to be refused may then still be on the wrong side. */
const REFUSED = `delay${REFUSAL_MARK}`;

/**
 * What the hub does with packets of the world. Everything from a host to an address that no host owns comes to
 * `input`: it is for a known address and a port that is served there, or it is a stray: recorded and refused.
 * Without connection tracking: TCP is judged by its first packet.
 *
 * A first packet that is to be refused with ICMP goes through a delay of a millisecond: on one machine the refusal
 * would arrive within the client's connect(2), where Linux notes it only as a soft error and tries again after 1 s.
 *
 * Inside and outside do not meet: a packet from one to the other is refused as by a router without a route, and is no stray, since
 * both ends are known. What a host sends by its gateway (`waysout`: its link and address) may come
 * back by that alone (`behind`: the gateway's link, the host's address); a gateway that forwards what it did not translate is no way out.
 */
const rules = (cable: string): string => `
table inet world {
${ADDRESS_SETS.map((name) => perFamily((family, _ip, type) => `  set ${name}${family} { type ${type}; }`)).join('\n')}
${perFamily(
  (family, _ip, type) => `  set cut${family} { type ${type} . ${type}; }
  map slow${family} { type ${type} . ${type} : mark; }
  set inside${family} { type ${type}; flags interval; }
  set behind${family} { type ether_addr . ${type}; }
  set waysout${family} { type ether_addr . ${type}; }
  set stranded${family} { type ${type}; }
  set unserved${family} { type ether_addr . ${type}; }
  map slowout${family} { type ${type} : mark; }
  map slowback${family} { type ether_addr . ${type} : mark; }
  set stray_tcp${family} { type ${type} . ${type} . inet_service; size 65535; flags dynamic; counter; }
  set stray_udp${family} { type ${type} . ${type} . inet_service; size 65535; flags dynamic; counter; }
  set stray_other${family} { type ${type} . ${type} . inet_proto; size 65535; flags dynamic; counter; }`,
)}

  set offlink { type ether_addr; }

  chain to_be_refused {
    tcp flags & (syn | ack) == syn meta mark set ${REFUSAL_MARK}
    accept
  }
  chain arriving {
    type filter hook prerouting priority -150;
    iifname != "world" accept
    ether saddr @offlink drop
${perFamily(
  (family, ip) => `    ${ip} saddr @off${family} drop
    ${ip} daddr @inside${family} ${ip} saddr != @inside${family} ether saddr . ${ip} daddr != @behind${family} goto to_be_refused
    ${ip} saddr @inside${family} ${ip} daddr != @inside${family} ${ip} daddr != ${ownEnd(family)} ether saddr . ${ip} saddr != @waysout${family} goto to_be_refused
    ${ip} saddr @stranded${family} ${ip} daddr != @inside${family} ${ip} daddr != ${ownEnd(family)} goto to_be_refused
    ${ip} daddr != @inside${family} meta mark set ${ip} saddr map @slowout${family}
    meta mark set ether saddr . ${ip} daddr map @slowback${family}
    meta mark set ${ip} saddr . ${ip} daddr map @slow${family}`,
)}
    meta mark != 0 accept
    tcp flags & (syn | ack) != syn accept
${perFamily(
  (family, ip) => `    ${ip} daddr @off${family} meta mark set ${REFUSAL_MARK}
    ${ip} saddr . ${ip} daddr @cut${family} meta mark set ${REFUSAL_MARK}
    ether saddr . ${ip} saddr @waysout${family} ${ip} daddr != @inside${family} accept
    ${ip} daddr != @host${family} ${ip} daddr != @known${family} ${ip} daddr != @silent${family} meta mark set ${REFUSAL_MARK}`,
)}
  }
  chain record {
${perFamily(
  (family, ip) => `    meta l4proto tcp add @stray_tcp${family} { ${ip} saddr . ${ip} daddr . tcp dport }
    meta l4proto udp add @stray_udp${family} { ${ip} saddr . ${ip} daddr . udp dport }
    meta l4proto != { tcp, udp } add @stray_other${family} { ${ip} saddr . ${ip} daddr . meta l4proto }`,
)}
  }
  chain unreachable {
${perFamily(
  (family, ip) => `    ${ip} daddr @off${family} reject with icmpx type host-unreachable
    ${ip} saddr . ${ip} daddr @cut${family} reject with icmpx type host-unreachable
    ${ip} saddr @stranded${family} ${ip} daddr != @inside${family} ${ip} daddr != ${ownEnd(family)} reject with icmpx type host-unreachable
    iifname "world" ether saddr . ${ip} daddr @unserved${family} reject with icmpx type host-unreachable`,
)}
  }
  chain crossing {
${perFamily(
  (family, ip) => `    ${ip} daddr @inside${family} ${ip} saddr != @inside${family} iifname "${REFUSED}" reject with icmpx type no-route
    ${ip} daddr @inside${family} ${ip} saddr != @inside${family} iifname "world" ether saddr . ${ip} daddr != @behind${family} reject with icmpx type no-route
    ${ip} saddr @inside${family} ${ip} daddr != @inside${family} iifname "${REFUSED}" reject with icmpx type no-route
    ${ip} saddr @inside${family} ${ip} daddr != @inside${family} iifname "world" ether saddr . ${ip} saddr != @waysout${family} reject with icmpx type no-route`,
)}
  }
  chain through {
    type filter hook forward priority 0; policy drop;
    iifname "world" oifname "delay*" accept
    jump unreachable
    oifname "world" jump crossing
    iifname "world" oifname "world" accept
    iifname "delay*" oifname "world" accept
    iifname "delay*" oifname "delay*" accept
    # What is left wants to leave by the cable: to the machine, or past it.
    jump record
    reject with icmpx type no-route
  }
  chain to_the_outside {
    type filter hook input priority 0; policy accept;
    iifname "${cable}" udp dport != 4789 drop
    iifname "${cable}" meta l4proto != udp drop
    iifname "world" jump for_the_outside
    iifname "delay*" jump for_the_outside
  }
  chain for_the_outside {
    jump unreachable
    ip6 daddr { ff00::/8, fe80::/10 } accept
${perFamily(
  (family, ip) => `    ${ip} daddr @inside${family} ${ip} saddr != @inside${family} reject with icmpx type no-route
    ${ip} saddr @inside${family} ${ip} daddr != @inside${family} ${ip} daddr @known${family} ${ip} daddr != ${ownEnd(family)} reject with icmpx type no-route
    ${ip} saddr @inside${family} ${ip} daddr @silent${family} reject with icmpx type no-route`,
)}
${perFamily(
  (family, ip) => `    ${ip} daddr @silent${family} drop
    ${ip} daddr @refusing${family} tcp dport 25 reject with tcp reset
    ${ip} daddr @httpsdown${family} tcp dport 443 reject with tcp reset`,
)}
    tcp flags & (syn | ack) != syn accept
${perFamily(
  (family, ip) => `    ${ip} daddr @smtp${family} tcp dport 25 accept
    ${ip} daddr @https${family} tcp dport 443 accept
    ${ip} daddr @dns${family} tcp dport 53 accept
    ${ip} daddr @dns${family} udp dport 53 accept`,
)}
    icmp type != echo-request accept
    icmpv6 type != echo-request accept
${perFamily((family, ip) => `    ${ip} daddr @known${family} meta l4proto { icmp, icmpv6 } accept`)}
    jump record
${perFamily(
  (family, ip) => `    ${ip} daddr @known${family} meta l4proto tcp reject with tcp reset
    ${ip} daddr @known${family} reject with icmpx type port-unreachable`,
)}
    reject with icmpx type no-route
  }
  chain leaving_marked {
    type route hook output priority -150;
    oifname != "world" accept
${perFamily((family, ip) => `    meta mark set ${ip} saddr . ${ip} daddr map @slow${family}`)}
  }
  chain leaving {
    type filter hook output priority 0; policy accept;
    icmp type redirect drop
    icmpv6 type nd-redirect drop
    jump unreachable
    # Refusals come from whom the packet was for.
    icmp type { destination-unreachable, time-exceeded, parameter-problem } accept
    icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept
${perFamily(
  (family, ip) => `    ${ip} daddr @inside${family} ${ip} saddr != @inside${family} ${ip} saddr != ${ownEnd(family)} reject with icmpx type no-route
    ${ip} saddr @inside${family} ${ip} daddr != @inside${family} ${ip} daddr != ${ownEnd(family)} reject with icmpx type no-route`,
)}
  }
}
`;

const adding = (set: string, elements: readonly string[]): string[] => (elements.length === 0 ? [] : [`add element inet world ${set} { ${elements.join(', ')} }`]);
const ofFamily = (family: '4' | '6', addresses: readonly string[]): string[] => families(addresses)[family === '4' ? 'v4' : 'v6'];
const isPair = (pairs: readonly [string, string][], from: string, to: string): boolean => pairs.some(([one, other]) => one === from && other === to);
const withMark = (element: string, mark: number | undefined): string | undefined => (mark === undefined ? undefined : `${element} : ${mark}`);
/** Packets from the outside to a host behind a gateway. */
const back =
  (macOf: (host: string) => string) =>
  ({ address, gateway }: Behind): string =>
    `${macOf(gateway.host)} . ${address}`;

const strayElement = z.object({
  elem: z.object({ val: z.object({ concat: z.tuple([z.string(), z.string(), z.union([z.string(), z.number()])]) }), counter: z.object({ packets: z.number() }) }),
});
const straySets = z.object({ nftables: z.array(z.object({ set: z.object({ name: z.string(), elem: z.array(z.unknown()).optional() }).optional() })) });

export interface StrayPacket {
  from: string;
  to: string;
  protocol: 'tcp' | 'udp' | 'icmp' | 'other';
  port: number;
  packets: number;
}

/** The hub's nftables rules; each change is one transaction. */
export class Firewall {
  readonly #nft = new Nft();
  readonly #sets = new Map<string, string>();
  #last: Promise<void> = Promise.resolve();
  /** The list that is being read now, and the one that will be read for those who ask meanwhile. */
  #list: Promise<void> = Promise.resolve();
  #nextList: Promise<StrayPacket[]> | undefined;

  #inside: Pick<Inside, 'behind'> = { behind: [] };
  #macOf: (host: string) => string = () => '';
  #off: ReadonlySet<string> = new Set();
  #cut: readonly [string, string][] = [];

  /**
   * @param cable the device on which nothing but the hosts' links may come in
   * @param macOf a host's end of its link
   */
  async open(cable: string, inside: Inside, macOf: (host: string) => string): Promise<void> {
    this.#inside = inside;
    this.#macOf = macOf;
    const elements = (['4', '6'] as const).flatMap((family) => [
      ...adding(`inside${family}`, ofFamily(family, inside.networks)),
      ...adding(
        `waysout${family}`,
        this.#behind(family, ({ host, address }) => `${macOf(host)} . ${address}`),
      ),
      ...adding(`behind${family}`, this.#behind(family, back(macOf))),
    ]);
    await command('nft', ['-f', '-'], 'load the rules of the wire', `${rules(cable)}\n${elements.join('\n')}`);
  }

  /** Machines without power: their addresses, and their links, by which a gateway's kernel would still send. */
  async setOff(hosts: readonly { name: string; addresses: readonly string[] }[]): Promise<void> {
    const addresses = hosts.flatMap((host) => host.addresses);
    this.#off = new Set(addresses);
    const links = hosts.map(({ name }) => this.#macOf(name));
    await Promise.all([
      this.setAddresses({ off: addresses }),
      this.#apply([...this.#stranded(), 'flush set inet world offlink', ...adding('offlink', links)], 'turn a machine off or on'),
    ]);
  }

  /** Makes sets hold exactly these addresses. */
  async setAddresses(wanted: Partial<Record<AddressSet, readonly string[]>>): Promise<void> {
    const script = ADDRESS_SETS.flatMap((name) => {
      const addresses = wanted[name];
      if (addresses === undefined) return [];
      const { v4, v6 } = families([...new Set(addresses)].sort());
      return [...this.#replace(`${name}4`, v4), ...this.#replace(`${name}6`, v6)];
    });
    if (script.length > 0) await this.#apply(script, `set the addresses of ${Object.keys(wanted).join(', ')}`);
    // What is wanted may have been said by a caller whose change is not in force yet.
    else await this.#last;
  }

  /** Pairs of source and destination whose packets are refused, and those that take the way through a delay (mark). */
  async setPairs(cut: readonly [string, string][], slow: readonly { pair: [string, string]; mark: number }[]): Promise<void> {
    const of = (family: '4' | '6', pair: readonly [string, string]): boolean => pair.every((address) => isIPv6(address) === (family === '6'));
    const script = (['4', '6'] as const).flatMap((family) => {
      const cuts = cut.filter((pair) => of(family, pair)).map((pair) => pair.join(' . '));
      const slows = slow.filter(({ pair }) => of(family, pair)).map(({ pair, mark }) => `${pair.join(' . ')} : ${mark}`);
      return [
        `flush set inet world cut${family}`,
        `flush map inet world slow${family}`,
        ...adding(`cut${family}`, cuts),
        ...adding(`slow${family}`, slows),
        // The same between a host and its gateway, for what the one sends by way of the other.
        `flush set inet world unserved${family}`,
        `flush map inet world slowout${family}`,
        `flush map inet world slowback${family}`,
        ...adding(
          `unserved${family}`,
          this.#behind(family, (one) => (isPair(cut, one.gateway.address, one.address) ? back(this.#macOf)(one) : undefined)),
        ),
        ...adding(
          `slowout${family}`,
          this.#behind(family, (one) => withMark(one.address, slow.find(({ pair }) => isPair([pair], one.address, one.gateway.address))?.mark)),
        ),
        ...adding(
          `slowback${family}`,
          this.#behind(family, (one) => withMark(back(this.#macOf)(one), slow.find(({ pair }) => isPair([pair], one.gateway.address, one.address))?.mark)),
        ),
      ];
    });
    this.#cut = cut;
    await this.#apply([...script, ...this.#stranded()], 'cut or slow links');
  }

  /** Who does not reach a gateway: it is off, or the link to it is cut. */
  #stranded(): string[] {
    return (['4', '6'] as const).flatMap((family) => [
      `flush set inet world stranded${family}`,
      ...adding(
        `stranded${family}`,
        this.#behind(family, ({ address, gateway }) => (this.#off.has(gateway.address) || isPair(this.#cut, address, gateway.address) ? address : undefined)),
      ),
    ]);
  }

  #behind(family: '4' | '6', text: (one: Behind) => string | undefined): string[] {
    return this.#inside.behind.filter(({ address }) => isIPv6(address) === (family === '6')).flatMap((one) => text(one) ?? []);
  }

  /** What was seen until the call; calls that wait for nft at the same time share one answer. */
  strays(): Promise<StrayPacket[]> {
    if (this.#nextList !== undefined) return this.#nextList;
    const next = this.#list.then(() => {
      this.#nextList = undefined;
      return this.#listStrays();
    });
    this.#nextList = next;
    this.#list = next.then(
      () => {},
      () => {},
    );
    return next;
  }

  async #listStrays(): Promise<StrayPacket[]> {
    const listed = straySets.parse(JSON.parse(await this.#nft.run(['list sets inet'], 'list strays')));
    return listed.nftables.flatMap(({ set }) => {
      const kind = /^stray_(tcp|udp|other)[46]$/.exec(set?.name ?? '')?.[1];
      if (kind === undefined) return [];
      return (set?.elem ?? []).map((element): StrayPacket => {
        const { val, counter } = strayElement.parse(element).elem;
        const [from, to, last] = val.concat;
        const protocol = kind === 'tcp' || kind === 'udp' ? kind : /icmp/.test(String(last)) ? 'icmp' : 'other';
        return { from, to, protocol, port: kind === 'other' ? 0 : Number(last), packets: counter.packets };
      });
    });
  }

  #replace(set: string, addresses: readonly string[]): string[] {
    const elements = addresses.join(', ');
    if ((this.#sets.get(set) ?? '') === elements) return [];
    this.#sets.set(set, elements);
    return [`flush set inet world ${set}`, ...(elements === '' ? [] : [`add element inet world ${set} { ${elements} }`])];
  }

  /** In the order of the calls: what was said last must hold at the end. */
  #apply(script: readonly string[], what: string): Promise<void> {
    const done = this.#nft.run(script, what).then(() => {});
    this.#last = done.catch(() => {});
    return done;
  }
}
