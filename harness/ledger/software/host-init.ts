import { applyRules, FOREIGN, type LogLine, type LogParser, type LogRule, type ParsedLine, readSyslog } from '../log-rule.ts';

const RULES: readonly LogRule[] = [
  {
    name: 'crash',
    pattern: /^(?<process>.+)\[\d+\] crashed with signal (?<signal>\d+) \(.*\)$/,
    example: 'host-init[1]: opendkim[161] crashed with signal 11 (Segmentation fault)',
    event: (g) => ({ kind: 'crash', process: g.process ?? '', signal: Number(g.signal) }),
  },
];

function parse({ line }: LogLine): ParsedLine {
  const syslog = readSyslog(line);
  return syslog?.program === 'host-init' ? applyRules(RULES, syslog.text) : FOREIGN;
}

/** PID 1 of every host (containers/base/host-init.c): what it saw of daemons whose end nobody else sees. */
export const hostInit: LogParser = { name: 'host-init', parse, rules: RULES, exampleSource: 'syslog' };
