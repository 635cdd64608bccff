import { expect, it } from 'vitest';
import { sameAddress } from './entry.ts';

it.each([
  ['alice@example.test', 'Alice@EXAMPLE.test'],
  ['"alice"@example.test', 'alice@example.test'],
  ['".."@example.test', '..@example.test'],
  ['"a\\"b"@example.test', 'a"b@example.test'],
])('%s and %s are one address', (one, other) => expect(sameAddress(one, other)).toBe(true));

it.each([
  ['"alice x"@example.test', 'alice@example.test'],
  ['"alice"', 'alice@example.test'],
  ['"alice+x"@example.test', 'alice@example.test'],
])('%s and %s are two', (one, other) => expect(sameAddress(one, other)).toBe(false));
