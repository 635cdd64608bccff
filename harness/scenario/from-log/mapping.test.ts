import { expect, test } from 'vitest';
import { Mapping, pseudonyms } from './mapping.ts';

test('a whole address goes before its domain, in any case', () => {
  const mapping = new Mapping(['old.example=example.test', 'Boss@old.example=alice@example.test']);
  expect(mapping.address('boss@OLD.example')).toBe('alice@example.test');
  expect(mapping.address('Bob@old.example')).toBe('Bob@example.test');
  expect(mapping.address('bob@sub.old.example')).toBe('bob@sub.old.example');
  expect(mapping.address('')).toBe('');
  expect(mapping.text('550 5.1.1 <bob@old.example>: no such user')).toBe('550 5.1.1 <bob@example.test>: no such user');
  expect(mapping.unused()).toEqual([]);
});

test('a client goes before its network, and networks are of both families', () => {
  const mapping = new Mapping(['10.1.0.0/16=10.20.0.50', '10.1.2.3=198.51.100.77', '2001:db8:1::/48=2001:db8:66::77', 'none.example=example.test']);
  expect(['10.1.2.3', '10.1.9.9', '10.2.0.1', '2001:db8:1:2::3', '2001:db8:2::1'].map((address) => mapping.client(address))).toEqual([
    '198.51.100.77',
    '10.20.0.50',
    '10.2.0.1',
    '2001:db8:66::77',
    '2001:db8:2::1',
  ]);
  expect(mapping.unused()).toEqual(['none.example']);
});

test('a made-up local part is that of one address, whoever asks with the same key', () => {
  const made = (key: string): Mapping =>
    new Mapping(
      ['old.example=example.test'],
      pseudonyms(key, (address) => address.endsWith('@example.test')),
    );
  const [one, other] = [made('key'), made('another')];
  expect(one.address('ann@sender.test')).toMatch(/^p[0-9a-f]{10}@sender\.test$/);
  expect(one.address('ANN@sender.test').split('@')[0]).toBe(one.address('ann@sender.test').split('@')[0]);
  expect(one.address('ben@sender.test')).not.toBe(one.address('ann@sender.test'));
  expect(other.address('ann@sender.test')).not.toBe(one.address('ann@sender.test'));
  expect(one.address('bob@old.example')).toBe('bob@example.test');
  const again = one.address('ann@sender.test');
  expect(one.hidden(again)).toBe(again);
  expect(one.renamed('ann@sender.test')).toBe('ann@sender.test');
  expect(one.hiddenText('550 <ann@sender.test>: no')).toBe(`550 <${again}>: no`);
});

test.each(['old.example', '=example.test', 'old.example=', 'a@b.test=example.test', 'example.test=a@b.test', '10.0.0.0/8=10.0.0.0/16', '10.0.0.0/33=10.0.0.1', '10.0.0.1=host'])(
  'what is no rule is said: %s',
  (rule) => {
    expect(() => new Mapping([rule])).toThrow(`--map takes OLD=NEW, got "${rule}"`);
  },
);
