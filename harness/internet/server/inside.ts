import { isIPv6 } from 'node:net';
import { withinNetworks } from '../networks.ts';
import type { HubHost, HubWorld } from '../protocol.ts';
import { canonicalAddress } from './addresses.ts';
import { Problem } from './problem.ts';

/** An address inside and the gateway through which it reaches the outside. */
export interface Behind {
  host: string;
  address: string;
  gateway: { host: string; address: string };
}

/** The networks that only their own addresses reach, and who gets out of them, which way. */
export class Inside {
  readonly networks: readonly string[];
  readonly behind: readonly Behind[];
  readonly #within: (address: string) => boolean;

  constructor({ inside, hosts }: Pick<HubWorld, 'inside' | 'hosts'>) {
    this.networks = inside;
    this.#within = withinNetworks(inside);
    this.behind = hosts.flatMap((host) => this.#wayOut(host, hosts));
  }

  has(address: string): boolean {
    return this.#within(address);
  }

  /** The way that a router has between them: both inside, or both outside. */
  areTogether(one: string, other: string): boolean {
    return this.has(one) === this.has(other);
  }

  /** Those of a host by which others outside know it; of a host that is inside only, all. */
  namedAddresses(host: HubHost): { address: string; name: string }[] {
    const outer = host.addresses.some((address) => !this.has(address));
    return host.addresses.map((address) => ({ address, name: outer && this.has(address) ? insideName(host.fqdn) : host.fqdn }));
  }

  #wayOut(host: HubHost, hosts: readonly HubHost[]): Behind[] {
    if (host.gateway === undefined) return [];
    const gateway = hosts.find((one) => one.name === host.gateway);
    if (gateway === undefined) throw new Problem(400, 'unknown-host', `this world has no host "${host.gateway}", which is to be the gateway of ${host.name}`);
    return host.addresses
      .filter((address) => this.has(address))
      .flatMap((address) => {
        const next = gateway.addresses.find((one) => this.has(one) && isIPv6(one) === isIPv6(address));
        return next === undefined ? [] : [{ host: host.name, address: canonicalAddress(address), gateway: { host: gateway.name, address: canonicalAddress(next) } }];
      });
  }
}

/** `mx.example.test` is `mx.inside.example.test` by its addresses inside, since nobody outside could use those. */
export function insideName(fqdn: string): string {
  const [first = '', ...rest] = fqdn.split('.');
  return [first, 'inside', ...rest].join('.');
}
