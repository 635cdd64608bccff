import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type Diagnostic, InputError, MailproofError } from '../../base/index.ts';

/** An address that gets one small message on both sides. */
export interface ProbedAddress {
  to: string;
  from?: string;
  client?: string;
  file: string;
  line: number;
}

/**
 * Reads a file of addresses: `ADDRESS [from=ADDRESS] [client=IP]`, one a line; `#` begins a comment.
 * @throws MailproofError NOT_FOUND; InputError with everything that is wrong
 */
export function readAddresses(file: string): ProbedAddress[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MailproofError('NOT_FOUND', `cannot read the addresses in ${file}`, { cause });
  }
  return parseAddresses(file, text);
}

/** @throws InputError with everything that is wrong */
export function parseAddresses(file: string, text: string): ProbedAddress[] {
  const diagnostics: Diagnostic[] = [];
  const addresses: ProbedAddress[] = [];
  const seen = new Map<string, number>();
  for (const [index, whole] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const [to, ...more] = whole
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/);
    if (to === undefined || to === '') continue;
    const problem = (word: string, code: string, message: string, expected: string): void =>
      void diagnostics.push({ file, line, col: whole.indexOf(word) + 1, code, message, received: word, expected });
    if (!isAddress(to)) problem(to, 'invalid-value', 'not an address', 'ADDRESS [from=ADDRESS] [client=IP]');
    const probed: ProbedAddress = { to, file, line };
    for (const word of more) {
      const [, key, value = ''] = word.match(/^(\w+)=(.*)$/) ?? [];
      if (key === 'from') {
        if (value !== '<>' && !isAddress(value)) problem(word, 'invalid-value', 'not an address', 'from=ADDRESS, or from=<>');
        probed.from = value;
      } else if (key === 'client') {
        if (isIP(value) === 0) problem(word, 'invalid-value', 'not an IP address', 'client=203.0.113.7');
        probed.client = value;
      } else problem(word, 'unknown-key', `nobody reads "${word}"`, 'from=ADDRESS or client=IP');
    }
    const key = JSON.stringify([to, probed.from, probed.client]);
    const first = seen.get(key);
    if (first !== undefined) problem(to, 'duplicate', `it stands in line ${first} already`, 'each address once for each sender and client');
    seen.set(key, first ?? line);
    addresses.push(probed);
  }
  if (diagnostics.length > 0) throw new InputError(diagnostics, new Map([[file, text]]));
  if (addresses.length === 0) throw new MailproofError('USAGE', `${file} names no address`, { hint: 'one a line: ADDRESS [from=ADDRESS] [client=IP]' });
  return addresses;
}

const isAddress = (text: string): boolean => /^(?:"[^"]*"|[^\s@"<>]+)@[^\s@<>]+$/.test(text);
