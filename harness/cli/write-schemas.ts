import { mkdirSync, writeFileSync } from 'node:fs';
import { SCHEMAS } from './schemas.ts';

mkdirSync('docs/schema', { recursive: true });
for (const [file, content] of Object.entries(SCHEMAS)) {
  writeFileSync(file, content());
  process.stdout.write(`${file}\n`);
}
