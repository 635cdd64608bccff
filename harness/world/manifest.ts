import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError, MailproofError, readYaml } from '../base/index.ts';
import { type Manifest, manifestSchema } from './world-schema.ts';

const CONTAINERS = fileURLToPath(new URL('../../containers/', import.meta.url));

/** What the images of a host say together. */
export interface JoinedManifest extends Pick<Manifest, 'logs' | 'prepare' | 'services'> {
  /** Names of log parsers, those of images without mail logs left out. */
  software: string[];
  checks: string[];
}

/** Folders of containers/ that a host can be made of. */
export function knownImages(): string[] {
  return readdirSync(CONTAINERS)
    .filter((name) => existsSync(path.join(CONTAINERS, name, 'image.yaml')))
    .sort();
}

/** Services start in the order of the layers. @throws InputError, MailproofError NOT_FOUND */
export function joinedManifest(layers: readonly string[]): JoinedManifest {
  const all = layers.map(readManifest);
  return {
    software: [...new Set(all.map((one) => one.software).filter((software) => software !== 'none'))],
    logs: [...new Set(all.flatMap((one) => one.logs))],
    prepare: all.flatMap((one) => one.prepare),
    services: Object.fromEntries(all.flatMap((one) => Object.entries(one.services))),
    checks: all.flatMap((one) => one.check ?? []),
  };
}

/** Read once: every variant of a world asks for the same few. */
const manifests = new Map<string, Manifest>();

/** What an image says of itself: its services, logs and commands. @throws InputError, MailproofError NOT_FOUND */
export function readManifest(image: string): Manifest {
  const known = manifests.get(image) ?? parseManifest(image);
  manifests.set(image, known);
  return known;
}

function parseManifest(image: string): Manifest {
  const file = path.join(CONTAINERS, image, 'image.yaml');
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
