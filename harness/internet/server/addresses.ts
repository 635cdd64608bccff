import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** One spelling per address: IPv4-mapped becomes IPv4, IPv6 as in RFC 5952. Other text is left as it is. */
export function canonicalAddress(address: string): string {
  const bare = address.replace(/%.*$/, '').replace(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i, '$1');
  return isIPv6(bare) ? new SocketAddress({ address: bare, family: 'ipv6' }).address : bare;
}

/** Name under which the PTR record of an address lives (RFC 1035 section 3.5, RFC 3596 section 2.5). */
export function reverseName(address: string): string {
  if (isIPv4(address)) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  return `${[...ipv6Hex(address)].reverse().join('.')}.ip6.arpa`;
}

/** The 32 hexadecimal digits of an IPv6 address. */
export function ipv6Hex(address: string): string {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const plain = dotted ? `${dotted[1]}${hex16(Number(dotted[2]) * 256 + Number(dotted[3]))}:${hex16(Number(dotted[4]) * 256 + Number(dotted[5]))}` : address;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join('');
}

const hex16 = (value: number): string => value.toString(16);

/** What greylisting takes for one client: /24 or /64 around its address. */
export function clientNetwork(address: string): string {
  return isIPv4(address) ? address.replace(/\.\d+$/, '.0/24') : `${ipv6Hex(address).slice(0, 16)}/64`;
}

/** Hands out addresses of 198.19.0.0/16 and 2001:db8:0:19::/64 to those whom the world file gives none. */
export class AddressPool {
  #next = 1;
  readonly #taken = new Set<string>();

  /** Marks an address as used by the world file, so that it is not handed out. */
  take(address: string): void {
    this.#taken.add(canonicalAddress(address));
  }

  /** An address of each family that nobody else has. */
  next(): [v4: string, v6: string] {
    for (;;) {
      const n = this.#next++;
      if (n > 0xfffe) throw new RangeError('the pool 198.19.0.0/16 of outside addresses is used up');
      const v4 = `198.19.${n >> 8}.${n & 0xff}`;
      const v6 = canonicalAddress(`2001:db8:0:19::${n.toString(16)}`);
      if ((n & 0xff) !== 0 && (n & 0xff) !== 0xff && !this.#taken.has(v4) && !this.#taken.has(v6)) return [v4, v6];
    }
  }
}
