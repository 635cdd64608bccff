import type { Stage } from '../../internet/index.ts';
import type { ObservedReply } from '../result.ts';

const REPLY_LINE = /^(\d{3})(?:([ -])(?:([245]\.\d{1,3}\.\d{1,3})(?: |$))?(.*))?$/s;

/**
 * One whole reply, of one or more lines, in comparable form (RFC 5321 section 4.2.1, RFC 2034).
 * The lines of the text are joined by line feeds; the enhanced code is taken from the last line that has one.
 */
export function readReply(to: string, raw: string, tls: boolean): ObservedReply {
  const lines = raw.replace(/\r?\n$/, '').split(/\r?\n/);
  const parts = lines.map((line) => REPLY_LINE.exec(line));
  const enhanced = parts.map((part) => part?.[3]).findLast((code) => code !== undefined);
  return {
    to,
    code: Number(parts.at(-1)?.[1] ?? 0),
    ...(enhanced === undefined ? {} : { enhanced }),
    text: lines.map((line, i) => (parts[i] ? (parts[i][4] ?? '') : line)).join('\n'),
    tls,
  };
}

/** What a command is called in observations: its verb and argument without ESMTP parameters; secrets left out. */
export function commandName(command: string): string {
  const path = /^(MAIL FROM|RCPT TO):\s*(<.*?>(?=\s|$)|\S*)/i.exec(command);
  if (path) return `${path[1]?.toUpperCase()}:${path[2]}`;
  const auth = /^AUTH\s+(\S+)/i.exec(command);
  if (auth) return `AUTH ${auth[1]?.toUpperCase()}`;
  const [word = ''] = command.trim().split(/\s/, 1);
  if (word === '.') return 'dot';
  // A line that is no command may answer a challenge of AUTH: what it says is not passed on.
  return VERBS.has(word.toUpperCase()) ? word.toUpperCase() : 'other line';
}

/** RFC 5321 section 4.1, RFC 3207, 3030, 2033, 1985, 1869 and the extensions of Postfix. */
const VERBS: ReadonlySet<string> = new Set([
  'EHLO',
  'HELO',
  'LHLO',
  'MAIL',
  'RCPT',
  'DATA',
  'BDAT',
  'RSET',
  'NOOP',
  'QUIT',
  'VRFY',
  'EXPN',
  'HELP',
  'STARTTLS',
  'AUTH',
  'ETRN',
  'TURN',
  'SEND',
  'SOML',
  'SAML',
  'XCLIENT',
  'XFORWARD',
  'BURL',
]);

const STAGES: readonly { pattern: RegExp; stage: Stage; example: string }[] = [
  { pattern: /^connect$/, stage: 'connect', example: 'connect' },
  { pattern: /^(EHLO|HELO|LHLO)\b/, stage: 'ehlo', example: 'EHLO client.test' },
  { pattern: /^STARTTLS$/, stage: 'starttls', example: 'STARTTLS' },
  { pattern: /^AUTH\b/, stage: 'auth', example: 'AUTH PLAIN' },
  { pattern: /^MAIL\b/, stage: 'mail', example: 'MAIL FROM:<ann@a.test>' },
  { pattern: /^RCPT\b/, stage: 'rcpt', example: 'RCPT TO:<bob@b.test>' },
  { pattern: /^DATA$/, stage: 'data', example: 'DATA' },
  { pattern: /^dot$/, stage: 'dot', example: 'dot' },
];
export const stageExamples = STAGES;

/** The stage of a session that a command belongs to; undefined for RSET, NOOP, QUIT and the like. */
export function stageOf(command: string): Stage | undefined {
  return STAGES.find(({ pattern }) => pattern.test(command))?.stage;
}

/** `550 5.1.1 no such user` on one line. */
export function showReply(reply: Pick<ObservedReply, 'code' | 'enhanced' | 'text'>): string {
  return [reply.code || '', reply.enhanced ?? '', reply.text.replace(/\n/g, ' / ')].filter((part) => part !== '').join(' ');
}
