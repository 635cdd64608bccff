import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Exploration } from './model.ts';

const ENDING = '.scenario.yaml';

/** Writes each finding's scenario into a folder, and everything as `exploration.json`; what an earlier exploration left there goes. @returns the exploration, with the files in it */
export function writeFindings(exploration: Exploration, dir: string): Exploration {
  mkdirSync(dir, { recursive: true });
  for (const name of readdirSync(dir)) if (name.endsWith(ENDING)) rmSync(path.join(dir, name));
  const findings = exploration.findings.map((finding) => {
    const file = path.join(dir, `${finding.name}${ENDING}`);
    writeFileSync(file, finding.yaml);
    return { ...finding, file };
  });
  const written = { ...exploration, findings };
  writeFileSync(path.join(dir, 'exploration.json'), `${JSON.stringify(written, null, 1)}\n`);
  return written;
}
