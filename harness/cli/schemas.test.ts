import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { SCHEMAS } from './schemas.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test.each(Object.entries(SCHEMAS))('%s is what the harness checks with (npm run schema writes it)', (file, content) => {
  expect(readFileSync(path.join(ROOT, file), 'utf8')).toBe(content());
});

test('every world, scenario and faults file names its schema, for editors', () => {
  const files = readdirSync(path.join(ROOT, 'scenarios'), { recursive: true, encoding: 'utf8' }).filter((file) => /(?:world|faults|\.scenario)\.yaml$/.test(file));
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) {
    const named = readFileSync(path.join(ROOT, 'scenarios', file), 'utf8').match(/^# yaml-language-server: \$schema=(\S+)/m)?.[1] ?? 'none';
    expect(`${file}: ${path.relative(ROOT, path.resolve(ROOT, 'scenarios', path.dirname(file), named))}`).toBe(
      `${file}: docs/schema/${/(world|faults|scenario)\.yaml$/.exec(file)?.[1]}.json`,
    );
  }
});
