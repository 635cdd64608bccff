import type { Row } from '../wire.ts';

/** Runs in the page, and in tests. The grammar: `key:value`, `-key:value`, words and "several words"; all of them must fit. */
export interface Filter {
  fits: (row: Row) => boolean;
  /** What was not understood. */
  problems: string[];
}

type Test = (row: Row, wanted: string) => boolean;

const contains = (text: string, wanted: string): boolean => text.toLowerCase().includes(wanted);

const KEYS: Readonly<Record<string, Test>> = {
  from: (row, wanted) => (wanted === '<>' ? row.kind === 'message' && row.from === '' : contains(row.from, wanted)),
  to: (row, wanted) => row.to.some((to) => contains(to, wanted)),
  host: (row, wanted) => row.hosts.some((host) => host.toLowerCase() === wanted || host.toLowerCase().startsWith(`${wanted}.`)),
  client: (row, wanted) => contains(row.client, wanted),
  id: (row, wanted) => row.ids.some((id) => contains(id, wanted)),
  subject: (row, wanted) => contains(row.subject ?? '', wanted),
  is: (row, wanted) => IS[wanted]?.(row) ?? false,
};

const IS: Readonly<Record<string, (row: Row) => boolean>> = {
  message: (row) => row.kind === 'message',
  session: (row) => row.kind === 'session',
  refused: (row) => row.kind === 'refused' && row.state === 'refused',
  dropped: (row) => row.state === 'dropped',
  delivered: (row) => row.state === 'delivered',
  waiting: (row) => row.state === 'waiting',
  failed: (row) => row.state === 'failed',
  discarded: (row) => row.state === 'discarded',
  moving: (row) => row.state === 'on its way',
  bad: (row) => ['refused', 'dropped', 'failed', 'waiting', 'discarded'].includes(row.state),
};

const TERM = /(?<not>-)?(?:(?<key>[a-z]+):(?:"(?<quoted>[^"]*)"?|(?<value>\S*))|"(?<words>[^"]*)"?|(?<word>\S+))/gi;

export function readFilter(text: string): Filter {
  const problems: string[] = [];
  const tests: ((row: Row) => boolean)[] = [];
  for (const { groups = {} } of text.matchAll(TERM)) {
    const { not, key, quoted, value, words, word } = groups;
    const wanted = (quoted ?? value ?? words ?? word ?? '').toLowerCase();
    const name = key?.toLowerCase();
    if (name === undefined) {
      tests.push(negated(not, (row) => everything(row).includes(wanted)));
      continue;
    }
    const test = KEYS[name];
    if (test === undefined) problems.push(`"${key}:" is no key of the filter: it has ${Object.keys(KEYS).join(', ')}. A text with a colon goes in quotation marks`);
    else if (name === 'is' && IS[wanted] === undefined) problems.push(`"is:${wanted}" is not known: is: takes ${Object.keys(IS).join(', ')}`);
    else if (wanted !== '') tests.push(negated(not, (row) => test(row, wanted)));
  }
  return { fits: (row) => tests.every((test) => test(row)), problems };
}

const negated = (not: string | undefined, test: (row: Row) => boolean): ((row: Row) => boolean) => (not === undefined ? test : (row) => !test(row));

function everything(row: Row): string {
  return [row.subject ?? '', row.from, ...row.to, row.state, row.text, ...row.hosts, ...row.ids, row.client].join('\n').toLowerCase();
}
