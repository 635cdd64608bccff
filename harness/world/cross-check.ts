import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, nearest, type Path, type YamlSource } from '../base/index.ts';
import type { WorldModel } from './model.ts';
import type { WorldYaml } from './world-schema.ts';

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
  };
  for (const host of model.hosts) {
    const at: Path = ['hosts', host.name];
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
  yaml.accounts?.files.forEach((file, index) => {
    needHost(['accounts', 'files', index, 'host'], file.host);
  });
  if (yaml.accounts) needHost(['accounts', 'imap', 'host'], yaml.accounts.imap.host);
  if (yaml.accounts?.submission) needHost(['accounts', 'submission', 'host'], yaml.accounts.submission.host);
  if (yaml.accounts?.mailboxes) needHost(['accounts', 'mailboxes', 'host'], yaml.accounts.mailboxes.host);
  for (const kind of ['databases', 'directories'] as const) {
    for (const [name, { hosts: fed }] of Object.entries(model[kind])) {
      fed.forEach((host, index) => {
        needHost([kind, name, 'hosts', index], host);
      });
    }
  }
  out.push(...findCycle(source, model, place));
  return out;
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

export function unknownName(source: YamlSource, at: Path, what: string, name: string, known: string[]): Diagnostic {
  const meant = nearest(name, known);
  return source.problem(at, `unknown-${what}`, `no ${what} "${name}" in this world`, {
    received: name,
    expected: `one of ${known.join(', ')}`,
    ...(meant === undefined ? {} : { hint: `did you mean "${meant}"?` }),
  });
}
