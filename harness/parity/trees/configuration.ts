import { isUtf8 } from 'node:buffer';
import { stringify } from 'yaml';
import { type HostModel, imageFiles, readOverlays, type WorldModel } from '../../world/index.ts';
import type { ConfigurationChange } from './model.ts';
import { unifiedDiff } from './unified-diff.ts';

/** Lines of one file's difference that a report keeps. */
const MOST_LINES = 200;

/** What the world file says of a host, as if it were a file of it. */
const OF_WORLD = '(world.yaml)';

type Files = Map<string, Buffer>;

/** Host by host, what is not the same on both sides: files of the overlays and of the images, and what the world file says of the host. */
export function changesBetween(base: WorldModel, head: WorldModel): Omit<ConfigurationChange, 'worlds'>[] {
  const hosts = [...new Set([...base.hosts, ...head.hosts].map((host) => host.name))];
  return hosts.flatMap((host) => {
    const [before, after] = [filesOf(base, host), filesOf(head, host)];
    const names = [...new Set([...before.keys(), ...after.keys()])].sort();
    return names.flatMap((file) => {
      const [old, now] = [before.get(file), after.get(file)];
      return old !== undefined && now !== undefined && old.equals(now) ? [] : [changeOf(host, file, old, now)];
    });
  });
}

function filesOf(model: WorldModel, name: string): Files {
  const host = model.hosts.find((one) => one.name === name);
  const files: Files = new Map();
  if (host === undefined) return files;
  files.set(OF_WORLD, Buffer.from(stringify(definitionOf(model, host))));
  for (const { path, content, mode } of [...readOverlays(host.files), ...imageFiles(host)]) files.set(mode === 0o755 ? `${path} (executable)` : path, content);
  return files;
}

/** All that the world file says of a host but where its overlays lie: what these hold is compared itself. */
function definitionOf({ accounts, databases, directories, entrance }: WorldModel, host: HostModel): Record<string, unknown> {
  const { files: _files, image: _image, ownImages: _ownImages, layers, ...rest } = host;
  const clients = (of: WorldModel['databases']): Record<string, string> =>
    Object.fromEntries(Object.entries(of).flatMap(([name, { hosts, client }]) => (hosts.includes(host.name) ? [[name, client]] : [])));
  return {
    image: layers,
    ...rest,
    entrance: entrance === host.name,
    accounts: accounts?.files.filter((file) => file.host === host.name) ?? [],
    databases: clients(databases),
    directories: clients(directories),
  };
}

function changeOf(host: string, file: string, old: Buffer | undefined, now: Buffer | undefined): Omit<ConfigurationChange, 'worlds'> {
  const change = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
  const sides = [old ?? Buffer.alloc(0), now ?? Buffer.alloc(0)] as const;
  if (!sides.every(isUtf8)) return { host, file, change, added: 0, removed: 0, diff: '', cut: 0 };
  const { added, removed, lines } = unifiedDiff(sides[0].toString(), sides[1].toString());
  return { host, file, change, added, removed, diff: lines.slice(0, MOST_LINES).join('\n'), cut: Math.max(0, lines.length - MOST_LINES) };
}
