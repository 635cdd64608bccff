import { networkInterfaces } from 'node:os';
import type { Docker } from './discover.ts';

export interface Reached {
  host: string;
  port: number;
}

/** As the engine tells of a container's place in one of its networks. */
interface Endpoint {
  Gateway?: string;
  IPAddress?: string;
}

/**
 * Where a port of a container is reached from here without a proxy: at the container's own address, when the bridge that it is on
 * is this machine's. Docker's proxy for published ports costs a copy of every byte, and before version 23 it may be killed while
 * its container lives on (https://github.com/moby/moby/pull/44215). Undefined elsewhere: engines in a virtual machine, on another
 * machine, without root.
 */
export function directly(networks: Readonly<Record<string, Endpoint>>, port: number): Reached | undefined {
  const own = new Set(Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address)));
  const near = Object.values(networks).find(({ Gateway, IPAddress }) => Gateway !== undefined && IPAddress !== undefined && IPAddress !== '' && own.has(Gateway));
  return near?.IPAddress === undefined ? undefined : { host: near.IPAddress, port };
}

/** Where a container's published port is reached, without the engine's proxy where that can be. */
export async function reachOf(docker: Docker, container: string, port: number, published: Reached): Promise<Reached> {
  const { NetworkSettings } = await docker.getContainer(container).inspect();
  return directly(NetworkSettings.Networks, port) ?? published;
}
