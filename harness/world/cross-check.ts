import { existsSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import path from 'node:path';
import { type Diagnostic, nearest, type Path, type YamlSource } from '../base/index.ts';
import { RESERVED_IMAGES } from '../engine/index.ts';
import { withinNetworks } from '../internet/index.ts';
import { joinedManifest, knownImages, readManifest } from './manifest.ts';
import type { HostModel, WorldModel } from './model.ts';
import { readOverlays } from './overlay.ts';
import type { WorldYaml } from './world-schema.ts';

/** By the text that their addresses begin with. */
const NOT_OF_WORLDS: Readonly<Record<string, string>> = {
  '198.18.': "198.18.0.0/16 holds the engine's own networks, by which the hub is connected",
  '127.': '127.0.0.0/8 is inside each host (loopback)',
};

/** What a schema cannot see: names that must exist, and what must not be twice. */
export function crossCheck(source: YamlSource, yaml: WorldYaml, model: WorldModel, place: (path: Path) => Path): Diagnostic[] {
  const hosts = Object.keys(yaml.hosts);
  const out: Diagnostic[] = [];
  const needHost = (at: Path, name: string): void => {
    if (!hosts.includes(name)) out.push(unknownName(source, place(at), 'host', name, hosts));
  };
  needHost(['entrance'], yaml.entrance);
  const owners = new Map<string, string>();
  const own = (at: Path, address: string, owner: string): void => {
    const other = owners.get(address);
    if (other !== undefined) out.push(source.problem(place(at), 'address-twice', `${address} belongs to ${other} and to ${owner}`));
    owners.set(address, owner);
    ofAWorld(at, address, owner);
  };
  const ofAWorld = (at: Path, address: string, owner: string): void => {
    const range = Object.entries(NOT_OF_WORLDS).find(([start]) => address.startsWith(start));
    if (range !== undefined)
      out.push(source.problem(place(at), 'reserved-address', `${address} is not for ${owner}: ${range[1]}`, { received: address, expected: 'an address of another range' }));
  };
  for (const host of model.hosts) {
    const at: Path = ['hosts', host.name];
    const problem = (below: Path, code: string, message: string): Diagnostic => source.problem(place([...at, ...below]), code, `${host.name}: ${message}`);
    const inLayers = checkLayers(source, host, (index) => place([...at, 'image', ...(Array.isArray(yaml.hosts[host.name]?.image) ? [index] : [])]));
    out.push(...inLayers, ...(inLayers.length === 0 ? [...checkServices(source, host, (below) => place([...at, ...below])), ...checkSmallFileSystems(host, yaml, problem)] : []));
    host.after.forEach((name, index) => {
      needHost([...at, 'after', index], name);
    });
    host.addresses.forEach((address, index) => {
      own([...at, 'addresses', index], address, host.name);
    });
    host.files.forEach((folder, index) => {
      if (!existsSync(folder))
        out.push(
          source.problem(place([...at, 'files', index]), 'no-such-folder', `${host.name}: there is no folder ${path.relative(model.root, folder)}`, {
            hint: `paths are relative to ${model.root}`,
          }),
        );
    });
  }
  for (const party of model.outside) {
    for (const exchanger of party.exchangers ?? []) {
      exchanger.addresses.forEach((address, index) => {
        own(['outside', party.domain, 'exchangers', exchanger.name, 'addresses', index], address, exchanger.name);
      });
    }
  }
  Object.entries(yaml.clients).forEach(([address, name]) => {
    ofAWorld(['clients', address], address, `the client ${name}`);
  });
  yaml.strangers?.forEach((network, index) => {
    ofAWorld(['strangers', index], network, 'strangers');
  });
  yaml.nameservers.forEach((address, index) => {
    ofAWorld(['nameservers', index], address, 'a nameserver');
  });
  yaml.accounts?.files.forEach((file, index) => {
    needHost(['accounts', 'files', index, 'host'], file.host);
  });
  if (yaml.accounts) {
    needHost(['accounts', 'imap', 'host'], yaml.accounts.imap.host);
    for (const [index, host] of (yaml.accounts.imap.replicas ?? []).entries()) needHost(['accounts', 'imap', 'replicas', index], host);
  }
  if (yaml.accounts?.submission) needHost(['accounts', 'submission', 'host'], yaml.accounts.submission.host);
  if (yaml.accounts?.mailboxes) needHost(['accounts', 'mailboxes', 'host'], yaml.accounts.mailboxes.host);
  for (const kind of ['databases', 'directories'] as const) {
    for (const [name, { hosts: fed }] of Object.entries(model[kind])) {
      fed.forEach((host, index) => {
        needHost([kind, name, 'hosts', index], host);
      });
    }
  }
  const ends = [...hosts, ...Object.keys(yaml.outside), 'outside', 'people'];
  yaml.flows?.forEach((flow, index) => {
    for (const end of ['from', 'to'] as const) {
      [flow[end]].flat().forEach((name, nth) => {
        const at: Path = ['flows', index, end, ...(typeof flow[end] === 'string' ? [] : [nth])];
        if (!ends.includes(name)) out.push(unknownName(source, place(at), 'end', name, ends));
      });
    }
  });
  out.push(...checkInside(source, yaml, model, place));
  out.push(...findCycle(source, model, place));
  return out;
}

/** Who is inside, and who takes it outside. */
function checkInside(source: YamlSource, yaml: WorldYaml, model: WorldModel, place: (path: Path) => Path): Diagnostic[] {
  const isInside = withinNetworks(model.inside);
  const gateways = model.hosts.flatMap((host): Diagnostic[] => {
    if (host.gateway === undefined) return [];
    const problem = (code: string, message: string, hint: string): Diagnostic[] => [
      source.problem(place(['hosts', host.name, 'gateway']), code, `${host.name}: ${message}`, { received: host.gateway, hint }),
    ];
    const gateway = model.hosts.find((one) => one.name === host.gateway);
    if (gateway === undefined) return [unknownName(source, place(['hosts', host.name, 'gateway']), 'host', host.gateway, Object.keys(yaml.hosts))];
    const inner = host.addresses.filter(isInside);
    if (inner.length === 0) return problem('not-inside', 'a gateway is for addresses inside, and it has none', 'say in `inside` of the world which networks are inside');
    return inner.flatMap((address) => {
      const sides = gateway.addresses.filter((one) => isIPv6(one) === isIPv6(address)).map(isInside);
      const family = isIPv6(address) ? 'IPv6' : 'IPv4';
      if (!sides.includes(true)) return problem('bad-gateway', `the gateway ${gateway.name} has no ${family} address inside`, `give ${gateway.name} one, for ${address}`);
      if (!sides.includes(false)) return problem('bad-gateway', `the gateway ${gateway.name} has no ${family} address outside`, `give ${gateway.name} one, for ${address}`);
      return [];
    });
  });
  const outside: [Path, string, string][] = [
    ...yaml.nameservers.map((address, index): [Path, string, string] => [['nameservers', index], address, 'a nameserver']),
    ...model.outside.flatMap(({ domain, exchangers }) =>
      (exchangers ?? []).flatMap(({ name, addresses }) =>
        addresses.map((address, index): [Path, string, string] => [['outside', domain, 'exchangers', name, 'addresses', index], address, `the exchanger ${name}`]),
      ),
    ),
  ];
  return [
    ...gateways,
    ...outside
      .filter(([, address]) => isInside(address))
      .map(([at, address, who]) =>
        source.problem(place(at), 'inside-address', `${address} is inside, where ${who} cannot be reached from the outside`, { received: address, expected: 'an address outside' }),
      ),
  ];
}

function checkLayers(source: YamlSource, host: HostModel, place: (layer: number) => Path): Diagnostic[] {
  const known = knownImages(host.ownImages);
  const owners = new Map<string, string>();
  return host.layers.flatMap((layer, index) => {
    const at = place(index);
    if (RESERVED_IMAGES.includes(layer))
      return [
        source.problem(at, 'reserved-image', `${host.name}: no host is made of ${layer}, on which mailproof itself is built`, {
          received: layer,
          hint: 'give the folder in containers/ another name',
        }),
      ];
    if (!known.includes(layer)) return [unknownName(source, at, 'image', layer, known, 'containers/')];
    if (host.layers.indexOf(layer) < index) return [source.problem(at, 'image-twice', `${host.name}: image ${layer} is in the list already`)];
    return Object.keys(readManifest(layer, host.ownImages).services).flatMap((service) => {
      const other = owners.get(service);
      owners.set(service, layer);
      return other === undefined ? [] : [source.problem(at, 'service-twice', `${host.name}: both image ${other} and image ${layer} have a service ${service}`)];
    });
  });
}

function checkServices(source: YamlSource, host: HostModel, place: (below: Path) => Path): Diagnostic[] {
  const known = Object.keys(joinedManifest(host).services);
  const named: [Path, string][] = [
    ...(host.services ?? []).map((name, index): [Path, string] => [['services', index], name]),
    ...Object.keys(host.ready).map((name): [Path, string] => [['ready', name], name]),
  ];
  return named.flatMap(([below, name]) => (known.includes(name) ? [] : [unknownName(source, place(below), 'service', name, known, host.image)]));
}

/** Files are laid into a container before its file systems are mounted, so what lies below one would not be seen. */
function checkSmallFileSystems(host: HostModel, yaml: WorldYaml, problem: (below: Path, code: string, message: string) => Diagnostic): Diagnostic[] {
  return Object.keys(host.tmpfs).flatMap((directory) => {
    const holds = (file: string): boolean => file === directory || file.startsWith(`${directory}/`);
    const laid = [...readOverlays(host.files.filter((folder) => existsSync(folder))), ...(yaml.accounts?.files ?? []).filter((file) => file.host === host.name)];
    const hidden = laid.find((file) => holds(file.path));
    const log = joinedManifest(host).logs.find(holds);
    return [
      ...(hidden === undefined ? [] : [problem(['tmpfs', directory], 'file-hidden', `${directory} is empty at first, so that ${hidden.path} cannot be laid into it`)]),
      ...(log === undefined ? [] : [problem(['tmpfs', directory], 'log-in-tmpfs', `the logs in ${log} are followed, which cannot be in a file system of their own`)]),
    ];
  });
}

function findCycle(source: YamlSource, model: WorldModel, place: (path: Path) => Path): Diagnostic[] {
  const after = new Map(model.hosts.map((host) => [host.name, host.after]));
  const visit = (name: string, way: string[]): string[] | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    for (const next of after.get(name) ?? []) {
      const cycle = visit(next, [...way, name]);
      if (cycle) return cycle;
    }
    return undefined;
  };
  for (const host of model.hosts) {
    const cycle = visit(host.name, []);
    if (cycle) return [source.problem(place(['hosts', host.name, 'after']), 'cycle', `hosts wait for one another: ${cycle.join(' after ')}`)];
  }
  return [];
}

export function unknownName(source: YamlSource, at: Path, what: string, name: string, known: string[], where = 'this world'): Diagnostic {
  const meant = nearest(name, known);
  return source.problem(at, `unknown-${what}`, `no ${what} "${name}" in ${where}`, {
    received: name,
    expected: `one of ${known.join(', ')}`,
    ...(meant === undefined ? {} : { hint: `did you mean "${meant}"?` }),
  });
}
