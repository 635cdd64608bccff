import type { Piece } from '../wire.ts';
import { get, linkTo, problemOf } from './api.ts';
import { button, byId, element } from './dom.ts';

/** The right half of the page: one thing at a time. */
export class Panel {
  readonly #box = byId('panel');
  readonly #closed: () => void;
  #tab = '';
  /** What is open, so that an answer that comes late does not take the place of something else. */
  #what = '';

  constructor(closed: () => void) {
    this.#closed = closed;
  }

  get what(): string {
    return this.#what;
  }

  /** @param focus the keyboard goes there */
  show(what: string, title: string, content: (Node | string)[], focus = true): void {
    const same = this.#what === what;
    const { scrollTop } = this.#box;
    this.#what = what;
    const heading = element('h2', { tabindex: '-1' }, title);
    this.#box.replaceChildren(
      element(
        'div',
        { class: 'panel-head' },
        heading,
        button('Close', () => this.close(), { title: 'key: Escape' }),
      ),
      ...content,
    );
    this.#box.hidden = false;
    document.querySelector('main')?.classList.add('open');
    this.#wireTabs();
    for (const one of this.#box.querySelectorAll<HTMLButtonElement>('[data-download]')) {
      one.addEventListener('click', () => {
        location.href = linkTo('/api/raw', { id: one.dataset.download ?? '', copy: one.dataset.copy ?? '' });
      });
    }
    if (same) this.#box.scrollTop = scrollTop;
    else this.#box.scrollTop = 0;
    if (focus && !same) (this.#box.querySelector<HTMLElement>('[data-first]') ?? heading).focus();
  }

  /** Shows what the server wrote. @param wire adds what buttons in it do */
  async load(what: string, path: string, query: Record<string, string>, wire: (box: HTMLElement) => void = () => {}, focus = true): Promise<void> {
    if (this.#what !== what) this.show(what, 'Reading…', [], focus);
    try {
      const { title, html } = await get<Piece>(path, query);
      if (this.#what !== what) return;
      this.show(what, title, [pieceOf(html)], false);
      wire(this.#box);
    } catch (error) {
      if (this.#what === what) this.show(what, 'Cannot be shown', [element('p', { class: 'problem' }, problemOf(error))], false);
    }
  }

  close(): void {
    if (this.#what === '') return;
    this.#what = '';
    this.#box.hidden = true;
    this.#box.replaceChildren();
    document.querySelector('main')?.classList.remove('open');
    this.#closed();
  }

  #wireTabs(): void {
    const tabs = [...this.#box.querySelectorAll<HTMLButtonElement>('[data-tab]')];
    if (tabs.length === 0) return;
    const choose = (name: string): void => {
      this.#tab = name;
      for (const tab of tabs) {
        tab.setAttribute('aria-selected', String(tab.dataset.tab === name));
        tab.tabIndex = tab.dataset.tab === name ? 0 : -1;
      }
      for (const part of this.#box.querySelectorAll<HTMLElement>('[data-panel]')) part.hidden = part.dataset.panel !== name;
    };
    for (const [index, tab] of tabs.entries()) {
      tab.addEventListener('click', () => choose(tab.dataset.tab ?? ''));
      tab.addEventListener('keydown', (event) => {
        const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
        const next = step === 0 ? undefined : tabs[(index + step + tabs.length) % tabs.length];
        if (next === undefined) return;
        choose(next.dataset.tab ?? '');
        next.focus();
      });
    }
    choose(tabs.some((tab) => tab.dataset.tab === this.#tab) ? this.#tab : (tabs[0]?.dataset.tab ?? ''));
  }
}

/** HTML that the server wrote; whatever came from the world is escaped in it, and the page's policy runs no script of it. */
export function pieceOf(html: string): HTMLElement {
  const box = element('div');
  box.innerHTML = html;
  return box;
}
