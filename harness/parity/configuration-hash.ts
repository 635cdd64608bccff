import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readOverlays, type WorldModel } from '../world/index.ts';

/** sha256 over what makes a variant: its world file, and of each host the image, the release and every file laid over it. */
export function configurationHash(models: readonly WorldModel[]): string {
  const hash = createHash('sha256');
  for (const model of models) {
    hash.update(`world ${model.name} ${model.variant}\n`).update(readFileSync(model.file));
    for (const host of model.hosts) {
      hash.update(`host ${host.name} ${host.image} ${host.release}\n`);
      const files = readOverlays(host.files).sort((a, b) => (a.path < b.path ? -1 : 1));
      for (const file of files) hash.update(`file ${file.path} ${file.content.length}\n`).update(file.content);
    }
  }
  return hash.digest('hex');
}
