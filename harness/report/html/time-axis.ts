import { formatDuration } from '../../base/index.ts';
import type { RecipientEnd, Trace } from '../../ledger/index.ts';
import { html, type Markup } from './markup.ts';

interface Bar {
  row: string;
  label: string;
  kind: string;
  from: number;
  to: number;
  custody: string;
  parents: readonly string[];
}

const WIDTH = 960;
const LEFT = 130;
const RIGHT = 20;
const ROW = 22;
/** A stay that is too short to be seen is still drawn so wide. */
const LEAST = 5;

/** Every host that held the message, on one axis of world time. Long waits would squeeze all else, so the axis is broken at them. */
export function timeAxis(traces: readonly Trace[]): Markup {
  const bars = traces.flatMap(toBars);
  if (bars.length === 0) return html``;
  const rows = [...new Set(bars.map((bar) => bar.row))];
  const scale = brokenScale(bars.flatMap((bar) => [bar.from, bar.to]));
  const height = rows.length * ROW + 34;
  const y = (bar: Bar): number => rows.indexOf(bar.row) * ROW + 6;
  const byCustody = new Map(bars.map((bar) => [bar.custody, bar]));
  const links = bars.flatMap((bar) => bar.parents.flatMap((parent) => (byCustody.has(parent) ? [{ from: byCustody.get(parent) ?? bar, to: bar }] : [])));
  return html`<div class="axis scroll"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="hosts that held the message, over world time">
${scale.ticks.map((tick) => html`<line class="grid" x1="${tick.x}" y1="2" x2="${tick.x}" y2="${height - 20}"/><text class="tick" x="${tick.x}" y="${height - 6}" text-anchor="${tick.x > WIDTH - 90 ? 'end' : 'start'}">${tick.label}</text>`)}
${rows.map((row, index) => html`<text x="0" y="${index * ROW + 16}">${row}</text>`)}
${links.map(({ from, to }) => html`<path class="link" d="M${scale.x(to.from)} ${y(from) + 6} V${y(to) + 6}"/>`)}
${bars.map((bar) => html`<rect class="bar ${bar.kind}" x="${scale.x(bar.from)}" y="${y(bar)}" width="${Math.max(LEAST, scale.x(bar.to) - scale.x(bar.from))}" height="12" rx="2"><title>${bar.label}</title></rect>`)}
</svg></div>`;
}

function toBars(trace: Trace): Bar[] {
  return trace.hops.flatMap((hop) => {
    const ends = hop.recipients.map(({ state }) => (state.end === 'pending' ? hop.at : state.end === 'waiting' ? Math.max(state.since, state.nextTry ?? 0) : state.at));
    const kinds = hop.recipients.map(({ state }) => state.end);
    const kind = (['pending', 'failed', 'waiting', 'discarded'] as const).find((one) => kinds.includes(one)) ?? 'done';
    const last = hop.lines.at(-1)?.at ?? hop.at;
    const held: Bar = {
      row: hop.host,
      label: `${hop.custody}: ${[...new Set(kinds)].join(', ')}`,
      kind,
      from: hop.at,
      to: Math.max(hop.at, last, ...ends),
      custody: hop.custody,
      parents: hop.parents,
    };
    return [held, ...hop.recipients.flatMap(({ state }) => (state.end === 'stored' && state.host !== hop.host ? [storedBar(hop.custody, state)] : []))];
  });
}

/** A store that took a copy has no custody of its own in the trace; the place on its row is where the message ended. */
function storedBar(custody: string, state: Extract<RecipientEnd, { end: 'stored' }>): Bar {
  const place = state.user === undefined ? state.host : `${state.host}:${state.user}/${state.folder ?? 'INBOX'}`;
  return { row: state.host, label: `${place}: stored`, kind: 'done', from: state.at, to: state.at, custody: `${custody} ${place}`, parents: [custody] };
}

interface Scale {
  x(at: number): number;
  ticks: { x: number; label: string }[];
}

/** Distance on the axis grows with the logarithm of the time between neighbouring moments, so that 40 ms and 5 days are both seen. */
export function brokenScale(moments: readonly number[]): Scale {
  const sorted = [...new Set(moments)].sort((a, b) => a - b);
  const start = sorted[0] ?? 0;
  const weights = sorted.map((at, index) => (index === 0 ? 0 : Math.log10(10 + at - (sorted[index - 1] ?? at))));
  const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  let run = 0;
  const places = new Map(
    sorted.map((at, index) => {
      run += weights[index] ?? 0;
      return [at, Math.round(LEFT + (run / total) * (WIDTH - LEFT - RIGHT))];
    }),
  );
  const ticks: Scale['ticks'] = [];
  for (const [at, x] of places) {
    // Labels must not run into one another.
    if (ticks.length === 0 || x - (ticks.at(-1)?.x ?? 0) > 80) ticks.push({ x, label: at === start ? '0' : `+${formatDuration(at - start)}` });
  }
  return { x: (at) => places.get(at) ?? LEFT, ticks };
}
