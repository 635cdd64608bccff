import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError, MailproofError, readYaml } from '../base/index.ts';
import { type Manifest, manifestSchema } from './world-schema.ts';

const CONTAINERS = fileURLToPath(new URL('../../containers/', import.meta.url));

/** What an image says of itself: its services, logs and commands. @throws InputError, MailproofError NOT_FOUND */
export function readManifest(image: string): Manifest {
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
