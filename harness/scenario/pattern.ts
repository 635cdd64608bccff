import { z } from 'zod';
import { formatDuration, parseDuration } from '../base/index.ts';

const SLASHED = /^\/(.*)\/([a-z]*)$/s;

function slashedError(text: string): string | undefined {
  const slashed = SLASHED.exec(text);
  if (!slashed) return undefined;
  try {
    new RegExp(slashed[1] ?? '', slashed[2] ?? '');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const textSchema = z.string().superRefine((text, context) => {
  const error = slashedError(text);
  if (error !== undefined) context.addIssue({ code: 'custom', message: error });
});
const scalarSchema = z.union([textSchema, z.number(), z.boolean()]);
const choiceSchema = z.union([scalarSchema, z.array(scalarSchema).min(1)]);

/** What a text may look like; see docs/scenarios.md, "Patterns". */
export const patternSchema = z
  .union([choiceSchema, z.strictObject({ not: choiceSchema })])
  .describe('a text compared whole, * for any run of characters and ? for one; /regular expression/i; a list: any of these; { not: ... }');
export type Pattern = z.infer<typeof patternSchema>;

const codeScalar = z.union([z.int().min(200).max(599), z.string().regex(/^[2-5](?:\d\d|xx)$/, { error: 'not an SMTP reply code such as 250 or 5xx' })]);
const codeChoice = z.union([codeScalar, z.array(codeScalar).min(1)]);
export const codeSchema = z.union([codeChoice, z.strictObject({ not: codeChoice })]).describe('an SMTP reply code, or a kind of them: 2xx, 4xx, 5xx');
export type CodePattern = z.infer<typeof codeSchema>;

const DURATION = /^([~<>]?)\s*(.+)$/;
export const durationPatternSchema = z
  .string()
  .refine((text) => parseDuration(DURATION.exec(text.trim())?.[2] ?? '') !== undefined, { error: 'not a duration such as "~ 15m", "< 15m" or "> 5d"' })
  .describe('a duration: "15m" and "~ 15m" within a tenth, "< 15m", "> 5d"');

/** `*` and `?` are special, everything else is itself; newlines are ordinary characters. */
export function globToRegExp(glob: string, flags = ''): RegExp {
  const source = [...glob].map((char) => (char === '*' ? '[^]*' : char === '?' ? '[^]' : char.replace(/[\\^$.|+()[\]{}/-]/g, '\\$&'))).join('');
  return new RegExp(`^${source}$`, flags);
}

/** true when the text is what the pattern asks for; a missing text fits only a negation. */
export function matches(pattern: Pattern, text: string | undefined): boolean {
  if (typeof pattern === 'object' && !Array.isArray(pattern)) return !matches(pattern.not, text);
  if (text === undefined) return false;
  if (Array.isArray(pattern)) return pattern.some((one) => matches(one, text));
  if (typeof pattern === 'number') return text.trim() !== '' && Number(text) === pattern;
  if (typeof pattern === 'boolean') return text === String(pattern);
  const slashed = SLASHED.exec(pattern);
  return slashed ? new RegExp(slashed[1] ?? '', slashed[2] ?? '').test(text) : globToRegExp(pattern).test(text);
}

/** The pattern that fits this text and no other: `*` and `?` may stand in a local part, and a path begins with a slash. */
export function literalPattern(text: string): string {
  const isPlain = !/[*?]/.test(text) && !text.startsWith('/');
  return isPlain ? text : `/^${text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$/`;
}

/** RFC 5321 section 2.4: a domain is the same in any case, a local part need not be. */
export function matchesAddress(pattern: Pattern, address: string | undefined): boolean {
  return matches(lowerDomain(pattern), address === undefined ? undefined : lowerAddressDomain(address));
}

function lowerDomain(pattern: Pattern): Pattern {
  if (typeof pattern === 'string') return SLASHED.test(pattern) ? pattern : lowerAddressDomain(pattern.replace(/^<(.*)>$/s, '$1'));
  if (Array.isArray(pattern)) return pattern.map((one) => (typeof one === 'string' && !SLASHED.test(one) ? lowerAddressDomain(one.replace(/^<(.*)>$/s, '$1')) : one));
  if (typeof pattern === 'object') {
    const inner = lowerDomain(pattern.not);
    return typeof inner === 'object' && !Array.isArray(inner) ? inner : { not: inner };
  }
  return pattern;
}

function lowerAddressDomain(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? address : address.slice(0, at) + address.slice(at).toLowerCase();
}

export function matchesCode(pattern: CodePattern, code: number | undefined): boolean {
  if (typeof pattern === 'object' && !Array.isArray(pattern)) return !matchesCode(pattern.not, code);
  if (code === undefined) return false;
  if (Array.isArray(pattern)) return pattern.some((one) => matchesCode(one, code));
  return globToRegExp(String(pattern).replace(/xx$/, '??')).test(String(code));
}

/** @param ms what was measured, milliseconds of world time */
export function matchesDuration(pattern: string, ms: number | undefined): boolean {
  const [, sign, amount] = DURATION.exec(pattern.trim()) ?? [];
  const wanted = parseDuration(amount ?? '');
  if (wanted === undefined || ms === undefined) return false;
  if (sign === '<') return ms < wanted;
  if (sign === '>') return ms > wanted;
  return Math.abs(ms - wanted) <= wanted / 10;
}

/** How a pattern reads in a message: quoted texts, `a or b`, `not a`. */
export function showPattern(pattern: Pattern | CodePattern): string {
  if (Array.isArray(pattern)) return pattern.map(showPattern).join(' or ');
  if (typeof pattern === 'object') return `not ${showPattern(pattern.not)}`;
  return typeof pattern === 'string' && !SLASHED.test(pattern) ? quote(pattern) : String(pattern);
}

/** How an actual value reads in a message. */
export function showActual(value: string | number | boolean | undefined): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? quote(value) : String(value);
}

export const showDuration = (ms: number | undefined): string => (ms === undefined ? 'nothing' : formatDuration(ms));

function quote(text: string): string {
  if (text === '') return 'empty';
  return `"${text.length > 200 ? `${text.slice(0, 197)}...` : text}"`;
}
