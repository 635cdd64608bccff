import { existsSync } from 'node:fs';
import path from 'node:path';
import type { TarMember } from '../tar.ts';
import type { Report } from '../types.ts';
import { bundleHub, hubSourcesHash } from './bundle.ts';
import { CONTAINERS } from './context.ts';
import { nodeArchive, pinnedNode } from './node-binary.ts';

/** How an image is built where it is not simply its folder on top of `base`. */
export interface Recipe {
  /** The image that it begins with; undefined: Debian itself. */
  on: string | undefined;
  /** What goes into the tag besides the files of the folder. */
  inputs?: (architecture: string) => Promise<string[]>;
  /** Files of the build context that are made, not kept. */
  made?: (architecture: string, report: Report) => Promise<TarMember[]>;
}

const SPECIAL: Readonly<Record<string, Recipe>> = {
  base: { on: undefined },
  'internet/tools': {
    on: 'base',
    inputs: async () => [await pinnedNode()],
    made: async (architecture, report) => [await nodeArchive(await pinnedNode(), architecture, report)],
  },
  internet: {
    on: 'internet/tools',
    inputs: async () => [await hubSourcesHash()],
    made: async () => [{ path: 'hub.mjs', mode: 0o644, content: await bundleHub() }],
  },
};

export function recipeOf(image: string): Recipe {
  return SPECIAL[image] ?? { on: 'base' };
}

/** Every other image is built on these, or lives with their program: a repository has none of its own in their place. */
export const RESERVED_IMAGES: readonly string[] = ['base', 'internet'];

/** Folders that have images in them, those that are asked first in front. */
export function imageFolders(ownImages?: string): string[] {
  return [...new Set(ownImages !== undefined && existsSync(ownImages) ? [path.resolve(ownImages), CONTAINERS] : [CONTAINERS])];
}

/** The folder that an image is built from: the repository's own where it has one of that name, else mailproof's. */
export function folderOf(image: string, ownImages?: string): string {
  const own = ownImages === undefined || image in SPECIAL ? undefined : path.join(ownImages, image);
  return own !== undefined && existsSync(own) ? own : path.join(CONTAINERS, image);
}
