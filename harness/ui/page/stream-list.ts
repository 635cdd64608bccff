import type { Row } from '../wire.ts';
import { byId, element } from './dom.ts';
import { readFilter } from './filter.ts';
import type { Store } from './store.ts';

const HEIGHT = 22;
/** Rows that are drawn above and below of what is seen. */
const AROUND = 12;

const TIME = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', hour: '2-digit', minute: '2-digit', second: '2-digit' });

/**
 * The stream, newest first. Only what is seen stands in the document, so that its length does not matter; who has scrolled down
 * stays where they are when something comes.
 */
export class StreamList {
  readonly #store: Store;
  readonly #box = byId('stream');
  readonly #rows = byId('rows');
  readonly #filter: HTMLInputElement;
  readonly #open: (row: Row) => void;
  readonly #drawn = new Map<string, { line: HTMLElement; row: Row }>();
  /** Those that fit the filter, newest first. */
  #shown: Row[] = [];
  #current: string | undefined;
  #opened: string | undefined;
  #asked = false;
  #stale = true;

  constructor(store: Store, open: (row: Row) => void) {
    this.#store = store;
    this.#open = open;
    const filter = byId('filter');
    if (!(filter instanceof HTMLInputElement)) throw new Error('the filter is no input');
    this.#filter = filter;
    filter.addEventListener('input', () => this.changed());
    filter.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
      event.preventDefault();
      this.#box.focus();
      this.#go(0, true);
    });
    this.#box.addEventListener('scroll', () => this.#soon());
    this.#box.addEventListener('keydown', (event) => this.#key(event));
    this.#box.addEventListener('click', ({ target }) => {
      const id = target instanceof Element ? target.closest<HTMLElement>('.row')?.dataset.id : undefined;
      const row = id === undefined ? undefined : store.row(id);
      if (row === undefined) return;
      this.#current = row.id;
      this.#soon();
      open(row);
    });
    new ResizeObserver(() => this.#soon()).observe(this.#box);
  }

  focus(): void {
    this.#box.focus();
  }

  /** The row whose details are open. */
  set opened(id: string | undefined) {
    this.#opened = id;
    this.#soon();
  }

  /** Rows or the filter have changed. */
  changed(): void {
    this.#stale = true;
    this.#soon();
  }

  #soon(): void {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#draw();
    });
  }

  #look(): void {
    this.#stale = false;
    const { fits, problems } = readFilter(this.#filter.value);
    const problem = byId('filter-problem');
    problem.textContent = problems.join('; ');
    problem.hidden = problems.length === 0;
    this.#filter.setAttribute('aria-invalid', String(problems.length > 0));
    const top = this.#shown[Math.floor(this.#box.scrollTop / HEIGHT)]?.id;
    const offset = this.#box.scrollTop % HEIGHT;
    this.#shown = this.#store.rows.filter(fits).reverse();
    this.#rows.style.height = `${this.#shown.length * HEIGHT}px`;
    if (this.#box.scrollTop > 0 && top !== undefined) {
      const now = this.#shown.findIndex(({ id }) => id === top);
      if (now >= 0) this.#box.scrollTop = now * HEIGHT + offset;
    }
    const { rows, dropped, most } = this.#store;
    byId('count').textContent =
      `${this.#shown.length === rows.length ? '' : `${this.#shown.length} of `}${rows.length}${dropped === 0 ? '' : `; ${dropped} older ones dropped, ${most} are kept`}`;
  }

  #draw(): void {
    if (this.#stale) this.#look();
    const first = Math.max(0, Math.floor(this.#box.scrollTop / HEIGHT) - AROUND);
    const last = Math.min(this.#shown.length, Math.ceil((this.#box.scrollTop + this.#box.clientHeight) / HEIGHT) + AROUND);
    const wanted = new Set<string>();
    for (let index = first; index < last; index++) {
      const row = this.#shown[index];
      if (row === undefined) continue;
      wanted.add(row.id);
      const line = this.#lineOf(row);
      line.style.transform = `translateY(${index * HEIGHT}px)`;
      line.setAttribute('aria-posinset', String(index + 1));
      line.setAttribute('aria-setsize', String(this.#shown.length));
      line.setAttribute('aria-selected', String(row.id === this.#current));
      line.classList.toggle('current', row.id === this.#current);
      line.classList.toggle('opened', row.id === this.#opened);
    }
    for (const [id, { line }] of this.#drawn) {
      if (wanted.has(id)) continue;
      line.remove();
      this.#drawn.delete(id);
    }
    const current = this.#drawn.get(this.#current ?? '')?.line.id;
    if (current === undefined) this.#box.removeAttribute('aria-activedescendant');
    else this.#box.setAttribute('aria-activedescendant', current);
  }

  #lineOf(row: Row): HTMLElement {
    const known = this.#drawn.get(row.id);
    if (known?.row === row) return known.line;
    const cells = [
      element('span', { class: 'time', title: new Date(row.at).toISOString() }, TIME.format(row.at)),
      element('span', { class: `state ${row.state.replaceAll(' ', '-')}` }, row.kind === 'session' ? 'session' : row.state),
      element('span', { title: row.from }, row.from === '' ? '<>' : row.from),
      element('span', { title: row.to.join(', ') }, row.to.join(', ')),
      element('span', { title: row.hosts.join(' › ') }, row.hosts.join(' › ')),
      element('span', { title: row.text }, row.subject === undefined ? row.text : `${row.subject} — ${row.text}`),
    ];
    if (known !== undefined) {
      known.line.replaceChildren(...cells);
      known.row = row;
      return known.line;
    }
    const line = element('div', { class: `row ${row.kind}`, role: 'option', id: `row-${row.id}`, 'data-id': row.id }, ...cells);
    this.#drawn.set(row.id, { line, row });
    this.#rows.append(line);
    return line;
  }

  #key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.#box.clientHeight / HEIGHT) - 1);
    if (this.#stale) this.#look();
    const steps: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -this.#shown.length, End: this.#shown.length };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const at = this.#shown.findIndex(({ id }) => id === this.#current);
      this.#go(at === -1 ? 0 : at + step, true);
    } else if (event.key === 'Enter') {
      const row = this.#store.row(this.#current ?? '');
      if (row !== undefined) this.#open(row);
    }
  }

  #go(index: number, scroll: boolean): void {
    if (this.#stale) this.#look();
    const at = Math.max(0, Math.min(this.#shown.length - 1, index));
    this.#current = this.#shown[at]?.id;
    if (scroll) {
      const top = at * HEIGHT;
      if (top < this.#box.scrollTop) this.#box.scrollTop = top;
      else if (top + HEIGHT > this.#box.scrollTop + this.#box.clientHeight) this.#box.scrollTop = top + HEIGHT - this.#box.clientHeight;
    }
    this.#soon();
  }
}
