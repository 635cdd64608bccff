/**
 * The `K=value` fields of Exim's main log lines, whatever log_selector says (Exim specification, chapter 53
 * "Log files", "Summary of fields in log lines"). Fields end where the free text of a failure begins.
 */
export interface EximFields {
  /** R=, T=, P=, A=, id=, ... as they are written, quotes taken off. */
  values: Readonly<Record<string, string>>;
  host?: { name?: string; helo?: string; address?: string; port?: number };
  /** `for a@x b@y` of an arrival with +received_recipients. */
  recipients?: string[];
  /** `defer (-44)`: the error number. */
  errno?: number;
  /** What follows the fields. */
  text: string;
}

const HOST = /H=(?:(?<name>[^\s([]+) ?)?(?:\((?<helo>[^)]*)\) ?)?(?:\[(?<address>[^\]]+)\])?(?::(?<port>\d+))?(?<reused>\*)?(?<end>:)?(?=\s|$)/y;
const QUOTED = /(?<key>[A-Za-z0-9]{1,4}\*?)="(?<value>(?:[^"\\]|\\.)*)"(?<end>:)?(?=\s|$)/y;
const ANGLED = /(?<key>[A-Z])=<(?<value>[^>]*)>(?<end>:)?(?=\s|$)/y;
const PLAIN = /(?<key>(?:id\*?|[A-Z][A-Za-z0-9]{0,3}))=(?<value>\S*?)(?<end>:)?(?=\s|$)/y;
/** K (chunking), L (pipelining), PRDR, TFO, ... */
const FLAG = /(?:K|L[.*-]?|PRDR|TFO\*?|NOTLS|RC)(?<end>:)?(?=\s|$)/y;
const DEFER = /(?:(?<routing>routing) )?defer \((?<errno>-?\d+)\)(?<end>:)?(?=\s|$)/y;
const FOR = /from <(?<from>[^>]*)>(?: for (?<recipients>.*))?$/y;

/** Reads fields from the start of `text`. */
export function readFields(text: string): EximFields {
  const values: Record<string, string> = {};
  let host: EximFields['host'];
  let recipients: string[] | undefined;
  let errno: number | undefined;
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) return undefined;
    at = pattern.lastIndex;
    return match;
  };
  while (at < text.length) {
    if (text[at] === ' ') {
      at++;
      continue;
    }
    const arrival = take(FOR);
    if (arrival) {
      recipients = arrival.groups?.recipients?.split(' ').filter(Boolean);
      break;
    }
    const match = take(HOST) ?? take(QUOTED) ?? take(ANGLED) ?? take(DEFER) ?? take(FLAG) ?? take(PLAIN);
    if (!match) break;
    const groups = match.groups ?? {};
    if (match[0].startsWith('H=')) {
      // A line names the host of the last try; a later H= (after the error number) is that one.
      host = {
        ...(groups.name === undefined ? {} : { name: groups.name }),
        ...(groups.helo === undefined ? {} : { helo: groups.helo }),
        ...(groups.address === undefined ? {} : { address: groups.address }),
        ...(groups.port === undefined ? {} : { port: Number(groups.port) }),
      };
    } else if (groups.errno !== undefined) {
      errno = Number(groups.errno);
      if (groups.routing !== undefined) values.routing = 'yes';
    } else if (groups.key !== undefined && groups.value !== undefined) values[groups.key] = groups.value.replace(/\\(.)/g, '$1');
    if (groups.end !== undefined) break;
  }
  const rest = text
    .slice(at)
    .trim()
    // +deliver_time puts the time after the free text of a failure, or between its two parts.
    .replace(/ ?\b[QD]T=[\d.smhdw]+(?=: |$)/, '');
  return { values, ...(host ? { host } : {}), ...(recipients ? { recipients } : {}), ...(errno === undefined ? {} : { errno }), text: rest };
}

/** An address of Exim's log lines as it is written there. */
export interface EximAddress {
  address: string;
  /** Recipient of the message that it was made from. */
  original?: string;
  /** The addresses between it and `original`, the nearest first; with +all_parents all of them. */
  parents: string[];
  rest: string;
}

const PARENTS = String.raw`(?: \((?<parents>[^)]*@[^)]*)\))?`;
/** Files, pipes and replies (`save NAME` is a file whose path is not known yet, deliver.c): they may have blanks, and always name their original. */
const MADE = new RegExp(String.raw`^(?<address>(?:[|/>]|save )[^\n]*?)${PARENTS} <(?<original>[^<>\s]*)>(?<rest>:? .*|:?)$`, 's');
const PLAIN_ADDRESS = new RegExp(
  String.raw`^(?<address>:[a-z]+:|"(?:[^"\\]|\\.)*"@\S+|"(?:[^"\\]|\\.)*"|<[^>]*>|\|[^<]*?|\/[^<]*?|>[^\s<]*|\S+?)(?::(?=\s))?${PARENTS}(?: <(?<original>[^>]*)>)?(?<rest>:? .*|)$`,
  's',
);

/**
 * The address part of `=>`, `==` and `**` lines: `x@y (parent) <original>`, `alice <alice@example.test>`,
 * `/var/mail/x <f@y>`, `|/bin/cat <p@y>`, `save Junk <f@y>`, `>ann@z <v@y>`, `:blackhole: <h@y>`, `x@y`.
 */
export function readAddress(text: string): EximAddress {
  const groups = (MADE.exec(text) ?? PLAIN_ADDRESS.exec(text))?.groups;
  if (groups?.address === undefined) return { address: text.trim(), parents: [], rest: '' };
  return {
    address: groups.address.trim(),
    ...(groups.original === undefined ? {} : { original: groups.original }),
    parents: groups.parents?.split(', ') ?? [],
    rest: (groups.rest ?? '').replace(/^:(?= |$)/, '').trim(),
  };
}
