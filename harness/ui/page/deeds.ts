import type { RecordAnswer, RecordRequest } from '../wire.ts';
import { post, problemOf } from './api.ts';
import { button, copyButton, element } from './dom.ts';
import type { Store } from './store.ts';

/** Everything that was done to the world by hand, here or from the command line. */
export class DeedsPanel {
  readonly element: HTMLElement;
  readonly #store: Store;
  readonly #list = element('div');

  constructor(store: Store) {
    this.#store = store;
    this.element = element('div', {}, recordForm(store), this.#list);
    this.draw();
  }

  draw(): void {
    const { deeds, instance } = this.#store;
    if (deeds.length === 0) {
      this.#list.replaceChildren(element('p', { class: 'dim' }, 'Nothing was done to this world by hand yet.'));
      return;
    }
    const here = (command: string): string => `${command} --on ${instance}`;
    const lines = deeds.map(({ n, at, text, command, trouble }) =>
      element(
        'li',
        { value: String(n) },
        element('span', { class: 'dim mono' }, `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} `),
        element('code', {}, text),
        ...(trouble === undefined ? [] : [element('p', { class: 'problem' }, trouble)]),
        ' ',
        ...(command === undefined ? [element('span', { class: 'dim' }, 'no command line does it')] : [copyButton(here(command), 'Copy as a command line')]),
      ),
    );
    const commands = deeds.flatMap(({ command }) => (command === undefined ? [] : [here(command)])).join('\n');
    this.#list.replaceChildren(element('ol', { class: 'deeds' }, ...lines), element('div', { class: 'actions' }, copyButton(commands, 'Copy all command lines')));
  }
}

/** What was done, and what came of it, as a scenario: to be read, copied, or written into the world's folder. */
function recordForm(store: Store): HTMLElement {
  const field = (label: string, size: string, placeholder = ''): HTMLInputElement =>
    element('input', { type: 'text', size, placeholder, 'aria-label': label, autocomplete: 'off', spellcheck: 'false' });
  const from = field('from step', '3', '1');
  const to = field('to step', '3', String(store.deeds.length));
  const title = field('title', '28', 'title');
  const name = field('file name', '18', 'name of the file');
  const result = element('div', { role: 'status' });
  const record = async (save: boolean): Promise<void> => {
    const given = (key: string, { value }: HTMLInputElement, read: (text: string) => string | number): object => (value.trim() === '' ? {} : { [key]: read(value.trim()) });
    const request: RecordRequest = {
      ...given('title', title, String),
      ...given('fromStep', from, Number),
      ...given('toStep', to, Number),
      ...(save ? { name: name.value.trim() } : {}),
    };
    result.replaceChildren(element('p', { class: 'dim' }, 'Looking at what came of it…'));
    try {
      const { text, unsaid, file, run } = await post<RecordAnswer>('/api/record', request);
      result.replaceChildren(
        ...(file === undefined ? [] : [element('p', { class: 'result' }, `${file} was written`)]),
        ...unsaid.map((line) => element('p', { class: 'problem' }, `left out: ${line}`)),
        element('div', { class: 'actions' }, copyButton(text, 'Copy the scenario'), ...(run === undefined ? [] : [copyButton(run, 'Copy the command that runs it')])),
        element('pre', { class: 'source' }, text),
      );
    } catch (error) {
      result.replaceChildren(element('p', { class: 'result bad' }, problemOf(error)));
    }
  };
  return element(
    'div',
    {},
    element(
      'div',
      { class: 'inline' },
      'As a scenario, steps',
      from,
      'to',
      to,
      title,
      button('Show', () => record(false)),
    ),
    element(
      'div',
      { class: 'inline' },
      name,
      '.scenario.yaml',
      button('Save in the folder of the world', () => record(true)),
    ),
    result,
  );
}
