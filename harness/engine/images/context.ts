import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TarMember } from '../tar.ts';

export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
export const CONTAINERS = path.join(REPOSITORY, 'containers');
/** Whether this runs from the package, where the sources are not: Node does not strip types below node_modules. */
export const COMPILED = path.extname(import.meta.filename) === '.js';

/** Not part of an image: its manifest, and what is an image of its own beside it. */
const LEFT_OUT = new Set(['image.yaml']);

/** The files beside a Dockerfile, folders of it that hold a Dockerfile of their own left out. */
export async function contextFiles(folder: string, below = ''): Promise<TarMember[]> {
  const entries = await readdir(path.join(folder, below), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry): Promise<TarMember[]> => {
      const relative = path.posix.join(below, entry.name);
      if (entry.isDirectory()) {
        const inner = await readdir(path.join(folder, relative));
        return inner.includes('Dockerfile') ? [] : contextFiles(folder, relative);
      }
      if (LEFT_OUT.has(relative)) return [];
      const file = path.join(folder, relative);
      const [content, { mode }] = await Promise.all([readFile(file), stat(file)]);
      // Only what git keeps of a mode, so that every checkout builds the same image.
      return [{ path: relative, content, mode: mode & 0o100 ? 0o755 : 0o644 }];
    }),
  );
  return found.flat().sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The source files of the hub's program and what it is bundled with; tests are not among them. */
export async function sourceFiles(folders: readonly string[]): Promise<TarMember[]> {
  const all = await Promise.all(folders.map((folder) => contextFiles(path.join(REPOSITORY, folder))));
  return all.flat().filter((file) => file.path.endsWith('.ts') && !file.path.endsWith('.test.ts'));
}

/** Twelve hex digits over names, modes and contents, and over anything else that goes into an image. */
export function hashOf(files: readonly TarMember[], more: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of more) hash.update(`${text.length}:${text}`);
  for (const file of files) hash.update(`${file.path}\0${file.mode}\0${file.content?.length ?? 0}\0`).update(file.content ?? '');
  return hash.digest('hex').slice(0, 12);
}
