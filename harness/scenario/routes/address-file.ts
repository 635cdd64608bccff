import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import { type Diagnostic, InputError, MailproofError, readYaml } from '../../base/index.ts';

/** An address of a list, and who writes to it from where. */
export interface ListedAddress {
  to: string;
  from?: string;
  client?: string;
  file: string;
  line: number;
}

/** What must be told of the way of an address. */
export interface ExpectedAddress extends ListedAddress {
  /** Each a word, or several in quotation marks; `*` and `?` as in patterns. */
  words: string[];
}

const FORM = 'ADDRESS [from=ADDRESS] [client=IP]';

/**
 * Reads a file of addresses: `ADDRESS [from=ADDRESS] [client=IP]`, one a line; `#` begins a comment.
 * @throws MailproofError NOT_FOUND; InputError with everything that is wrong
 */
export function readAddresses(file: string): ListedAddress[] {
  return parseAddresses(file, contentOf(file));
}

/**
 * Reads a file of addresses with what is expected of each: `ADDRESS [from=ADDRESS] [client=IP] WORD...`, one a line, or in a file
 * `*.yaml` a map from the same to a text or a list of texts.
 * @throws MailproofError NOT_FOUND; InputError with everything that is wrong
 */
export function readExpected(file: string): ExpectedAddress[] {
  return parseExpected(file, contentOf(file));
}

/** @throws InputError with everything that is wrong */
export function parseAddresses(file: string, text: string): ListedAddress[] {
  const list = new AddressList(file, text);
  for (const { line, words } of linesOf(text)) {
    const { address, rest } = list.address(line, words);
    for (const word of rest.filter((one) => !/^(from|client)=/.test(one))) list.problem(line, word, 'unknown-key', `nobody reads "${word}"`, 'from=ADDRESS or client=IP');
    list.add(address);
  }
  return list.end(FORM);
}

/** @throws InputError with everything that is wrong */
export function parseExpected(file: string, text: string): ExpectedAddress[] {
  const list = new AddressList<ExpectedAddress>(file, text);
  for (const { line, words } of /\.ya?ml$/.test(file) ? entriesOf(file, text) : linesOf(text)) {
    const { address, rest } = list.address(line, words);
    if (rest.length === 0) list.problem(line, address.to, 'missing-key', 'nothing is expected of it', `${FORM} WORD...`);
    list.add({ ...address, words: rest });
  }
  return list.end(`${FORM} WORD...`);
}

interface Line {
  line: number;
  words: string[];
}

function linesOf(text: string): Line[] {
  return text.split(/\r?\n/).flatMap((whole, index) => {
    const words = wordsOf(whole.replace(/(^|\s)#.*$/, ''));
    return words.length === 0 ? [] : [{ line: index + 1, words }];
  });
}

function entriesOf(file: string, text: string): Line[] {
  const [source, ...more] = readYaml(file, text);
  const checked = source?.check(z.record(z.string(), z.union([z.string(), z.number(), z.array(z.union([z.string(), z.number()])).min(1)])));
  if (source === undefined || checked?.value === undefined || more.length > 0)
    throw new InputError(
      checked?.diagnostics ?? [{ file, line: 1, col: 1, code: 'documents', message: 'expected one document, a map from addresses to what is expected' }],
      new Map([[file, text]]),
    );
  return Object.entries(checked.value).map(([key, value]) => ({
    line: source.keyAt([key]).line,
    words: [...wordsOf(key), ...(Array.isArray(value) ? value.map(String) : wordsOf(String(value)))],
  }));
}

/** Words between blanks; what stands in quotation marks is one. The marks of a quoted local part belong to it. */
const wordsOf = (text: string): string[] => [...text.matchAll(/"[^"]*"@\S+|"([^"]*)"|\S+/g)].map(([whole, quoted]) => quoted ?? whole);

class AddressList<T extends ListedAddress = ListedAddress> {
  readonly #file: string;
  readonly #text: string;
  readonly #lines: string[];
  readonly #diagnostics: Diagnostic[] = [];
  readonly #addresses: T[] = [];
  readonly #seen = new Map<string, number>();

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#lines = text.split(/\r?\n/);
  }

  problem(line: number, word: string, code: string, message: string, expected: string): void {
    const col = (this.#lines[line - 1] ?? '').indexOf(word) + 1;
    this.#diagnostics.push({ file: this.#file, line, col: Math.max(1, col), code, message, received: word, expected });
  }

  /** The address at the beginning of a line, who writes to it, and the words after that. */
  address(line: number, [to = '', ...more]: readonly string[]): { address: ListedAddress; rest: string[] } {
    if (!isAddress(to)) this.problem(line, to, 'invalid-value', 'not an address', FORM);
    const address: ListedAddress = { to, file: this.#file, line };
    for (const [index, word] of more.entries()) {
      const [, key, value = ''] = word.match(/^(from|client)=(.*)$/) ?? [];
      if (key === undefined) return { address, rest: more.slice(index) };
      if (key === 'from') {
        if (value !== '<>' && !isAddress(value)) this.problem(line, word, 'invalid-value', 'not an address', 'from=ADDRESS, or from=<>');
        address.from = value;
      } else {
        if (isIP(value) === 0) this.problem(line, word, 'invalid-value', 'not an IP address', 'client=203.0.113.7');
        address.client = value;
      }
    }
    return { address, rest: [] };
  }

  add(address: T): void {
    const key = JSON.stringify([address.to, address.from, address.client]);
    const first = this.#seen.get(key);
    if (first !== undefined) this.problem(address.line, address.to, 'duplicate', `it stands in line ${first} already`, 'each address once for each sender and client');
    this.#seen.set(key, first ?? address.line);
    this.#addresses.push(address);
  }

  /** @throws InputError with everything that is wrong; MailproofError USAGE when nothing is there */
  end(form: string): T[] {
    if (this.#diagnostics.length > 0) throw new InputError(this.#diagnostics, new Map([[this.#file, this.#text]]));
    if (this.#addresses.length === 0) throw new MailproofError('USAGE', `${this.#file} names no address`, { hint: `one a line: ${form}` });
    return this.#addresses;
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MailproofError('NOT_FOUND', `cannot read the addresses in ${file}`, { cause });
  }
}

const isAddress = (text: string): boolean => /^(?:"[^"]*"|[^\s@"<>]+)@[^\s@<>]+$/.test(text);
