import { describe, expect, it } from 'vitest';
import { PARSERS, parseLine } from './index.ts';

for (const parser of PARSERS) {
  describe(`the table of ${parser.name}`, () => {
    it.each(parser.rules.map((rule) => [rule.name, rule] as const))('reads its own example of %s by that row', (_name, rule) => {
      const { software, parsed } = parseLine({ source: parser.exampleSource, line: rule.example });
      expect(software).toBe(parser.name);
      expect(parsed).toMatchObject({ result: 'events', rule: rule.name });
    });
  });
}
