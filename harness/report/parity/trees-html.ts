import type { TreesReport } from '../../parity/index.ts';
import { html, type Markup } from '../html/markup.ts';
import { table } from '../html/page.ts';
import { plural } from '../words.ts';
import { changeLine, lookedAt, shown, treeLine, unsure } from './trees-words.ts';

/** What a change of the configuration does: addresses, scenarios, and the change itself. */
export function treesHtml(trees: TreesReport | undefined): Markup {
  if (trees === undefined) return html``;
  return html`<h2>Addresses treated differently</h2>
${addresses(trees)}
${
  trees.turned.length > 0 &&
  html`<h2>Scenarios that change</h2>${table(
    ['scenario', 'base', 'head'],
    trees.turned.map((one) => [html`${one.scenario}<br><span class="dim">${one.file}:${one.line}</span>`, html`${one.base}`, html`${one.head}`]),
  )}`
}
<h2>Configuration that differs</h2>
${trees.changes.length === 0 && html`<p>None.</p>`}
${trees.changes.map(
  (change) =>
    html`<details class="sub"><summary>${changeLine(change)}</summary>${change.diff !== '' && html`<pre>${change.diff}</pre>`}${change.cut > 0 && html`<p class="dim">${plural(change.cut, 'further line')} are left out.</p>`}</details>`,
)}
<p class="dim">${treeLine('base', trees)}; ${treeLine('head', trees)}</p>`;
}

function addresses(trees: TreesReport): Markup {
  const { different } = trees.addresses;
  if (different.length === 0) return html`<p>${lookedAt(trees)}</p>`;
  const lines = (list: readonly string[]): Markup => html`${list.map((text, index) => html`${index > 0 && html`<br>`}${text}`)}`;
  return html`<p>${lookedAt(trees)}</p>${table(
    ['address', 'base', 'head', 'shown by'],
    different.map((row) => [html`<code>${row.address}</code>${unsure(row)}`, lines(shown(row, 'base')), lines(shown(row, 'head')), lines(row.shownBy)]),
  )}`;
}
