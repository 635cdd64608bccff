import { characterStrings, isRecordType } from './record-types.ts';
import type { Zone } from './zone.ts';

interface MailExchanger {
  exchange: string;
  priority: number;
}
export type ResolverAnswer = string[] | string[][] | MailExchanger[];

class DnsError extends Error {
  readonly code: string;
  constructor(code: string, name: string, type: string) {
    super(`query${type} ${code} ${name}`);
    this.code = code;
  }
}

/**
 * The world's DNS in the manner of node:dns `resolve`, for mailauth inside the hub: no packets, no events, no fault used up.
 * @throws an error with node:dns's codes (ENOTFOUND, ENODATA, ESERVFAIL, ETIMEOUT, EREFUSED)
 */
export function resolverOf(zone: Zone): (name: string, type: string) => Promise<ResolverAnswer> {
  return async (name, type) => {
    const fail = (code: string): DnsError => new DnsError(code, name, type);
    if (!isRecordType(type)) throw fail('ENODATA');
    const found = zone.lookup(name, type, () => false);
    switch (found.kind) {
      case 'fault':
        throw fail({ servfail: 'ESERVFAIL', timeout: 'ETIMEOUT', nxdomain: 'ENOTFOUND', truncated: 'ESERVFAIL', refused: 'EREFUSED' }[found.fault]);
      case 'nxdomain':
        throw fail('ENOTFOUND');
      case 'no-data':
        throw fail('ENODATA');
      case 'records': {
        const values = found.records.filter((record) => record.type === type).map((record) => record.value);
        if (type === 'TXT') return values.map(characterStrings);
        if (type === 'MX') return values.map((value) => ({ priority: Number.parseInt(value, 10), exchange: value.replace(/^\d+\s+/, '').replace(/\.$/, '') }));
        return values;
      }
    }
  };
}
