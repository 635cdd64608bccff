import { expect, test } from 'vitest';
import { AddressPool, canonicalAddress, clientNetwork, reverseName } from './addresses.ts';

test('an address has one spelling', () => {
  expect(canonicalAddress('::ffff:203.0.113.10')).toBe('203.0.113.10');
  expect(canonicalAddress('2001:DB8:0:0::0010')).toBe('2001:db8::10');
  expect(canonicalAddress('fe80::1%world')).toBe('fe80::1');
});

test('a PTR record lives under the reversed address', () => {
  expect(reverseName('203.0.113.10')).toBe('10.113.0.203.in-addr.arpa');
  expect(reverseName('2001:db8:a::10')).toBe('0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.a.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa');
});

test('greylisting sees one client in a /24 or a /64', () => {
  expect(clientNetwork('203.0.113.10')).toBe(clientNetwork('203.0.113.99'));
  expect(clientNetwork('2001:db8:a::10')).toBe(clientNetwork('2001:db8:a::99'));
  expect(clientNetwork('2001:db8:a::10')).not.toBe(clientNetwork('2001:db8:b::10'));
});

test('the pool hands out what nobody took', () => {
  const pool = new AddressPool();
  pool.take('198.19.0.1');
  pool.take('2001:db8:0:19:0::3');
  expect(pool.next()).toEqual(['198.19.0.2', '2001:db8:0:19::2']);
  expect(pool.next()).toEqual(['198.19.0.4', '2001:db8:0:19::4']);
});
