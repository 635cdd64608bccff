import { expect, it } from 'vitest';
import { interleave } from './sequencer.ts';

it('takes from both lists in turn, and then what is left of the longer one', () => {
  expect(interleave(['a1', 'a2'], ['s1', 's2', 's3', 's4'])).toEqual(['a1', 's1', 'a2', 's2', 's3', 's4']);
  expect(interleave(['a1', 'a2'], [])).toEqual(['a1', 'a2']);
});
