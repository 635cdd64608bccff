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

export const folderOf = (image: string): string => path.join(CONTAINERS, image);
