import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';

/** Addresses that a network offers at most: enough that two runs at the same time hardly ever share one. */
const MOST = 60_000n;

/** The address in a network that belongs to a run; never its first or last one. */
export function strangerOf(network: string, token: string): string {
  const [base = '', bits = '0'] = network.split('/');
  const width = isIPv6(base) ? 128n : 32n;
  const size = 1n << (width - BigInt(bits));
  const first = (toNumber(base) / size) * size;
  const room = size - 2n > MOST ? MOST : size - 2n;
  return toText(room > 0n ? first + 1n + (createHash('sha256').update(token).digest().readBigUInt64BE() % room) : first, width);
}

function toNumber(address: string): bigint {
  if (!isIPv6(address)) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = '', tail] = address.split('::');
  const parts = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(':'));
  const zeros = new Array<string>(8 - parts(head).length - parts(tail).length).fill('0');
  return [...parts(head), ...(tail === undefined ? [] : zeros), ...parts(tail)].reduce((sum, part) => sum * 65_536n + BigInt(`0x${part}`), 0n);
}

function toText(number: bigint, width: bigint): string {
  const step = width === 32n ? 8n : 16n;
  const parts = Array.from({ length: Number(width / step) }, (_, index) => (number >> (width - step * BigInt(index + 1))) & ((1n << step) - 1n));
  // The form in which servers write it: new URL() shortens it as RFC 5952 says.
  return width === 32n ? parts.join('.') : new URL(`http://[${parts.map((part) => part.toString(16)).join(':')}]`).hostname.slice(1, -1);
}
