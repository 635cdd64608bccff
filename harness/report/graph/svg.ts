import { html, Markup } from '../html/markup.ts';
import type { Graph } from './graph-model.ts';
import { type Layout, layoutOf, type Point, type Rectangle, TEXT } from './layout.ts';
import { NETWORK_TITLES } from './mermaid.ts';

/** Light and dark by the reader's setting, also where the file is shown as an image. */
export const DRAWING_STYLE = `
svg { --bg: #fff; --fg: #1c2024; --dim: #60646c; --line: #8b8d98; --host: #eef4fd; --host-line: #0b68cb; --away: #f4f5f7; --people: #eef8f0; --people-line: #2a7e3b; }
@media (prefers-color-scheme: dark) { svg { --bg: #111315; --fg: #edeef0; --dim: #a1a7b0; --line: #777b84; --host: #12233a; --host-line: #70b8ff; --away: #1b1e22; --people: #14271a; --people-line: #6fce83; } }
.page { fill: var(--bg) } text { fill: var(--fg); font: 11px ui-monospace, "DejaVu Sans Mono", monospace } .title { font: 600 15px system-ui, sans-serif } .dim { fill: var(--dim) }
.heading { font: 600 16px system-ui, sans-serif } .box { stroke-width: 1.2 } .host { fill: var(--host); stroke: var(--host-line) } .outside { fill: var(--away); stroke: var(--line) } .people { fill: var(--people); stroke: var(--people-line) }
.network { fill: none; stroke: var(--line); stroke-dasharray: 5 4 } .flow { fill: none; stroke: var(--line); stroke-width: 1.3 } .head { fill: var(--line) } .label { fill: var(--bg) }
`;
const HEADING = 34;

/** The picture of a world, a file of its own. */
export function svg(graph: Graph): string {
  const heading = headingOf(graph);
  const above = html`<style>${new Markup(DRAWING_STYLE)}</style>
`;
  return picture(graph, { above, below: html`<text class="heading" x="26" y="28">${heading}</text>\n`, least: heading.length * TEXT.title + 40, top: HEADING });
}

/** The same inside of a page, which has the style and a heading already. Nodes have `data-id`, edges `data-from` and `data-to`. */
export function drawing(graph: Graph): string {
  return picture(graph, { least: 0, top: 0 });
}

const headingOf = ({ world, variant, description }: Graph): string => `${world}${variant === '' ? '' : ` (${variant})`}: ${description}`;

interface Frame {
  above?: Markup;
  below?: Markup;
  /** Pixels that it is wide at least, and that are left free above. */
  least: number;
  top: number;
}

function picture(graph: Graph, { above, below, least, top }: Frame): string {
  const layout = layoutOf(graph);
  const width = Math.ceil(Math.max(layout.width, least));
  const height = Math.ceil(layout.height + top);
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${headingOf(graph)}">
${above}<defs><marker id="head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path class="head" d="M0 0.8 8 4 0 7.2z"/></marker></defs>
<rect class="page" width="${width}" height="${height}"/>
${below}<g transform="translate(0 ${top})">
${layout.networks.map(({ network, at }) => html`<g><rect class="network" ${place(at)} rx="8"/><text class="dim" x="${round(at.x + 8)}" y="${round(at.y + 14)}">${NETWORK_TITLES[network]}</text></g>\n`)}
${layout.lines.map((line) => html`<path class="flow" data-from="${line.edge.from}" data-to="${line.edge.to}" d="${pathOf(line)}" marker-end="url(#head)"${line.edge.both && new Markup(' marker-start="url(#head)"')}/>\n`)}
${layout.lines.map(labelOf)}
${layout.boxes.map(boxOf)}
</g>
</svg>
`.text;
}

const round = (value: number): string => String(Math.round(value * 10) / 10);
const place = ({ x, y, width, height }: Rectangle): Markup => html`x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;

function pathOf({ way, bow }: Layout['lines'][number]): string {
  const [start, ...rest] = way;
  if (start === undefined) return '';
  const [middle, end] = rest;
  // Both ends are on the same side: round a corner to the text, and another one back.
  if (bow && middle && end) return `M${at(start)} Q${at({ x: middle.x, y: start.y })} ${at(middle)} Q${at({ x: middle.x, y: end.y })} ${at(end)}`;
  let from = start;
  const parts = rest.map((to) => {
    const half = (from.x + to.x) / 2;
    const part = from.y === to.y ? `L${at(to)}` : `C${at({ x: half, y: from.y })} ${at({ x: half, y: to.y })} ${at(to)}`;
    from = to;
    return part;
  });
  return `M${at(start)} ${parts.join(' ')}`;
}

function labelOf({ edge, label, bow }: Layout['lines'][number]): Markup {
  const x = round(label.x + (bow ? 6 : label.width / 2));
  const texts = edge.labels.map(
    (text, index) => html`<text class="dim" x="${x}" y="${round(label.y + index * TEXT.lineHeight + 11)}" text-anchor="${bow ? 'start' : 'middle'}">${text}</text>`,
  );
  return html`<g class="flow-label" data-from="${edge.from}" data-to="${edge.to}"><rect class="label" ${place({ ...label, x: label.x + (bow ? 2 : 0) })}/>${texts}</g>\n`;
}

function boxOf({ node, at: box }: Layout['boxes'][number]): Markup {
  const text = TEXT.titleHeight + node.lines.length * TEXT.lineHeight;
  const top = box.y + (box.height - text) / 2;
  const middle = round(box.x + box.width / 2);
  return html`<g class="node" data-id="${node.id}"><rect class="box ${node.kind}" ${place(box)} rx="${node.kind === 'people' ? 24 : 6}"/><text class="title" x="${middle}" y="${round(top + 14)}" text-anchor="middle">${node.title}</text>${node.lines.map(
    (line, index) =>
      html`<text x="${middle}" y="${round(top + TEXT.titleHeight + index * TEXT.lineHeight + 11)}" text-anchor="middle"${index === 0 && node.kind === 'host' && new Markup(' class="dim"')}>${line}</text>`,
  )}</g>\n`;
}
