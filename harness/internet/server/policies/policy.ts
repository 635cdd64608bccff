import { createHash } from 'node:crypto';
import type { DnsRecord, MtaSts } from '../../protocol.ts';
import { reverseName } from '../addresses.ts';

/** A policy with everything told. */
export type CompletePolicy = MtaSts & Required<Pick<MtaSts, 'mx' | 'addresses'>>;

export const policyHostName = (domain: string): string => `mta-sts.${domain}`;

/** The policy as it is served (RFC 8461 section 3.2). */
export function policyText({ mode, mx, maxAgeSeconds }: CompletePolicy): string {
  return ['version: STSv1', `mode: ${mode}`, ...mx.map((name) => `mx: ${name}`), `max_age: ${maxAgeSeconds}`, ''].join('\r\n');
}

/** The TXT record (RFC 8461 section 3.1), and the names of the policy host. */
export function policyRecords(domain: string, policy: CompletePolicy): DnsRecord[] {
  const id = policy.id ?? createHash('sha256').update(policyText(policy)).digest('hex').slice(0, 20);
  const host = policyHostName(domain);
  return [
    { name: `_mta-sts.${domain}`, type: 'TXT', value: `v=STSv1; id=${id};` },
    ...policy.addresses.flatMap((value): DnsRecord[] => [
      { name: host, type: value.includes(':') ? 'AAAA' : 'A', value },
      { name: reverseName(value), type: 'PTR', value: host },
    ]),
  ];
}
