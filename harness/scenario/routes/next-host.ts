import type { HostModel, WorldModel } from '../../world/index.ts';
import type { AskedHost, NextHost } from './model.ts';

/** A machine that mail is handed on to, and the host of the world that it is, if it is one. */
export interface FoundHost {
  machine: NextHost;
  host?: HostModel;
}

/** Finds the host that a server means, by its address, or by its name as the host that hands on resolves it. */
export async function findHost(model: WorldModel, from: AskedHost, machine: NextHost): Promise<FoundHost> {
  const addresses = machine.address === undefined ? await resolve(from, machine.name) : [machine.address];
  const host = model.hosts.find((one) => one.addresses.some((address) => addresses.includes(address)));
  const [first] = addresses;
  return { machine: first === undefined ? machine : { ...machine, address: first }, ...(host === undefined ? {} : { host }) };
}

/** getaddrinfo(3) of the host itself: its hosts file and its resolver. */
async function resolve(from: AskedHost, name: string): Promise<string[]> {
  const output = await from.run(`getent ahosts '${name.replace(/[^\w.:-]/g, '')}' || true`);
  return [...new Set(output.split('\n').flatMap((line) => line.split(/\s+/, 1).filter((word) => word !== '')))];
}
