import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { MailproofError } from '../base/index.ts';
import { folderOf } from '../engine/index.ts';
import type { Layered } from './manifest.ts';

/** A file of a host's root file system, as the container gets it before its first start. */
export interface OverlayFile {
  path: string;
  content: Buffer;
  mode: number;
}

/** All files of root overlays, later folders over earlier ones; symbolic links are followed. @throws MailproofError NOT_FOUND */
export function readOverlays(folders: readonly string[]): OverlayFile[] {
  const files = new Map<string, OverlayFile>();
  for (const folder of folders) {
    let entries: string[];
    try {
      entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    } catch (cause) {
      throw new MailproofError('NOT_FOUND', `cannot read the overlay ${folder}`, { cause });
    }
    for (const entry of entries.sort()) {
      const source = path.join(folder, entry);
      const stat = statSync(source, { throwIfNoEntry: false });
      if (stat === undefined)
        throw new MailproofError('NOT_FOUND', `the overlay ${folder} has a link ${entry} to ${readlinkSync(source)}, which is not here`, {
          hint: 'links are followed, and the file behind them is laid into the host: remove the link, or put its file here',
        });
      if (!stat.isFile()) continue;
      const target = `/${entry.split(path.sep).join('/')}`;
      files.set(target, { path: target, content: readFileSync(source), mode: stat.mode & 0o111 ? 0o755 : 0o644 });
    }
  }
  return [...files.values()];
}

/** What the images of a host are built from, as `containers/NAME/FILE`. */
export function imageFiles({ layers, ownImages }: Layered): OverlayFile[] {
  return layers.flatMap((layer) => readOverlays([folderOf(layer, ownImages)]).map((file) => ({ ...file, path: `containers/${layer}${file.path}` })));
}
