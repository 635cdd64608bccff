import { type TarMember, tar } from '../engine/index.ts';
import type { HubHost, HubService, HubWorld } from '../internet/index.ts';
import { accountFiles } from './accounts.ts';
import { joinedManifest } from './manifest.ts';
import type { HostModel, WorldModel } from './model.ts';
import type { OverlayFile } from './overlay.ts';

/** Each instance has a cable of its own, so the identifier need not differ between them. */
const VXLAN_ID = 7;

/** What the hub is told of a world. */
export function toHubWorld(model: WorldModel, instance: string): HubWorld {
  return {
    world: model.name,
    variant: model.variant,
    instance,
    vni: VXLAN_ID,
    inside: model.inside,
    hosts: model.hosts.map((host) => toHubHost(model, host)),
    dns: { records: model.dns, faults: [] },
    outside: model.outside,
    nameservers: model.nameservers,
    clients: Object.fromEntries(model.clients.map(({ address, name }) => [address, name])),
  };
}

/** What is laid over the image of a host, as an archive in base64: its files, and those that have its accounts. */
export function overlayOf(model: WorldModel, host: HostModel, files: readonly OverlayFile[]): string {
  const accounts = model.accounts === undefined ? [] : accountFiles(model.accounts, model.accounts.users, 'start');
  const members: TarMember[] = [
    ...files.map((file) => ({ ...file, path: file.path.slice(1) })),
    ...accounts.filter((file) => file.host === host.name).map((file) => ({ path: file.path.slice(1), content: Buffer.from(file.content), mode: 0o600 })),
  ];
  return tar(members).toString('base64');
}

export function toHubHost(model: WorldModel, host: HostModel): HubHost {
  const manifest = joinedManifest(host);
  const owned: [string, string][] = [
    ...Object.entries(host.modes),
    ...(model.accounts === undefined ? [] : accountFiles(model.accounts, {}, 'start').filter((file) => file.host === host.name)).map((file): [string, string] => [
      file.path,
      file.mode,
    ]),
  ];
  return {
    name: host.name,
    fqdn: host.fqdn,
    addresses: host.addresses,
    ...(host.gateway === undefined ? {} : { gateway: host.gateway }),
    logDirs: manifest.logs,
    // Owners are names of the host's own passwd, which nobody outside the container knows.
    prepare: [...owned.map(([path, mode]) => ownership(path, mode)), ...manifest.prepare, ...host.prepare],
    services: hubServices(host),
    certificates: host.certificates,
    after: host.after,
    resolvers: host.resolvers,
    ...(host.skewMs === 0 ? {} : { skewMs: host.skewMs }),
  };
}

/** Those of its images' services that a host runs, in order. */
export function hubServices(host: HostModel): HubService[] {
  const { services } = joinedManifest(host);
  return (host.services ?? Object.keys(services)).flatMap((name) => {
    const service = services[name];
    return service === undefined ? [] : [{ name, ...service, ready: host.ready[name] ?? service.ready }];
  });
}

/** Shell command for `0640 root:mail`. */
export function ownership(path: string, mode: string): string {
  const [bits, owner] = mode.split(' ');
  return `${owner === undefined ? '' : `chown ${owner} '${path}' && `}chmod ${bits} '${path}'`;
}
