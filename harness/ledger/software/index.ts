import { FOREIGN, type LogLine, type LogParser, type ParsedLine } from '../log-rule.ts';
import { dovecot } from './dovecot.ts';
import { exim } from './exim.ts';
import { hostInit } from './host-init.ts';
import { opensmtpd } from './opensmtpd.ts';
import { postfix } from './postfix.ts';
import { sendmail } from './sendmail.ts';

/** One line per MTA, store or other writer of lines that matter. The name is that of `software:` in image.yaml. */
export const PARSERS: readonly LogParser[] = [exim, postfix, sendmail, opensmtpd, dovecot, hostInit];

/** The first parser that calls the line its own; a host may run several servers. */
export function parseLine(line: LogLine): { software: string; parsed: ParsedLine } {
  for (const parser of PARSERS) {
    const parsed = parser.parse(line);
    if (parsed.result !== 'foreign') return { software: parser.name, parsed };
  }
  return { software: 'none', parsed: FOREIGN };
}
