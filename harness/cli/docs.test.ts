import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fillDocument } from '../report/index.ts';
import { findWorlds, loadWorld } from '../world/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const pages = findWorlds(ROOT).flatMap(({ name, dir }) => (existsSync(path.join(ROOT, 'docs', `${name}.md`)) ? [{ name, dir, page: `docs/${name}.md` }] : []));

test.each(pages)('$page shows the world $name as it is (npx mailproof graph $name --doc $page writes it)', ({ dir, page }) => {
  const text = readFileSync(path.join(ROOT, page), 'utf8');
  for (const { file, content } of fillDocument(loadWorld(dir, undefined, ROOT), path.join(ROOT, page), text)) expect(readFileSync(file, 'utf8')).toBe(content);
});
