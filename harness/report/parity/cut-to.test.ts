import { expect, test } from 'vitest';
import { COMMENT_BYTES, cutTo } from './cut-to.ts';

test('what fits is left as it is', () => {
  expect(cutTo('# same\n', COMMENT_BYTES)).toBe('# same\n');
});

test('what does not fit is cut between two lines, and the last line says how much is missing', () => {
  const long = Array.from({ length: 3000 }, (_, index) => `| row ${index} | ${'ä'.repeat(20)} |`).join('\n');
  const cut = cutTo(long, COMMENT_BYTES);
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(COMMENT_BYTES);
  const kept = cut.split('\n').filter((line) => line.startsWith('| row')).length;
  expect(kept).toBeGreaterThan(1000);
  expect(cut).toContain(`**Cut here: ${3000 - kept} further lines did not fit. The whole is in parity.html and parity.json.**`);
});

test('a block of code that is cut is closed, so that the last line is read as text', () => {
  const long = ['````diff', '```', ...Array.from({ length: 1000 }, (_, index) => `+line ${index}`), '````', 'end'].join('\n');
  const lines = cutTo(long, 2000).split('\n');
  expect(lines.at(-4)).toBe('````');
  expect(lines.at(-2)).toMatch(/^\*\*Cut here: \d+ further lines/);
});
