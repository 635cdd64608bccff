import { MailproofError } from '../base/index.ts';
import { openEngine } from '../engine/index.ts';
import type { HostModel } from './model.ts';
import { type PathState, readStates, statesScript } from './path-state.ts';

/**
 * What an image itself has at these paths, before any overlay is laid over it. The image is asked: a package manager would
 * not know of files that are made when a package is installed.
 * @throws MailproofError ENGINE_FAILED, IMAGE_FAILED
 */
export async function imagePaths({ image, release, ownImages }: Pick<HostModel, 'image' | 'release' | 'ownImages'>, paths: readonly string[]): Promise<Map<string, PathState>> {
  if (paths.length === 0) return new Map();
  const engine = await openEngine(() => {});
  const built = await engine.ensureImages([{ image, release, ownImages }], () => {});
  const { status, output } = await engine.runOnce({ image: built.get(`${image}@${release}`)?.tag ?? '', files: [], script: statesScript(paths) });
  if (status !== 0) throw new MailproofError('ENGINE_FAILED', `image ${image} could not be asked for its files: ${output.trim()}`);
  return readStates(paths, output);
}
