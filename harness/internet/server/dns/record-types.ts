import { isIPv6 } from 'node:net';
import { Packet, type Resource } from 'dns2';
import type { DnsRecord, RecordType } from '../../protocol.ts';

export type Fields = Partial<Resource>;

interface TypeRule {
  code: number;
  /** A value in presentation form that `parse` must take. */
  example: string;
  parse: (value: string) => Fields | undefined;
}

const words = (value: string): string[] => value.trim().split(/\s+/);
const domainName = (value: string): string => value.trim().replace(/\.$/, '');
/** Without the dotted form of the last 32 bits, which dns2 misreads. */
const hexadecimal = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);
const isNumber = (...values: (string | undefined)[]): boolean => values.every((value) => value !== undefined && /^\d+$/.test(value));

/** How each record type's presentation form becomes what dns2 encodes; TLSA, which dns2 does not know, becomes raw RDATA. */
export const RECORD_TYPES: Readonly<Record<RecordType, TypeRule>> = {
  A: { code: Packet.TYPE.A, example: '203.0.113.10', parse: (value) => (/^\d+(\.\d+){3}$/.test(value.trim()) ? { address: value.trim() } : undefined) },
  AAAA: { code: Packet.TYPE.AAAA, example: '2001:db8:a::10', parse: (value) => (isIPv6(value.trim()) ? { address: hexadecimal(value.trim()) } : undefined) },
  MX: {
    code: Packet.TYPE.MX,
    example: '10 mx.example.test',
    parse: (value) => {
      const [priority, exchange] = words(value);
      return isNumber(priority) && exchange !== undefined ? { priority: Number(priority), exchange: domainName(exchange) } : undefined;
    },
  },
  TXT: { code: Packet.TYPE.TXT, example: 'v=spf1 mx -all', parse: (value) => ({ data: characterStrings(value) }) },
  PTR: { code: Packet.TYPE.PTR, example: 'mx.example.test', parse: (value) => ({ domain: domainName(value) }) },
  CNAME: { code: Packet.TYPE.CNAME, example: 'mx.example.test', parse: (value) => ({ domain: domainName(value) }) },
  NS: { code: Packet.TYPE.NS, example: 'ns1.example.test', parse: (value) => ({ ns: domainName(value) }) },
  SRV: {
    code: Packet.TYPE.SRV,
    example: '0 5 993 imap.example.test',
    parse: (value) => {
      const [priority, weight, port, target] = words(value);
      return isNumber(priority, weight, port) && target !== undefined
        ? { priority: Number(priority), weight: Number(weight), port: Number(port), target: domainName(target) }
        : undefined;
    },
  },
  CAA: {
    code: Packet.TYPE.CAA,
    example: '0 issue "ca.example.test"',
    parse: (value) => {
      const match = /^(\d+)\s+([a-z0-9]+)\s+"?([^"]*)"?$/i.exec(value.trim());
      return match ? { flags: Number(match[1]), tag: match[2] ?? '', value: match[3] ?? '' } : undefined;
    },
  },
  TLSA: {
    code: 52,
    example: '3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    // RFC 6698 section 2.1
    parse: (value) => {
      const [usage, selector, matching, ...hex] = words(value);
      const digits = hex.join('');
      return isNumber(usage, selector, matching) && /^([0-9a-f]{2})+$/i.test(digits)
        ? { data: Buffer.concat([Buffer.from([Number(usage), Number(selector), Number(matching)]), Buffer.from(digits, 'hex')]) }
        : undefined;
    },
  },
  SOA: {
    code: Packet.TYPE.SOA,
    example: 'ns1.example.test hostmaster.example.test 1 3600 600 86400 5',
    parse: (value) => {
      const [primary, admin, ...numbers] = words(value);
      const [serial, refresh, retry, expiration, minimum] = numbers.map(Number);
      return primary !== undefined && admin !== undefined && numbers.length === 5 && isNumber(...numbers)
        ? { primary: domainName(primary), admin: domainName(admin), serial, refresh, retry, expiration, minimum }
        : undefined;
    },
  },
};

/** dns2 3.1.1 compresses the target of SRV, which RFC 2782 forbids and c-ares refuses to read. */
const srvCodec: unknown = Reflect.get(Packet.Resource, 'SRV');
if (typeof srvCodec === 'object' && srvCodec !== null) {
  Reflect.set(srvCodec, 'encode', (record: Resource, writer: { write(value: number, bits: number): void }) => {
    for (const field of [record.priority, record.weight, record.port]) writer.write(field ?? 0, 16);
    for (const byte of Packet.Name.encode(record.target ?? '')) writer.write(byte, 8);
  });
}

export const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  [...Object.entries(Packet.TYPE), ...Object.entries(RECORD_TYPES).map(([name, rule]) => [name, rule.code] as const)].map(([name, code]) => [code, name]),
);

export const isRecordType = (name: string): name is RecordType => Object.hasOwn(RECORD_TYPES, name);

/** The resource that dns2 encodes. @throws RangeError with the record and an example of the form its type has */
export function toResource(record: DnsRecord, owner: string, ttl: number): Resource {
  const rule = RECORD_TYPES[record.type];
  const fields = rule.parse(record.value);
  if (fields === undefined) throw new RangeError(`${record.name} ${record.type} "${record.value}" is not in the form "${rule.example}"`);
  return new Packet.Resource({ name: owner, type: rule.code, class: Packet.CLASS.IN, ttl, ...fields });
}

/** RFC 1035 section 3.3.14: strings of up to 255 octets; `"a" "b"` names them, other text is cut where it must be. */
export function characterStrings(value: string): string[] {
  const quoted = /^\s*"/.test(value) ? [...value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? '').replace(/\\(.)/g, '$1')) : [value];
  return quoted.flatMap((text) => cut(text));
}

function cut(text: string): string[] {
  if (Buffer.byteLength(text) <= 255) return [text];
  const parts: string[] = [''];
  for (const character of text) {
    const last = parts[parts.length - 1] ?? '';
    if (Buffer.byteLength(last + character) > 255) parts.push(character);
    else parts[parts.length - 1] = last + character;
  }
  return parts;
}
