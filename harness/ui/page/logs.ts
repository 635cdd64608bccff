import type { Choices, Piece } from '../wire.ts';
import { get, problemOf } from './api.ts';
import { button, element, option } from './dom.ts';
import { pieceOf } from './panel.ts';

/** The logs of all hosts on one time axis, or of one, or the lines with a text. */
export function logsView(choices: Choices): HTMLElement {
  const host = element('select', { id: 'logs-host', 'aria-label': 'host' }, option('', 'all hosts'), ...choices.hosts.map(({ name }) => option(name)));
  const text = element('input', { id: 'logs-text', type: 'search', placeholder: 'lines with this text', 'aria-label': 'text', 'data-first': true });
  const lines = element('div', { role: 'status' });
  const look = async (): Promise<void> => {
    try {
      lines.replaceChildren(pieceOf((await get<Piece>('/api/logs', { host: host.value, text: text.value })).html));
      // The last line is the one that is wanted.
      lines.scrollIntoView({ block: 'end' });
    } catch (error) {
      lines.replaceChildren(element('p', { class: 'problem' }, problemOf(error)));
    }
  };
  host.addEventListener('change', () => void look());
  text.addEventListener('change', () => void look());
  void look();
  return element('div', {}, element('div', { class: 'inline' }, host, text, button('Read again', look)), lines);
}
