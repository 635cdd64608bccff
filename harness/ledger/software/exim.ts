import { type QueueId, queueId } from '../../base/index.ts';
import { applyRules, FOREIGN, type LogLine, type LogParser, type ParsedLine, readSyslog } from '../log-rule.ts';
import { HOST_RULES } from './exim-host-rules.ts';
import { MESSAGE_RULES } from './exim-message-rules.ts';

/** `1xUaN7-00000e-2e` up to 4.96, `1xUaN7-000000000eV-2ePQ` since 4.97. */
const ID = /[0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4})/.source;
/** log_selector +millisec, log_timezone and +pid each add to the prefix; syslog may take the time away. */
const PREFIX = new RegExp(`^(?:\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)? (?:[+-]\\d{4} )?)?(?:\\[\\d+\\] )?(?:(?<id>${ID}) )?(?<text>.*)$`, 's');
const OWN_FILES = /exim[^/]*\/(?:[^/]*main|[^/]*panic|[^/]*reject)?log(?:[^/]*)$|\/exim[^/]*\.log$/;

function parse({ source, line }: LogLine): ParsedLine {
  let text = line;
  if (source === 'syslog' || !OWN_FILES.test(source)) {
    const syslog = readSyslog(line);
    if (!syslog || !/^exim\d?$/.test(syslog.program)) return FOREIGN;
    text = syslog.text;
  } else if (/(?:reject|panic)log/.test(source)) {
    // These repeat lines of the main log (spec chapter 53, "Where the logs are written"); counting them twice would make two events of one.
    return { result: 'events', rule: 'repeated', events: [{ kind: 'note', topic: 'repeated' }] };
  }
  const groups = PREFIX.exec(text)?.groups ?? {};
  const body = groups.text ?? '';
  return groups.id === undefined ? applyRules(HOST_RULES, body) : about(queueId(groups.id), applyRules(MESSAGE_RULES, body, { id: groups.id }));
}

/** A line that decides nothing is one of the message's lines all the same: it may be the last that its host wrote of it. */
function about(id: QueueId, parsed: ParsedLine): ParsedLine {
  if (parsed.result !== 'events') return parsed;
  return { ...parsed, events: parsed.events.map((event) => (event.kind === 'note' ? { ...event, queueId: id } : event)) };
}

/** Exim 4.96 and 4.98 main log, with any log_selector (Exim specification, chapter 53). */
export const exim: LogParser = { name: 'exim', parse, rules: [...MESSAGE_RULES, ...HOST_RULES], exampleSource: '/var/log/exim4/mainlog' };
