import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { InputError, MailproofError, readYaml } from '../base/index.ts';
import { folderOf, imageFolders } from '../engine/index.ts';
import { type Manifest, manifestSchema } from './world-schema.ts';

/** What a host is made of, and where the repository has images of its own. */
export type Layered = { layers: readonly string[]; ownImages: string };

/** What the images of a host say together. */
export interface JoinedManifest extends Pick<Manifest, 'logs' | 'prepare' | 'services'> {
  /** Names of log parsers, those of images without mail logs left out. */
  software: string[];
  checks: string[];
}

/** Folders of containers/ that a host can be made of, mailproof's and the repository's own. */
export function knownImages(ownImages: string): string[] {
  const names = imageFolders(ownImages).flatMap((folder) => readdirSync(folder).filter((name) => existsSync(path.join(folder, name, 'image.yaml'))));
  return [...new Set(names)].sort();
}

/** Services start in the order of the layers. @throws InputError, MailproofError NOT_FOUND */
export function joinedManifest({ layers, ownImages }: Layered): JoinedManifest {
  const all = layers.map((layer) => readManifest(layer, ownImages));
  return {
    software: [...new Set(all.map((one) => one.software).filter((software) => software !== 'none'))],
    logs: [...new Set(all.flatMap((one) => one.logs))],
    prepare: all.flatMap((one) => one.prepare),
    services: Object.fromEntries(all.flatMap((one) => Object.entries(one.services))),
    checks: all.flatMap((one) => one.check ?? []),
  };
}

/** By file, read once: every variant of a world asks for the same few. */
const manifests = new Map<string, Manifest>();

/** What an image says of itself: its services, logs and commands. @throws InputError, MailproofError NOT_FOUND */
export function readManifest(image: string, ownImages: string): Manifest {
  const file = path.join(folderOf(image, ownImages), 'image.yaml');
  const known = manifests.get(file) ?? parseManifest(image, file);
  manifests.set(file, known);
  return known;
}

function parseManifest(image: string, file: string): Manifest {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MailproofError('NOT_FOUND', `no image "${image}": ${path.relative(process.cwd(), file)} cannot be read`, {
      cause,
      hint: 'an image is a folder of containers/ with a Dockerfile and an image.yaml',
    });
  }
  const source = readYaml(file, text)[0];
  const checked = source?.check(manifestSchema);
  if (checked?.value === undefined) throw new InputError(checked?.diagnostics ?? [], new Map([[file, text]]));
  return checked.value;
}
