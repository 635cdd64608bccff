import { type CodePattern, matches, matchesCode, type Pattern, showPattern } from '../pattern.ts';
import type { ObservedReply } from '../result.ts';

/** What a reply in a dialog must be. */
export interface ReplyPattern {
  code: CodePattern;
  enhanced?: Pattern;
  text?: Pattern;
  /** One line of the reply fits each of these. */
  has?: Pattern[];
  /** No line of the reply fits any of these. */
  lacks?: Pattern[];
}

export type DialogLine = { kind: 'say'; text: string } | { kind: 'reply'; pattern: ReplyPattern } | { kind: 'closed' } | { kind: 'tls' };

const REPLY = /^<- ([2-5](?:\d\d|xx))(?: ([245]\.\d{1,3}\.\d{1,3}))?(?: (.*))?$/s;

/** Reads a line of a dialog; undefined when it is none. */
export function readDialogLine(line: string): DialogLine | undefined {
  if (line === '->') return { kind: 'say', text: '' };
  if (line.startsWith('-> ')) return { kind: 'say', text: line.slice(3) };
  if (line === '~> tls') return { kind: 'tls' };
  if (line === '<- closed') return { kind: 'closed' };
  const [, code, enhanced, text] = REPLY.exec(line) ?? [];
  if (code === undefined) return undefined;
  return { kind: 'reply', pattern: { code: /^\d+$/.test(code) ? Number(code) : code, ...(enhanced === undefined ? {} : { enhanced }), ...(text === undefined ? {} : { text }) } };
}

/** In what a reply is not what it must be; undefined when it fits. The text fits as a whole or in one of its lines. */
export function replyDifference(pattern: ReplyPattern, reply: ObservedReply): string | undefined {
  const lines = reply.text.split('\n');
  const oneFits = (wanted: Pattern): boolean => lines.some((line) => matches(wanted, line));
  if (!matchesCode(pattern.code, reply.code)) return `the code is ${reply.code}, not ${showPattern(pattern.code)}`;
  if (pattern.enhanced !== undefined && !matches(pattern.enhanced, reply.enhanced))
    return `the enhanced code is ${reply.enhanced ?? 'missing'}, not ${showPattern(pattern.enhanced)}`;
  if (pattern.text !== undefined && !matches(pattern.text, lines.join(' ')) && !oneFits(pattern.text)) return `the text is not ${showPattern(pattern.text)}`;
  for (const wanted of pattern.has ?? []) if (!oneFits(wanted)) return `no line is ${showPattern(wanted)}`;
  for (const unwanted of pattern.lacks ?? []) if (oneFits(unwanted)) return `a line is ${showPattern(unwanted)}`;
  return undefined;
}

export function showReplyPattern(pattern: ReplyPattern): string {
  return [
    showPattern(pattern.code),
    ...(pattern.enhanced === undefined ? [] : [showPattern(pattern.enhanced)]),
    ...(pattern.text === undefined ? [] : [showPattern(pattern.text)]),
    ...(pattern.has === undefined ? [] : [`with ${pattern.has.map(showPattern).join(' and ')}`]),
    ...(pattern.lacks === undefined ? [] : [`without ${pattern.lacks.map(showPattern).join(' and ')}`]),
  ].join(' ');
}
