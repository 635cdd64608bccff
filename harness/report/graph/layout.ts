import type { Graph, GraphEdge, GraphNode } from './graph-model.ts';
import { spread } from './spread.ts';

export interface Point {
  x: number;
  y: number;
}

export interface Rectangle extends Point {
  width: number;
  height: number;
}

export interface Layout {
  width: number;
  height: number;
  boxes: { node: GraphNode; at: Rectangle }[];
  /** `label` is where its text stands; the line goes from the first point to the last by way of the others. */
  lines: { edge: GraphEdge; way: Point[]; label: Rectangle; bow: boolean }[];
  networks: { network: 'public' | 'inside'; at: Rectangle }[];
}

/** Pixels of one character of the fixed-width font of labels and lines below the title, and of a bold title. */
export const TEXT = { label: 6.7, line: 6.7, title: 9, lineHeight: 15, titleHeight: 20, padding: 10 } as const;
const GAP = { row: 26, label: 5, column: 44, margin: 26, network: 18, port: 15 } as const;
const ROUNDS = 40;

/** One thing in one column: a box, the text of an edge, or the place where a long edge passes. */
interface Item {
  column: number;
  band: number;
  width: number;
  height: number;
  y: number;
  near: Item[];
  node?: GraphNode;
  /** The text of an edge within one column. */
  bow?: boolean;
}

interface Path {
  edge: GraphEdge;
  /** From `edge.from` to `edge.to`; the second is the label of an edge within one column. */
  items: Item[];
  label: Item;
  bow: boolean;
}

/**
 * Boxes stand in the columns 0, 2, 4, 6, the texts of edges in the columns between: what has a place of its own overlaps nothing.
 * Hosts with public addresses are above those without.
 */
export function layoutOf(graph: Graph): Layout {
  const columns = [...new Set(graph.nodes.map((node) => node.column))].sort((a, b) => a - b);
  const items = graph.nodes.map((node): Item => ({ column: columns.indexOf(node.column) * 2, band: bandOf(node), ...sizeOf(node, graph.edges), y: 0, near: [], node }));
  const all = [...items];
  const paths = graph.edges.flatMap((edge) => {
    const [from, to] = [edge.from, edge.to].map((id) => items.find((item) => item.node?.id === id));
    return from && to ? [pathOf(edge, from, to, all)] : [];
  });
  for (const { items: way } of paths) {
    for (const [index, item] of way.entries()) item.near.push(...[way[index - 1], way[index + 1]].flatMap((one) => one ?? []));
  }
  const height = arrange(all);
  return drawn(all, paths, height);
}

const bandOf = (node: GraphNode): number => (node.network === 'inside' ? 1 : 0);

function sizeOf(node: GraphNode, edges: readonly GraphEdge[]): { width: number; height: number } {
  const ports = edges.filter((edge) => edge.from === node.id || edge.to === node.id).length;
  const text = TEXT.titleHeight + node.lines.length * TEXT.lineHeight;
  return {
    width: Math.ceil(Math.max(node.title.length * TEXT.title, ...node.lines.map((line) => line.length * TEXT.line)) + 2 * TEXT.padding),
    height: Math.max(text + 2 * TEXT.padding, (ports + 1) * GAP.port),
  };
}

function pathOf(edge: GraphEdge, from: Item, to: Item, all: Item[]): Path {
  const step = Math.sign(to.column - from.column);
  const labelColumn = from.column + (step === 0 ? 1 : step);
  const text = { width: Math.max(...edge.labels.map((label) => label.length)) * TEXT.label + 12, height: edge.labels.length * TEXT.lineHeight };
  const between: Item[] = [];
  for (let column = labelColumn; step === 0 ? column === labelColumn : column !== to.column; column += step || 1) {
    const passing = column !== labelColumn;
    between.push({ column, band: Math.max(from.band, to.band), ...(passing ? { width: 0, height: 4 } : text), y: 0, near: [], bow: step === 0 });
  }
  const [label] = between;
  if (label === undefined) throw new Error(`the edge ${edge.from} to ${edge.to} has no room for its text`);
  all.push(...between);
  return { edge, items: [from, ...between, to], label, bow: step === 0 };
}

/** Gives every item its y. @returns the height of all */
function arrange(all: Item[]): number {
  const columns = Map.groupBy(all, (item) => item.column);
  const need = (items: readonly Item[]): number => items.reduce((sum, item) => sum + item.height + gapOf(item), 0);
  const isBanded = (items: readonly Item[]): boolean => items.some((item) => item.node?.network !== undefined);
  const boxColumns = [...columns.values()].filter(isBanded);
  const inBand = (items: readonly Item[], band: number): Item[] => items.filter((item) => item.band === band);
  const bands = [0, 1].map((band) => Math.max(0, ...boxColumns.map((items) => need(inBand(items, band)))));
  const [above = 0, below = 0] = bands;
  const boundary = above + (above > 0 && below > 0 ? 2 * GAP.network + TEXT.lineHeight : 0);
  const height = Math.max(boundary + below, ...[...columns.values()].map(need));
  // A first order: as the world file has them.
  for (const items of columns.values()) {
    let y = 0;
    for (const item of items) {
      item.y = y + item.height / 2;
      y += item.height + gapOf(item);
    }
  }
  let best = { cost: Number.POSITIVE_INFINITY, ys: all.map((item) => item.y) };
  for (let round = 0; round < ROUNDS; round++) {
    const order = [...columns.keys()].sort((a, b) => (round % 2 === 0 ? a - b : b - a));
    for (const column of order) {
      const items = columns.get(column) ?? [];
      const banded = isBanded(items);
      place(banded ? inBand(items, 0) : items, 0, banded && below > 0 ? above : height, round);
      if (banded) place(inBand(items, 1), boundary, height, round);
    }
    const cost = costOf(all);
    if (cost < best.cost) best = { cost, ys: all.map((item) => item.y) };
  }
  for (const [index, item] of all.entries()) item.y = best.ys[index] ?? item.y;
  return height;
}

const gapOf = (item: Item): number => (item.node === undefined ? GAP.label : GAP.row);

function wishOf(item: Item): number {
  return item.near.length === 0 ? item.y : item.near.reduce((sum, other) => sum + other.y, 0) / item.near.length;
}

function place(items: Item[], from: number, to: number, round: number): void {
  const wishes = new Map(items.map((item) => [item, wishOf(item)]));
  const wish = (item: Item): number => wishes.get(item) ?? 0;
  const ordered = [...items].sort((a, b) => (round < ROUNDS / 2 ? wish(a) - wish(b) : a.y - b.y));
  const begins = spread(
    ordered.map((item) => ({ size: item.height + gapOf(item), wish: wish(item) })),
    0,
    from,
    to,
  );
  for (const [index, item] of ordered.entries()) item.y = (begins[index] ?? 0) + (item.height + gapOf(item)) / 2;
}

/** Steep lines and crossings are hard to follow. */
function costOf(all: readonly Item[]): number {
  const links = all.flatMap((item) => item.near.filter((other) => other.column > item.column).map((other) => [item, other] as const));
  let cost = links.reduce((sum, [a, b]) => sum + (a.y - b.y) ** 2, 0);
  for (const [index, [a, b]] of links.entries()) {
    for (const [c, d] of links.slice(index + 1)) {
      if (a.column === c.column && b.column === d.column && (a.y - c.y) * (b.y - d.y) < 0) cost += 20_000;
    }
  }
  return cost;
}

interface Places {
  rectangle(item: Item): Rectangle;
  columnOf(item: Item): { x: number; width: number };
}

function drawn(all: readonly Item[], paths: readonly Path[], height: number): Layout {
  const top = GAP.network + TEXT.lineHeight + GAP.margin;
  const columns = [...Map.groupBy(all, (item) => item.column)].sort(([a], [b]) => a - b);
  const lefts = new Map<number, { x: number; width: number }>();
  let x = GAP.margin;
  for (const [column, items] of columns) {
    const width = Math.max(...items.map((item) => item.width));
    lefts.set(column, { x, width });
    x += width + GAP.column;
  }
  const columnOf = (item: Item): { x: number; width: number } => lefts.get(item.column) ?? { x: 0, width: 0 };
  const rectangle = (item: Item): Rectangle => {
    const { x: left, width } = columnOf(item);
    // Boxes of a column are equally wide; a text stands in the middle of its column, that of a bow at its left.
    const own = item.node === undefined ? item.width : width;
    return { x: item.bow === true ? left : left + (width - own) / 2, y: top + item.y - item.height / 2, width: own, height: item.height };
  };
  const boxes = all.flatMap((item) => (item.node === undefined ? [] : [{ node: item.node, at: rectangle(item) }]));
  const ports = portsOf(all, paths, rectangle);
  const lines = paths.map((path) => ({ edge: path.edge, bow: path.bow, label: rectangle(path.label), way: wayOf(path, ports.get(path) ?? [], { rectangle, columnOf }) }));
  const networks = (['public', 'inside'] as const).flatMap((network) => {
    const own = boxes.filter(({ node }) => node.network === network).map(({ at }) => at);
    if (own.length === 0) return [];
    const [left, upper] = [Math.min(...own.map((at) => at.x)), Math.min(...own.map((at) => at.y))];
    const [right, lower] = [Math.max(...own.map((at) => at.x + at.width)), Math.max(...own.map((at) => at.y + at.height))];
    const margin = GAP.network * 0.75;
    return [{ network, at: { x: left - margin, y: upper - margin - TEXT.lineHeight, width: right - left + 2 * margin, height: lower - upper + 2 * margin + TEXT.lineHeight } }];
  });
  return { width: x - GAP.column + GAP.margin + GAP.network, height: top + height + GAP.margin, boxes, lines, networks };
}

/** Where each path leaves its first box and enters its last: in the order of where it goes, so that none cross at the box. */
function portsOf(all: readonly Item[], paths: readonly Path[], rectangle: (item: Item) => Rectangle): Map<Path, Point[]> {
  const ports = new Map<Path, Point[]>(paths.map((path) => [path, []]));
  for (const item of all) {
    if (item.node === undefined) continue;
    const at = rectangle(item);
    for (const side of ['left', 'right'] as const) {
      const here = paths.flatMap((path) =>
        (['from', 'to'] as const).flatMap((end) => {
          const [own, next] = end === 'from' ? [path.items[0], path.items[1]] : [path.items.at(-1), path.items.at(-2)];
          if (own !== item || next === undefined || next.column > item.column !== (side === 'right')) return [];
          return [{ path, end, y: next.y }];
        }),
      );
      here.sort((a, b) => a.y - b.y);
      for (const [index, { path, end }] of here.entries()) {
        const point = { x: side === 'left' ? at.x : at.x + at.width, y: at.y + ((index + 1) * at.height) / (here.length + 1) };
        const both = ports.get(path) ?? [];
        both[end === 'from' ? 0 : 1] = point;
        ports.set(path, both);
      }
    }
  }
  return ports;
}

function wayOf(path: Path, [start, end]: readonly Point[], { rectangle, columnOf }: Places): Point[] {
  const forward = (end?.x ?? 0) >= (start?.x ?? 0);
  const inner = path.items.slice(1, -1).flatMap((item) => {
    const at = rectangle(item);
    const { x, width } = columnOf(item);
    const y = at.y + at.height / 2;
    if (path.bow) return [{ x: at.x, y }];
    // Straight through the whole column: it bends only where no text stands.
    const ends = [
      { x, y },
      { x: x + width, y },
    ];
    return forward ? ends : ends.reverse();
  });
  return [start, ...inner, end].flatMap((point) => point ?? []);
}
