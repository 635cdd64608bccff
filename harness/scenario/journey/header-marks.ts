import type { Trace } from '../../ledger/index.ts';
import { compareHeaders, type HeaderField, splitMessage } from '../mail-text.ts';

export interface ShownField {
  name: string;
  value: string;
  /** Who wrote it, as far as it can be told. */
  by: string;
  mark: '' | 'added' | 'changed';
  /** What a changed field was when it was handed over. */
  was?: string;
}

export interface ShownHeader {
  fields: ShownField[];
  removed: HeaderField[];
  /** true when it is known how the message was handed over. */
  compared: boolean;
}

/**
 * The header of a copy with what each hop did to it. Every hop puts its fields on top (RFC 5321 section 4.4), so what stands above
 * the oldest Received field belongs to the hop whose Received field is the next below; what stands below is told only by comparison.
 */
export function shownHeader(raw: Buffer, hops: Trace['hops'], fqdns: ReadonlyMap<string, string>, sent?: Buffer): ShownHeader {
  const { headers } = splitMessage(raw);
  const oldest = headers.findLastIndex(([name]) => name.toLowerCase() === 'received');
  const difference = sent === undefined ? undefined : compareHeaders(splitMessage(sent).headers, headers);
  const added = difference === undefined ? [] : [...difference.added];
  const changed = difference === undefined ? [] : [...difference.changed];
  const hosts = [...new Set(hops.map((hop) => hop.host))];
  const fields = headers.map(([name, value], index): ShownField => {
    const received = index <= oldest ? headers.slice(index).find(([other]) => other.toLowerCase() === 'received') : undefined;
    const hop = received === undefined ? undefined : stampedBy(received[1], hops, fqdns);
    const flat = oneLine(value);
    const change = changed.findIndex((one) => one.name.toLowerCase() === name.toLowerCase() && oneLine(one.to) === flat);
    if (change !== -1) {
      const [was] = changed.splice(change, 1);
      return { name, value, by: hop ?? only(hosts), mark: 'changed', ...(was === undefined ? {} : { was: was.from }) };
    }
    const addition = added.findIndex(([other, text]) => other.toLowerCase() === name.toLowerCase() && oneLine(text) === flat);
    if (addition !== -1) {
      added.splice(addition, 1);
      return { name, value, by: hop ?? only(hosts), mark: 'added' };
    }
    if (difference !== undefined) return { name, value, by: 'sender', mark: '' };
    return hop === undefined ? { name, value, by: index > oldest ? 'sender?' : '', mark: '' } : { name, value, by: hop, mark: 'added' };
  });
  return { fields, removed: difference?.removed ?? [], compared: difference !== undefined };
}

const oneLine = (value: string): string => value.replace(/\s+/g, ' ').trim();
/** A field that no Received field tells the writer of: with one host there is no doubt. */
const only = (hosts: readonly string[]): string => (hosts.length === 1 ? (hosts[0] ?? '') : 'a hop');

function stampedBy(received: string, hops: Trace['hops'], fqdns: ReadonlyMap<string, string>): string | undefined {
  const own = hops.find(({ queueId }) => new RegExp(`\\bid ${escaped(queueId)}\\b`).test(received));
  if (own !== undefined) return own.host;
  const by = /\bby ([\w.-]+)/.exec(received)?.[1]?.toLowerCase();
  return by === undefined ? undefined : (fqdns.get(by) ?? by);
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
