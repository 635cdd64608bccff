import { createHash, type Hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Results } from '../scenario/index.ts';
import { type HostModel, imageFiles, readOverlays, type WorldModel } from '../world/index.ts';
import type { ParityHost } from './model.ts';

/** sha256 over what makes a variant: its world file, and of each host the release, the images and every file laid over them. */
export function configurationHash(models: readonly WorldModel[]): string {
  const hash = createHash('sha256');
  for (const model of models) {
    hash.update(`world ${model.name} ${model.variant}\n`).update(readFileSync(model.file));
    for (const host of model.hosts) hashHost(hash, host);
  }
  return hash.digest('hex');
}

function hashHost(hash: Hash, host: HostModel): void {
  hash.update(`host ${host.name} ${host.image} ${host.release}\n`);
  const files = [...readOverlays(host.files), ...imageFiles(host)].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const file of files) hash.update(`file ${file.path} ${file.content.length}\n`).update(file.content);
}

/** Each host of a side: its configuration's sha256, and what its software says of itself. */
export function hostsOfSide(models: readonly WorldModel[], results: Results): ParityHost[] {
  return models.flatMap((model) =>
    model.hosts.map((host) => {
      const hash = createHash('sha256');
      hashHost(hash, host);
      const image = results.environment.images.find((one) => one.image === host.image && one.release === host.release);
      return { world: model.name, host: host.name, image: host.image, release: host.release, versions: Object.values(image?.versions ?? {}), hash: hash.digest('hex') };
    }),
  );
}
