import { isIPv6 } from 'node:net';
import { MailproofError } from '../base/index.ts';
import { withinNetworks } from '../internet/index.ts';
import type { HostModel, WorldModel } from '../world/index.ts';
import { strangerOf } from './stranger.ts';

export interface ServerAddress {
  host: HostModel;
  address: string;
}

/** The host that a name or address means. */
export function hostOf(model: WorldModel, server: string): HostModel | undefined {
  return model.hosts.find((host) => host.name === server || host.addresses.includes(server));
}

/**
 * Where a client connects: the address that was named, or the host's first one of the family of the client's address, on the client's side
 * (inside or outside) where it has one there.
 * @throws MailproofError NOT_FOUND when the host has no address of that family
 */
export function serverAddress(model: WorldModel, server: string, client: string | undefined): ServerAddress {
  const host = hostOf(model, server);
  if (host === undefined) throw new MailproofError('NOT_FOUND', `no host or host address "${server}" in this world`);
  if (host.addresses.includes(server)) return { host, address: server };
  const isInside = withinNetworks(model.inside);
  const ofFamily = client === undefined ? host.addresses : host.addresses.filter((one) => isIPv6(one) === isIPv6(client));
  const address = ofFamily.find((one) => isInside(one) === (client !== undefined && isInside(client))) ?? ofFamily[0];
  if (address === undefined)
    throw new MailproofError('NOT_FOUND', `host ${host.name} has no IPv${isIPv6(client ?? '') ? 6 : 4} address for the client ${client}; it has ${host.addresses.join(', ')}`);
  return { host, address };
}

/**
 * Where a client comes from: what the step says, else an address of the run's own, else the world's first client address of the server's family.
 * A server inside is reached only from there, so its clients come from an address inside that `clients` names.
 */
export function clientAddress({ model, token }: { model: WorldModel; token: string }, client: string | undefined, server: string): string {
  const isInside = withinNetworks(model.inside);
  const inner = isInside(server);
  const network = inner ? undefined : model.strangers.find((one) => one.includes(':') === isIPv6(server));
  const known = model.clients.find((one) => isIPv6(one.address) === isIPv6(server) && isInside(one.address) === inner);
  const address = client ?? (network === undefined ? known?.address : strangerOf(network, token));
  if (address === undefined && inner)
    throw new MailproofError('NOT_FOUND', `the server ${server} is inside, and the world has no client address there`, {
      hint: 'name an address inside in `clients` of world.yaml that no host has, or connect to a host that the outside reaches',
    });
  if (address === undefined)
    throw new MailproofError('NOT_FOUND', `the world has no client address for the server ${server}`, { hint: 'name one in `clients` of world.yaml, or give `client`' });
  return address;
}

/** The name that a client says in EHLO: its own where the world knows it, else its address as a literal (RFC 5321 section 4.1.3). */
export function heloOf(model: WorldModel, client: string): string {
  return model.clients.find((one) => one.address === client)?.name ?? `[${isIPv6(client) ? 'IPv6:' : ''}${client}]`;
}
