import { expect, test } from 'vitest';
import { subnetAt } from './networks.ts';

test("the engine's networks leave the upper half of 198.18.0.0/15 to the outside of worlds", () => {
  const all = Array.from({ length: 600 }, (_, at) => subnetAt(at));
  expect(all.filter((subnet) => !/^198\.18\.\d{1,3}\.0\/24$/.test(subnet))).toEqual([]);
  expect(new Set(all).size).toBe(256);
});
