import type { Move } from '../wire.ts';
import { byId, element } from './dom.ts';
import type { Store } from './store.ts';

const SVG = 'http://www.w3.org/2000/svg';
const MOVE_MS = 900;
/** More at once tell nobody anything. */
const MOST_MOVERS = 40;
/** A picture that is larger than its place is made smaller, but not so small that it cannot be read: then it is scrolled. */
const SMALLEST = 0.65;

/** The picture of the world with what is true now: queues, hosts that are down, links that are cut, copies on their way. */
export class WorldMap {
  readonly #store: Store;
  readonly #svg: SVGSVGElement | null;
  #movers = 0;

  constructor(store: Store) {
    this.#store = store;
    this.#svg = byId('map').querySelector('svg');
    for (const side of ['width', 'height'] as const) {
      if (this.#svg !== null) this.#svg.style.setProperty(`min-${side}`, `${Number(this.#svg.getAttribute(side)) * SMALLEST}px`);
    }
    store.onMove((move) => this.#move(move));
  }

  draw(): void {
    for (const { name, up, state, queue } of this.#store.hosts) {
      const node = this.#node(name);
      if (!node) continue;
      node.classList.toggle('down', !up);
      node.querySelector('.live-badge')?.remove();
      const text = [...(up ? [] : [state]), ...(queue > 0 ? [`${queue} queued`] : [])].join(', ');
      if (text !== '') node.append(badge(node, text, !up));
    }
    for (const path of this.#svg?.querySelectorAll<SVGPathElement>('.flow') ?? []) {
      const { from = '', to = '' } = path.dataset;
      const own = this.#store.links.filter(({ between: [a, b] }) => [this.#nodeName(a), this.#nodeName(b)].sort().join() === [from, to].sort().join());
      // A domain without a box of its own is but one of those behind this edge.
      const whole = own.find(({ between: [a, b] }) => this.#node(a) !== undefined && this.#node(b) !== undefined);
      path.classList.toggle('cut', whole?.action === 'cut');
      path.classList.toggle('slow', whole?.action === 'slow');
      path.classList.toggle('partly', whole === undefined && own.length > 0);
    }
  }

  /** The bar's words on each host, for who does not look at the picture. */
  tell(): void {
    byId('hosts').replaceChildren(
      ...this.#store.hosts.map(({ name, up, state, queue }) => {
        const skew = this.#store.clock.skews[name] ?? 0;
        const queued = element('span', { class: `queue${queue > 0 ? ' some' : ''}` }, ` ${queue} queued`);
        return element(
          'span',
          { class: `host-state${up ? '' : ' down'}`, 'data-host': name },
          element('b', {}, name),
          ` ${up ? 'up' : state}`,
          queued,
          skew === 0 ? '' : ` clock ${skew > 0 ? '+' : ''}${skew / 1000}s`,
        );
      }),
      ...this.#store.links.map(({ between, action }) => element('span', { class: 'state failed' }, `${between.join(' – ')} ${action}`)),
    );
  }

  #node(id: string): SVGGElement | undefined {
    return [...(this.#svg?.querySelectorAll<SVGGElement>('.node') ?? [])].find((node) => node.dataset.id === id);
  }

  /** Domains that have no box of their own are in that of the rest of the internet. */
  #nodeName(end: string): string {
    return this.#node(end) === undefined ? 'outside' : end;
  }

  #move({ from, to, taken }: Move): void {
    const path = [...(this.#svg?.querySelectorAll<SVGPathElement>('.flow') ?? [])]
      .filter(({ dataset }) => (dataset.from === from && dataset.to === to) || (dataset.from === to && dataset.to === from))
      .sort((a, b) => Number(b.dataset.from === from) - Number(a.dataset.from === from))[0];
    if (path === undefined || this.#movers >= MOST_MOVERS || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const dot = document.createElementNS(SVG, 'circle');
    dot.setAttribute('r', '5');
    dot.setAttribute('class', `mover${taken ? '' : ' refused'}`);
    path.parentNode?.append(dot);
    this.#movers++;
    const length = path.getTotalLength();
    const backwards = path.dataset.from !== from;
    const began = performance.now();
    const step = (now: number): void => {
      const part = Math.min(1, (now - began) / MOVE_MS);
      const { x, y } = path.getPointAtLength(length * (backwards ? 1 - part : part));
      dot.setAttribute('cx', String(x));
      dot.setAttribute('cy', String(y));
      if (part < 1) requestAnimationFrame(step);
      else {
        dot.remove();
        this.#movers--;
      }
    };
    requestAnimationFrame(step);
  }
}

function badge(node: SVGGElement, text: string, down: boolean): SVGGElement {
  const box = node.querySelector('.box');
  const [x, y, width] = ['x', 'y', 'width'].map((name) => Number(box?.getAttribute(name) ?? 0));
  const group = document.createElementNS(SVG, 'g');
  group.setAttribute('class', 'live-badge');
  const wide = text.length * 7 + 12;
  const right = (x ?? 0) + (width ?? 0);
  const frame = document.createElementNS(SVG, 'rect');
  for (const [name, value] of Object.entries({ x: right - wide + 6, y: (y ?? 0) - 9, width: wide, height: 18, rx: 9 })) frame.setAttribute(name, String(value));
  frame.setAttribute('class', `badge-box${down ? ' is-down' : ''}`);
  const words = document.createElementNS(SVG, 'text');
  words.setAttribute('class', `badge-text ${down ? 'is-down' : 'waits'}`);
  words.setAttribute('x', String(right - wide / 2 + 6));
  words.setAttribute('y', String((y ?? 0) + 4));
  words.setAttribute('text-anchor', 'middle');
  words.textContent = text;
  group.append(frame, words);
  return group;
}
