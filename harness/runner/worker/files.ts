import { readFileSync, statSync } from 'node:fs';

const texts = new Map<string, { mtimeMs: number; text: string }>();

/** Text of a file, read again only when it changed: a file is asked for once by each of its scenarios. */
export function readText(file: string): string {
  const { mtimeMs } = statSync(file);
  const known = texts.get(file);
  if (known?.mtimeMs === mtimeMs) return known.text;
  const text = readFileSync(file, 'utf8');
  texts.set(file, { mtimeMs, text });
  return text;
}
