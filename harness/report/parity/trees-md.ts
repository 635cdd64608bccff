import type { TreesReport } from '../../parity/index.ts';
import { inline } from '../summary-md.ts';
import { plural } from '../words.ts';
import { changeLine, lookedAt, shown, treeLine, unsure } from './trees-words.ts';

/** What a change of the configuration does: the first that its reader wants to know. */
export function treesMarkdown(trees: TreesReport | undefined): string[] {
  if (trees === undefined) return [];
  const { addresses, turned } = trees;
  const out: string[] = [];
  if (addresses.different.length > 0) {
    out.push(`## Addresses treated differently`, '', lookedAt(trees), '', '| address | base | head | shown by |', '| --- | --- | --- | --- |');
    for (const row of addresses.different)
      out.push(
        `| ${inline(row.address)}${unsure(row)} | ${shown(row, 'base').map(inline).join('<br>')} | ${shown(row, 'head').map(inline).join('<br>')} | ${row.shownBy.map(inline).join('<br>')} |`,
      );
    out.push('');
  }
  if (turned.length > 0) {
    out.push('## Scenarios that change', '', '| scenario | base | head |', '| --- | --- | --- |');
    for (const one of turned) out.push(`| ${inline(one.scenario)}<br>\`${one.file}:${one.line}\` | ${one.base} | ${one.head} |`);
    out.push('');
  }
  return out;
}

/** The configuration files that differ, and where the trees lie. */
export function changesMarkdown(trees: TreesReport | undefined): string[] {
  if (trees === undefined) return [];
  const out = ['## Configuration that differs', ''];
  if (trees.changes.length === 0) out.push('None.', '');
  for (const change of trees.changes) {
    out.push(`**${inline(changeLine(change))}**`, '');
    if (change.diff === '') continue;
    const fence = fenceFor(change.diff);
    out.push(`${fence}diff`, ...change.diff.split('\n'), fence, '');
    if (change.cut > 0) out.push(`${plural(change.cut, 'further line')} of this difference are left out.`, '');
  }
  return [...out, ...(['base', 'head'] as const).map((side) => `- ${inline(treeLine(side, trees))}`), ''];
}

/** Longer than any in the text. */
function fenceFor(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(longest + 1);
}
