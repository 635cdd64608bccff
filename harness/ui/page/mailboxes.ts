import type { Choices, FolderList, Piece } from '../wire.ts';
import { get, problemOf } from './api.ts';
import { button, element, option } from './dom.ts';
import { pieceOf } from './panel.ts';

/** Mailboxes as the store shows them over IMAP: users, folders, messages, one message. Nothing is marked as seen. */
export function mailboxView(choices: Choices, openTabs: (piece: Piece) => void): HTMLElement {
  const users = element('select', { id: 'mailbox-user', 'data-first': true }, option('', 'choose a user'), ...choices.users.map((user) => option(user)));
  const folders = element('div', { class: 'actions', role: 'group', 'aria-label': 'folders' });
  const list = element('div', { role: 'status' });
  let folder = 'INBOX';
  const fail = (error: unknown): void => list.replaceChildren(element('p', { class: 'problem' }, problemOf(error)));
  const look = async (): Promise<void> => {
    const user = users.value;
    if (user === '') return;
    list.replaceChildren(element('p', { class: 'dim' }, 'Reading…'));
    try {
      const found = (await get<FolderList>('/api/folders', { user })).folders;
      folders.replaceChildren(
        ...found.map(({ path, messages, unseen }) =>
          button(`${path} ${messages}${unseen > 0 ? ` (${unseen} new)` : ''}`, () => open(path), { 'aria-pressed': String(path === folder), 'data-folder': path }),
        ),
        button('Read again', look),
      );
      await open(found.some(({ path }) => path === folder) ? folder : 'INBOX');
    } catch (error) {
      fail(error);
    }
  };
  const open = async (path: string): Promise<void> => {
    folder = path;
    const user = users.value;
    for (const one of folders.querySelectorAll<HTMLElement>('[data-folder]')) one.setAttribute('aria-pressed', String(one.dataset.folder === path));
    try {
      const piece = pieceOf((await get<Piece>('/api/folder', { user, folder: path })).html);
      for (const one of piece.querySelectorAll<HTMLElement>('[data-mail]')) {
        one.addEventListener('click', () => {
          get<Piece>('/api/mail', { user, folder: path, uid: one.dataset.mail ?? '' })
            .then(openTabs)
            .catch(fail);
        });
      }
      list.replaceChildren(piece);
    } catch (error) {
      fail(error);
    }
  };
  users.addEventListener('change', () => {
    folder = 'INBOX';
    void look();
  });
  const none = choices.users.length === 0 ? [element('p', { class: 'dim' }, 'This world declares no accounts.')] : [];
  return element('div', {}, element('div', { class: 'inline' }, element('label', { for: 'mailbox-user' }, 'Mailbox of'), users), ...none, folders, list);
}
