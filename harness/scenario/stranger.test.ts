import { BlockList } from 'node:net';
import { expect, it } from 'vitest';
import { strangerOf } from './stranger.ts';

it.each([
  ['198.51.100.128', 25, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['2001:db8:66::', 64, 'ipv6'],
] as const)('draws addresses of %s/%i, the same for the same run', (base, bits, family) => {
  const network = new BlockList();
  network.addSubnet(base, bits, family);
  const drawn = Array.from({ length: 200 }, (_, run) => strangerOf(`${base}/${bits}`, `run${run}`));
  expect(drawn.filter((address) => !network.check(address, family))).toEqual([]);
  expect(new Set(drawn).size).toBeGreaterThan(bits === 25 ? 80 : 190);
  expect(strangerOf(`${base}/${bits}`, 'run7')).toBe(drawn[7]);
});

it('gives the only address of a network that has one', () => {
  expect(strangerOf('198.51.100.4/32', 'any')).toBe('198.51.100.4');
});
