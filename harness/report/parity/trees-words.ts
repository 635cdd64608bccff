import type { AddressTreatment, ConfigurationChange, Parity, TreesReport } from '../../parity/index.ts';
import { plural } from '../words.ts';
import { verdictOf } from './words.ts';

/** What a terminal is told of two trees; the rest is in the reports. */
export function treesText(parity: Parity): string[] {
  const { trees } = parity;
  const out = [verdictOf(parity), ...parity.because.map((line) => `  ${line}`)];
  if (trees === undefined) return out;
  if (trees.changes.length > 0) out.push('configuration that differs:', ...trees.changes.map((change) => `  ${changeLine(change)}`));
  if (trees.addresses.different.length > 0) {
    out.push('addresses treated differently:');
    for (const row of trees.addresses.different)
      out.push(
        `  ${row.address}${unsure(row)}`,
        ...shown(row, 'base').map((end) => `    base: ${end}`),
        ...shown(row, 'head').map((end) => `    head: ${end}`),
        `    shown by: ${row.shownBy.join('; ')}`,
      );
  }
  if (trees.turned.length > 0) out.push('scenarios that change:', ...trees.turned.map((one) => `  ${one.base} -> ${one.head}  ${one.scenario}  ${one.file}:${one.line}`));
  if (trees.uncompared.length > 0) out.push('not compared:', ...trees.uncompared.map((one) => `  ${one.state}: ${one.scenario}  ${one.file}:${one.line}`));
  return out;
}

/** `mx:/etc/exim4/aliases changed: 1 line more, 2 lines less`. */
export function changeLine({ host, file, change, added, removed, diff, worlds }: ConfigurationChange): string {
  const size = change === 'changed' ? (diff === '' ? ': binary' : `: +${added} -${removed}`) : diff === '' ? '' : ` (${plural(added + removed, 'line')})`;
  return `${host}:${file} ${change}${size} (${worlds.join(', ')})`;
}

export function unsure({ class: one }: AddressTreatment): string {
  return one === 'indeterminate' ? ' (base itself varies)' : '';
}

/** `base is commit 0f3c… in /tmp/base`. */
export function treeLine(side: 'base' | 'head', trees: TreesReport): string {
  const { folder, commit } = trees[side];
  return `${side} is ${commit === undefined ? 'the folder' : `commit ${commit} in`} ${folder}`;
}

/** What one side did and the other did not, and how much both did. */
export function shown(row: AddressTreatment, side: 'base' | 'head'): string[] {
  const other = row[side === 'base' ? 'head' : 'base'];
  const own = row[side].filter((end) => !other.includes(end));
  const both = row[side].length - own.length;
  return both === 0 ? own : [...own, `${both} ${own.length === 0 ? 'as' : 'more as'} on ${side === 'base' ? 'head' : 'base'}`];
}

/** `2 of the 40 addresses that were looked at.` */
export function lookedAt({ addresses: { compared, different } }: TreesReport): string {
  const count = new Set(different.map((row) => row.address)).size;
  return `${count === 0 ? 'None' : count} of the ${compared} addresses that were looked at.`;
}
