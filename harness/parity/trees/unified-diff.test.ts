import { expect, test } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index + 1}`);
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

test('texts that are the same have no difference', () => {
  expect(unifiedDiff('a\nb\n', 'a\nb\n')).toEqual({ added: 0, removed: 0, lines: [] });
});

test('a changed line stands with three lines around it', () => {
  const after = numbered(9);
  after[4] = 'another';
  expect(unifiedDiff(text(numbered(9)), text(after))).toEqual({
    added: 1,
    removed: 1,
    lines: ['@@ -2,7 +2,7 @@', ' line 2', ' line 3', ' line 4', '-line 5', '+another', ' line 6', ' line 7', ' line 8'],
  });
});

test('changes that are far apart are hunks of their own, near ones share one', () => {
  const after = numbered(30);
  after.splice(2, 1);
  after.splice(26, 0, 'new');
  const { lines } = unifiedDiff(text(numbered(30)), text(after));
  expect(lines.filter((line) => line.startsWith('@@'))).toEqual(['@@ -1,6 +1,5 @@', '@@ -25,6 +24,7 @@']);
  const near = numbered(12);
  near[3] = 'x';
  near[7] = 'y';
  expect(unifiedDiff(text(numbered(12)), text(near)).lines.filter((line) => line.startsWith('@@'))).toHaveLength(1);
});

test('a file that is new or gone is all plus or all minus', () => {
  expect(unifiedDiff('', 'a\nb\n').lines).toEqual(['@@ -0,0 +1,2 @@', '+a', '+b']);
  expect(unifiedDiff('a\n', '').lines).toEqual(['@@ -1,1 +0,0 @@', '-a']);
});

test('a line end that is missing at the end is told', () => {
  expect(unifiedDiff('a\n', 'a').lines).toEqual(['@@ -1,1 +1,2 @@', ' a', '+\\ No newline at end of file']);
});

test('applied to the one text, it gives the other', () => {
  const words = ['a', 'b', 'c', 'd'];
  for (let seed = 1; seed < 200; seed++) {
    const pick = (of: number): string[] => Array.from({ length: (seed * of) % 9 }, (_, index) => words[(seed * (index + 3) * of + index * index) % words.length] ?? '');
    const [before, after] = [pick(7), pick(5)];
    const { lines } = unifiedDiff(text(before), text(after));
    expect(apply(before, lines)).toEqual(after);
  }
});

function apply(before: readonly string[], lines: readonly string[]): string[] {
  const out: string[] = [];
  let at = 0;
  for (const line of lines) {
    const start = line.match(/^@@ -(\d+),(\d+)/);
    if (start) {
      const first = Number(start[2]) === 0 ? Number(start[1]) : Number(start[1]) - 1;
      while (at < first) out.push(before[at++] ?? '');
    } else if (line.startsWith('+')) out.push(line.slice(1));
    else {
      expect(before[at]).toBe(line.slice(1));
      if (line.startsWith(' ')) out.push(line.slice(1));
      at++;
    }
  }
  return [...out, ...before.slice(at)];
}
