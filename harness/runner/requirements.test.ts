import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readRequirements } from './requirements.ts';

const made: string[] = [];
function folder(text: string): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'mailproof-requirements-'));
  made.push(dir);
  writeFileSync(path.join(dir, 'requirements.yaml'), text);
  return dir;
}
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

it('reads the numbered promises of a world', () => {
  expect(readRequirements(folder('- { id: S-01, text: Mail arrives }\n'))).toEqual([{ id: 'S-01', text: 'Mail arrives' }]);
});

it('reads what part cannot be tested, and why', () => {
  expect(readRequirements(folder('- { id: S-01, text: Mail arrives, untested: the load is not ours }\n'))).toEqual([
    { id: 'S-01', text: 'Mail arrives', untested: 'the load is not ours' },
  ]);
});

it('says where a key is not known, and when a number is given twice', () => {
  expect(() => readRequirements(folder('- { id: S-01, txt: Mail arrives }\n'))).toThrow(/1:15 unknown-key/);
  expect(() => readRequirements(folder('- { id: S-01, text: a }\n- { id: S-01, text: b }\n'))).toThrow(/2:9 duplicate requirement S-01 is there twice/);
});

it('finds none where there is no such file', () => {
  expect(readRequirements(path.join(tmpdir(), 'nowhere-at-all'))).toEqual([]);
});
