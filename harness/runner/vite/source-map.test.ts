import { SourceMap } from 'node:module';
import { describe, expect, it } from 'vitest';
import { encodeVlq, sourceMap } from './source-map.ts';

describe('source map', () => {
  it.each([
    [0, 'A'],
    [1, 'C'],
    [-1, 'D'],
    [15, 'e'],
    [16, 'gB'],
    [-16, 'hB'],
    [1000, 'w+B'],
  ])('writes %i as %s', (value, text) => {
    expect(encodeVlq(value)).toBe(text);
  });

  it('is read back by Node as it was meant, whatever the order of its mappings', () => {
    const map = sourceMap('/w/a.scenario.yaml', 'text', [
      { generatedLine: 4, generatedColumn: 6, line: 20, column: 4 },
      { generatedLine: 1, generatedColumn: 9, line: 7, column: 2 },
      { generatedLine: 1, generatedColumn: 2, line: 11, column: 40 },
    ]);
    const read = new SourceMap({ ...map, file: 'generated.js', sourceRoot: '' });
    expect(read.findEntry(4, 6)).toMatchObject({ originalSource: '/w/a.scenario.yaml', originalLine: 20, originalColumn: 4 });
    expect(read.findEntry(1, 9)).toMatchObject({ originalLine: 7, originalColumn: 2 });
    expect(read.findEntry(1, 2)).toMatchObject({ originalLine: 11, originalColumn: 40 });
  });
});
