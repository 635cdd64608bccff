import type { MailRoute } from '../../protocol.ts';
import { canonicalName, type Zone } from './zone.ts';

/**
 * Where mail for a domain goes, as a sender finds out (RFC 5321 section 5.1, RFC 7505): exchangers, best first, with
 * their addresses. As for everybody who asks from inside the hub: no packets, no events, no fault used up.
 */
export function mailRoute(zone: Zone, domain: string): MailRoute {
  const found = zone.lookup(domain, 'MX', () => false);
  if (found.kind === 'fault' && found.fault !== 'nxdomain') return { result: 'later', text: `the DNS answers ${found.fault} for ${domain} MX` };
  if (found.kind === 'nxdomain' || found.kind === 'fault') return { result: 'never', text: `the DNS knows no ${domain}` };
  const records = found.kind === 'records' ? found.records.filter((record) => record.type === 'MX') : [];
  const named = records.map((record) => {
    const [preference = '0', name = '.'] = record.value.trim().split(/\s+/);
    return { name: canonicalName(name), preference: Number(preference) };
  });
  if (named.length === 1 && named[0]?.name === '') return { result: 'never', text: `${domain} takes no mail (null MX)` };
  // Without any MX the domain itself is its exchanger.
  const wanted = named.length > 0 ? named : [{ name: canonicalName(domain), preference: 0 }];
  const exchangers = wanted
    .sort((one, other) => one.preference - other.preference)
    .map(({ name, preference }) => ({ name, preference, addresses: [...addressesOf(zone, name, 'AAAA'), ...addressesOf(zone, name, 'A')] }));
  if (exchangers.every(({ addresses }) => addresses.length === 0))
    return { result: records.length > 0 ? 'later' : 'never', text: `no address of ${exchangers.map(({ name }) => name).join(', ')} is in the DNS` };
  return { result: 'found', exchangers };
}

function addressesOf(zone: Zone, name: string, type: 'A' | 'AAAA'): string[] {
  const found = zone.lookup(name, type, () => false);
  return found.kind === 'records' ? found.records.filter((record) => record.type === type).map((record) => record.value) : [];
}
