import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { MailproofError } from '../../base/index.ts';
import { recordScenario } from '../../scenario/index.ts';
import type { World } from '../../world/index.ts';
import type { RecordAnswer } from '../wire.ts';

const SUFFIX = '.scenario.yaml';
const step = z.int().positive().optional();

export const recordSchema = z.strictObject({
  title: z.string().optional(),
  fromStep: step,
  toStep: step,
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, { error: 'a name of small letters, digits and dashes' })
    .optional(),
});

/**
 * What was done by hand as a scenario; with a name it is written into the world's folder, over nothing that is there.
 * @throws MailproofError USAGE, NOT_FOUND, DEADLINE
 */
export async function recording(world: World, { name, ...options }: z.infer<typeof recordSchema>): Promise<RecordAnswer> {
  const { dir, variant } = world.model;
  const file = path.join(dir, `${name ?? 'recorded'}${SUFFIX}`);
  const shown = path.relative(process.cwd(), file);
  if (name !== undefined && existsSync(file)) throw new MailproofError('USAGE', `${shown} is there already`, { hint: 'take another name' });
  const { text, unsaid } = await recordScenario(world, { file, ...options });
  // The file may hold the password that a step was given, the page may not.
  const told = text.replace(/(\bpassword: )(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^,}\n]+)/g, '$1"***"');
  if (name === undefined) return { text: told, unsaid };
  writeFileSync(file, text, { flag: 'wx' });
  return { text: told, unsaid, file: shown, run: `mailproof run ${shown} --variant ${variant}` };
}
