import { globToRegExp } from '../pattern.ts';
import type { AddressRoute, RouteRow } from './model.ts';
import { tellRow } from './tell.ts';

/**
 * Compares the way of an address with the words that are expected of it. Each word must stand somewhere in its lines, and each place where a
 * copy ends must be named by one of them: a copy that nobody expected is a difference.
 * @returns what differs, one line each
 */
export function differencesOf({ rows }: Pick<AddressRoute, 'rows'>, words: readonly string[]): string[] {
  const lines = rows.map((row) => Object.values(tellRow(row)).join('  '));
  const missing = words.filter((word) => !lines.some((line) => says(line, word))).map((word) => `expected "${word}", which none of its lines says`);
  const ends = rows.filter((row) => isEnd(row, rows));
  const unnamed = ends.filter((row) => !words.some((word) => says(namesOf(row), word))).map((row) => `not expected: ${line(row)}`);
  return [...missing, ...unnamed];
}

/** A whole word, or several, in any case. */
function says(text: string, word: string): boolean {
  const inner = globToRegExp(word).source.slice(1, -1).replaceAll('[^]', '\\S');
  return new RegExp(`(?<![\\w@.-])${inner}(?![\\w@]|[.-]\\w)`, 'i').test(text);
}

/** Nothing comes after it: no other recipients, and no host of the world that was asked. */
function isEnd(row: RouteRow, rows: readonly RouteRow[]): boolean {
  if (row.next.kind === 'recipients') return false;
  if (row.next.kind !== 'hosts') return row.answer?.code !== 0 || rows.at(-1) === row;
  const after = rows[rows.indexOf(row) + 1];
  return after === undefined || after.host === row.host || after.recipient !== row.recipient;
}

/** What names an end: not the host that it passes, nor the router that sent it there. */
function namesOf(row: RouteRow): string {
  const { answer, next } = tellRow(row);
  return row.answer?.taken === false ? answer : `${row.recipient}  ${next}`;
}

function line(row: RouteRow): string {
  const { recipient, host, answer, by, next } = tellRow(row);
  return [recipient, `on ${host}`, answer, by, next].filter((part) => part !== '').join(', ');
}
