import { isDeepStrictEqual } from 'node:util';
import type { HubService, NamesRequest } from '../internet/index.ts';
import { accountFiles } from './accounts.ts';
import { hubServices } from './hub-world.ts';
import type { HostModel, WorldModel } from './model.ts';
import { readOverlays } from './overlay.ts';
import type { PathState } from './path-state.ts';

/** What has to be done on a host to make of it what another variant says. */
export interface HostMove {
  /** What is written, what is new first: what names a file comes after the file. */
  put: Map<string, PathState>;
  /** Paths that only the variant of before says something of: they become what the image has there. */
  leave: string[];
  /** Certificates that are asked for anew. */
  certificates: HostModel['certificates'];
  /** Scripts of `prepare` that are run then. */
  prepare: string[];
  services: HubService[];
  /** Servers learn some things only at their start. */
  then: 'reload' | 'restart';
}

/** How to get a host from one variant to another; undefined when nothing differs. */
export function hostMove(from: { model: WorldModel; host: HostModel }, to: { model: WorldModel; host: HostModel }): HostMove | undefined {
  const [before, after] = [placed(from), placed(to)];
  const services = hubServices(to.host);
  const differing = [...after].filter(([path, state]) => !isDeepStrictEqual(state, before.get(path)));
  const put = new Map(differing.sort(([a], [b]) => Number(before.has(a)) - Number(before.has(b))));
  const certificates = to.host.certificates.filter((one) => !from.host.certificates.some((other) => isDeepStrictEqual(one, other)));
  const stay = new Set([...after.keys(), ...certificatePaths(to.host)]);
  const leave = [...before.keys(), ...certificatePaths(from.host)].filter((path) => !stay.has(path));
  const prepared = isDeepStrictEqual(from.host.prepare, to.host.prepare);
  const touched = put.size + leave.length + certificates.length > 0 || !prepared;
  if (!touched && isDeepStrictEqual(hubServices(from.host), services)) return undefined;
  const resolves = isDeepStrictEqual(from.host.resolvers, to.host.resolvers);
  return { put, leave, certificates, prepare: touched ? to.host.prepare : [], services, then: resolves ? 'reload' : 'restart' };
}

const certificatePaths = (host: HostModel): string[] => host.certificates.flatMap(({ cert, key }) => [cert, key]);

/** What a container is made of: where it differs, another one takes its place. */
export const isOtherMachine = (from: HostModel, to: HostModel): boolean => !isDeepStrictEqual([from.image, from.release, from.tmpfs], [to.image, to.release, to.tmpfs]);

/** Why one variant's host cannot become the other's while the world runs. */
export function obstacles(from: HostModel, to: HostModel): string[] {
  const told = (what: string, a: unknown, b: unknown): string[] => (isDeepStrictEqual(a, b) ? [] : [`${what} ${show(a)} here and ${show(b)} there`]);
  return [...told('its name is', from.fqdn, to.fqdn), ...told('its addresses are', from.addresses, to.addresses), ...told('its skew is', from.skewMs, to.skewMs)];
}

/** What a variant says of names, and the hosts that have names in it. */
export const namesOf = (model: WorldModel): NamesRequest => ({ records: model.dns, hosts: model.hosts.map((host) => host.name) });

const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** What a variant says of each path of a host, but for certificates, which the world makes. */
function placed({ model, host }: { model: WorldModel; host: HostModel }): Map<string, PathState> {
  const accounts = model.accounts === undefined ? [] : accountFiles(model.accounts, model.accounts.users, 'start').filter((file) => file.host === host.name);
  const files = [
    ...readOverlays(host.files).map(({ path, content, mode }) => ({ path, content, ...owned(`0${mode.toString(8)}`) })),
    ...accounts.map(({ path, content, mode }) => ({ path, content: Buffer.from(content), ...owned(mode) })),
  ];
  const states = new Map<string, PathState>(files.map(({ path, ...file }) => [path, { kind: 'file', ...file }]));
  for (const [path, mode] of Object.entries(host.modes)) {
    const file = states.get(path);
    states.set(path, file?.kind === 'file' ? { ...file, ...owned(mode) } : { kind: 'mode', ...owned(mode) });
  }
  const resolvers = host.resolvers.map((address) => `nameserver ${address}\n`).join('');
  return states.set('/etc/resolv.conf', { kind: 'file', content: Buffer.from(`search .\n${resolvers}`), ...owned('0644') });
}

/** `0640 root:mail`; of root unless told. */
export function owned(mode: string): { mode: string; owner: string } {
  const [bits = '', owner = 'root:root'] = mode.split(' ');
  return { mode: bits, owner };
}
