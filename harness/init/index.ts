import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MailproofError } from '../base/index.ts';
import type { Answers } from './answers.ts';
import { CI_TEXTS } from './ci-texts.ts';
import { planOf } from './plan.ts';
import { scenarioTexts } from './scenario-texts.ts';
import { FIXTURES, WORLD, worldText } from './world-text.ts';

export { type Answers, answersOf, isComplete, MTAS, type Told } from './answers.ts';
export { ask } from './ask.ts';

export interface Initialised {
  world: string;
  /** Relative to the folder, in order. */
  files: string[];
  /** What of the configuration was not taken, and why. */
  leftOut: { file: string; why: string }[];
  /** What was assumed, or could not be told. */
  notes: string[];
}

/**
 * Writes a world around a configuration: the world file, the configuration as its fixtures, first scenarios, and files for CI.
 * Nothing is written when one of the files is there already.
 * @param dir the repository
 * @throws MailproofError INPUT, NOT_FOUND, USAGE
 */
export function initialise(answers: Answers, dir: string): Initialised {
  const plan = planOf(answers);
  const scenarios = Object.entries(scenarioTexts(plan)).map(
    ([name, text]) => [`scenarios/${WORLD}/${name}.scenario.yaml`, { content: Buffer.from(text), executable: false }] as const,
  );
  const files = new Map([
    [`scenarios/${WORLD}/world.yaml`, { content: Buffer.from(worldText(plan)), executable: false }] as const,
    ...scenarios,
    ...Object.entries(CI_TEXTS).map(([file, { text, executable }]) => [file, { content: Buffer.from(text), executable }] as const),
    ...[...plan.tree.files].map(([file, one]) => [`${FIXTURES}${file}`, one] as const),
  ]);
  const there = [...files.keys()].filter((file) => existsSync(path.join(dir, file)));
  if (there.length > 0)
    throw new MailproofError('INPUT', `nothing was written: ${there.length === 1 ? 'this file is' : 'these files are'} there already: ${there.join(', ')}`, {
      hint: 'init never overwrites a file: move them away, or name another folder with --dir',
    });
  for (const [file, { content, executable }] of files) {
    const target = path.join(dir, file);
    mkdirSync(path.dirname(target), { recursive: true });
    // Another process may have written it meanwhile.
    writeFileSync(target, content, { flag: 'wx', mode: executable ? 0o755 : 0o644 });
  }
  return { world: WORLD, files: [...files.keys()], leftOut: plan.tree.leftOut, notes: plan.notes };
}
