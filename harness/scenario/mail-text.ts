import { createHash } from 'node:crypto';

/** One header field, unfolded; the name as it was written. */
export type HeaderField = [name: string, value: string];

export interface MailText {
  headers: HeaderField[];
  /** Everything after the empty line, line ends as they came. */
  body: Buffer;
}

/**
 * Splits a message into its header fields, in order, and its body (RFC 5322 section 2.1).
 * Header bytes are read as UTF-8 where they are, else as Latin-1; folded lines are unfolded (section 2.2.3).
 */
export function splitMessage(raw: Buffer): MailText {
  const end = headerEnd(raw);
  const block = raw.subarray(0, end.headers);
  const utf8 = block.toString('utf8');
  const text = utf8.includes('\uFFFD') ? block.toString('latin1') : utf8;
  const headers: HeaderField[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    const last = headers.at(-1);
    if (/^[ \t]/.test(line) && last) last[1] += line;
    else {
      const colon = line.indexOf(':');
      if (colon > 0) headers.push([line.slice(0, colon).trimEnd(), line.slice(colon + 1).trimStart()]);
    }
  }
  return { headers: headers.map(([name, value]) => [name, value.trim()]), body: raw.subarray(end.body) };
}

function headerEnd(raw: Buffer): { headers: number; body: number } {
  // A message may begin with its empty line: no header fields at all.
  if (raw[0] === 0x0a) return { headers: 0, body: 1 };
  if (raw[0] === 0x0d && raw[1] === 0x0a) return { headers: 0, body: 2 };
  const crlf = raw.indexOf('\r\n\r\n');
  const lf = raw.indexOf('\n\n');
  if (crlf >= 0 && (lf < 0 || crlf < lf)) return { headers: crlf, body: crlf + 4 };
  if (lf >= 0) return { headers: lf, body: lf + 2 };
  return { headers: raw.length, body: raw.length };
}

/** Values of all fields of a name, in order. */
export function headerValues(headers: readonly HeaderField[], name: string): string[] {
  return headers.filter(([field]) => field.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

export function headerValue(headers: readonly HeaderField[], name: string): string | undefined {
  return headerValues(headers, name)[0];
}

/** Message-ID with its angle brackets, comments and folding around it left out. */
export function messageIdOf(headers: readonly HeaderField[]): string | undefined {
  return /<[^<>]*>/.exec(headerValue(headers, 'Message-ID') ?? '')?.[0];
}

/** A Message-ID without its angle brackets, as some logs write it. */
export const bareId = (id: string | undefined): string | undefined => id?.replace(/^<(.*)>$/, '$1');

/** Body with CRLF line ends and without the line ends after the last line, which stores and relays add and drop. */
export function canonicalBody(body: Buffer): Buffer {
  const text = body.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n');
  return Buffer.from(`${text.replace(/(?:\r\n)+$/, '')}\r\n`, 'latin1');
}

/** sha256 of the canonical body, hexadecimal. */
export function bodyHash(body: Buffer): string {
  return createHash('sha256').update(canonicalBody(body)).digest('hex');
}

/** true when nothing but line ends differs. */
export function sameBody(sent: Buffer, received: Buffer): boolean {
  return canonicalBody(sent).equals(canonicalBody(received));
}

/** Where two bodies first differ, for a message: line number from 1 and both lines. */
export function firstBodyDifference(sent: Buffer, received: Buffer): string | undefined {
  const a = canonicalBody(sent).toString('latin1').split('\r\n');
  const b = canonicalBody(received).toString('latin1').split('\r\n');
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] !== b[i]) return `line ${i + 1}: sent ${show(a[i])}, received ${show(b[i])}`;
  }
  return undefined;
}

function show(line: string | undefined): string {
  if (line === undefined) return 'nothing';
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 57)}...` : line);
}

export interface HeaderDifference {
  added: HeaderField[];
  removed: HeaderField[];
  changed: { name: string; from: string; to: string }[];
}

/** What became of the header between sending and delivery: fields are compared by name and order within a name; white space as one blank. */
export function compareHeaders(sent: readonly HeaderField[], received: readonly HeaderField[]): HeaderDifference {
  const difference: HeaderDifference = { added: [], removed: [], changed: [] };
  const names = new Map<string, string>();
  for (const [name] of [...sent, ...received]) if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  for (const [key, name] of names) {
    const before = headerValues(sent, key).map(oneLine);
    const after = headerValues(received, key).map(oneLine);
    const kept = new Set<number>();
    const gone = before.filter((value) => {
      const index = after.findIndex((other, i) => !kept.has(i) && other === value);
      if (index < 0) return true;
      kept.add(index);
      return false;
    });
    const come = after.filter((_, i) => !kept.has(i));
    while (gone.length > 0 && come.length > 0) difference.changed.push({ name, from: gone.shift() ?? '', to: come.shift() ?? '' });
    difference.removed.push(...gone.map((value): HeaderField => [name, value]));
    difference.added.push(...come.map((value): HeaderField => [name, value]));
  }
  return difference;
}

const oneLine = (value: string): string => value.replace(/\s+/g, ' ').trim();
