import { describe, expect, it } from 'vitest';
import type { DnsRecord } from '../../protocol.ts';
import { mailRoute } from './exchangers.ts';
import { Zone } from './zone.ts';

function zoneOf(...lines: string[]): Zone {
  const zone = new Zone();
  const types: Record<string, DnsRecord['type']> = { A: 'A', AAAA: 'AAAA', MX: 'MX' };
  zone.setSource(
    'test',
    lines.map((line): DnsRecord => {
      const [name = '', type = '', ...value] = line.split(' ');
      return { name, type: types[type] ?? 'TXT', value: value.join(' ') };
    }),
  );
  return zone;
}

describe('where mail for a domain goes', () => {
  it('is the exchangers, best first, with the addresses of both families', () => {
    const zone = zoneOf('x.test MX 20 b.x.test', 'x.test MX 10 a.x.test.', 'a.x.test A 192.0.2.1', 'a.x.test AAAA 2001:db8::1', 'b.x.test A 192.0.2.2');
    expect(mailRoute(zone, 'X.test')).toEqual({
      result: 'found',
      exchangers: [
        { name: 'a.x.test', preference: 10, addresses: ['2001:db8::1', '192.0.2.1'] },
        { name: 'b.x.test', preference: 20, addresses: ['192.0.2.2'] },
      ],
    });
  });

  it('is the domain itself where it has no MX', () => {
    expect(mailRoute(zoneOf('x.test A 192.0.2.1'), 'x.test')).toEqual({ result: 'found', exchangers: [{ name: 'x.test', preference: 0, addresses: ['192.0.2.1'] }] });
  });

  it.each([
    ['a null MX', ['x.test MX 0 .'], 'never'],
    ['a name that does not exist', ['y.test A 192.0.2.1'], 'never'],
    ['a domain with neither MX nor address', ['x.test TXT hello'], 'never'],
    ['exchangers without an address', ['x.test MX 10 a.x.test'], 'later'],
  ])('is nowhere for %s', (_what, lines, result) => {
    expect(mailRoute(zoneOf(...lines), 'x.test')).toMatchObject({ result });
  });

  it('is not known while the DNS fails', () => {
    const zone = zoneOf('x.test MX 10 a.x.test', 'a.x.test A 192.0.2.1');
    zone.setFaults([{ name: 'x.test', fault: 'servfail' }]);
    expect(mailRoute(zone, 'x.test')).toEqual({ result: 'later', text: 'the DNS answers servfail for x.test MX' });
  });
});
