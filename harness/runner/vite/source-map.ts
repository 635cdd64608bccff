/** One mapped place: columns count from 0, lines from 0, as in the source map format (ECMA-426). */
export interface Mapping {
  generatedLine: number;
  generatedColumn: number;
  line: number;
  column: number;
}

export interface SourceMap {
  version: 3;
  sources: string[];
  sourcesContent: string[];
  names: string[];
  mappings: string;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 VLQ of ECMA-426: the sign in the lowest bit, five bits a digit, the sixth says that more follow. */
export function encodeVlq(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let out = '';
  do {
    const digit = rest & 31;
    rest >>>= 5;
    out += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return out;
}

/** A source map with one source. Mappings may come in any order. */
export function sourceMap(source: string, content: string, mappings: Iterable<Mapping>): SourceMap {
  const lines: Mapping[][] = [];
  for (const mapping of mappings) {
    while (lines.length <= mapping.generatedLine) lines.push([]);
    lines[mapping.generatedLine]?.push(mapping);
  }
  let line = 0;
  let column = 0;
  const encoded = lines.map((segments) => {
    let generatedColumn = 0;
    return segments
      .sort((a, b) => a.generatedColumn - b.generatedColumn)
      .map((segment) => {
        const text = encodeVlq(segment.generatedColumn - generatedColumn) + encodeVlq(0) + encodeVlq(segment.line - line) + encodeVlq(segment.column - column);
        generatedColumn = segment.generatedColumn;
        line = segment.line;
        column = segment.column;
        return text;
      })
      .join(',');
  });
  return { version: 3, sources: [source], sourcesContent: [content], names: [], mappings: encoded.join(';') };
}
