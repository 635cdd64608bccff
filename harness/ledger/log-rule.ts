import type { MailEventBody } from './types.ts';

/** Named groups of a rule's pattern; a group that took no part is undefined. */
export type Groups = Readonly<Record<string, string | undefined>>;

/** Name of the rules for a next hop that failed before another one was tried. */
export const HOST_TROUBLE = 'host-trouble';

/** One kind of line: what it looks like, a real line of that kind, and what it means. */
export interface LogRule {
  name: string;
  /** Matched against the text after the prefix (time, process, queue id where the software has one). */
  pattern: RegExp;
  /** A whole real line of the log, prefix included; the tests parse it. */
  example: string;
  /** Real lines of the same kind that look otherwise; the tests parse them too. */
  more?: readonly string[];
  /** None: understood, and without meaning for mail. */
  event?: (groups: Groups) => MailEventBody | MailEventBody[] | undefined;
}

/** What a parser made of a line. `foreign`: another program's line. */
export type ParsedLine = { result: 'events'; rule: string; events: MailEventBody[] } | { result: 'foreign' } | { result: 'unknown' };

export interface LogLine {
  /** Path of the log file, or `syslog`. */
  source: string;
  line: string;
}

/** One server's log: which lines are its own, and the tables that explain them. */
export interface LogParser {
  name: string;
  parse(line: LogLine): ParsedLine;
  /** Every row, for the tests and the documentation. */
  rules: readonly LogRule[];
  /** Where the examples come from, as `source` of a line. */
  exampleSource: string;
}

export const FOREIGN: ParsedLine = { result: 'foreign' };
export const UNKNOWN: ParsedLine = { result: 'unknown' };

/** The first rule of a table that matches; rows are in the order of how often they are met. */
export function applyRules(rules: readonly LogRule[], text: string, fixed: Groups = {}): ParsedLine {
  for (const rule of rules) {
    const match = rule.pattern.exec(text);
    if (!match) continue;
    const made = rule.event?.({ ...fixed, ...match.groups });
    const events = made === undefined ? [] : Array.isArray(made) ? made : [made];
    return { result: 'events', rule: rule.name, events: events.length > 0 ? events : [{ kind: 'note', topic: rule.name }] };
  }
  return UNKNOWN;
}

/** Syslog prefixes: RFC 3164 with the host (`Nov 21 01:58:33 mx `), ISO stamps as rsyslog writes them, or none. */
const SYSLOG = /^(?:<\d+>)?(?:(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]+(?:[+-]\d\d:\d\d|Z)) \S+ )?(?<program>[\w./+-]+)(?:\[(?<pid>\d+)\])?: (?<text>.*)$/s;

export function readSyslog(line: string): { program: string; pid?: string; text: string } | undefined {
  const groups = SYSLOG.exec(line)?.groups;
  return groups?.program === undefined || groups.text === undefined
    ? undefined
    : { program: groups.program, ...(groups.pid === undefined ? {} : { pid: groups.pid }), text: groups.text };
}

/** Control characters are escaped in logs as `\r\n`; the last reply line with a code, and its enhanced code. */
export function readReply(text: string): { reply: string; status?: string } | undefined {
  const found = /(?:^|[\s:])(?<reply>[245]\d\d(?:[ -](?<status>[245]\.\d{1,3}\.\d{1,3}))?(?:[ -].*)?)$/s.exec(text)?.groups;
  if (found?.reply === undefined) return undefined;
  return found.status === undefined ? { reply: found.reply } : { reply: found.reply, status: found.status };
}
