import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { RULES } from './rules.ts';

it('finds every rule, and no other, in the table of docs/parity.md', () => {
  const section = readFileSync('docs/parity.md', 'utf8').split('\n## Rules\n')[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:---|rule) /.test(line));
  expect(rows).toEqual(RULES.map(({ name, makes, why }) => `| ${name} | ${makes} | ${why.replaceAll('|', '\\|')} |`));
});
