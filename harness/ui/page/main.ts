import type { Again, Choices, Piece, Row } from '../wire.ts';
import { get, problemOf } from './api.ts';
import { composeForm } from './compose.ts';
import { connect } from './connection.ts';
import { DeedsPanel } from './deeds.ts';
import { byId, element } from './dom.ts';
import { logsView } from './logs.ts';
import { mailboxView } from './mailboxes.ts';
import { WorldMap } from './map.ts';
import { Panel, pieceOf } from './panel.ts';
import { Store } from './store.ts';
import { StreamList } from './stream-list.ts';
import { WorldPanel } from './world-panel.ts';

const store = new Store();
const map = new WorldMap(store);
let worldPanel: WorldPanel | undefined;
let deedsPanel: DeedsPanel | undefined;
let reading: Row | undefined;

const panel = new Panel(() => {
  list.opened = undefined;
  reading = undefined;
  list.focus();
});
const list = new StreamList(store, (row) => void openRow(row));

/** @param focus the keyboard goes to the details */
async function openRow(row: Row, focus = true): Promise<void> {
  list.opened = row.id;
  reading = row;
  await panel.load(`row ${row.id}`, '/api/row', { id: row.id }, wireRow, focus);
  // It may have changed while it was read.
  if (reading === row) readAgain();
}

function wireRow(box: HTMLElement): void {
  for (const one of box.querySelectorAll<HTMLElement>('[data-again]')) one.addEventListener('click', () => void compose(one.dataset.again));
}

function readAgain(): void {
  const now = store.row(reading?.id ?? '');
  // The subject is told by reading it, and is no news.
  if (now !== undefined && reading !== undefined && JSON.stringify({ ...now, subject: '' }) !== JSON.stringify({ ...reading, subject: '' })) void openRow(now, false);
}

let choices: Promise<Choices> | undefined;
const choicesNow = (): Promise<Choices> => (choices ??= get<Choices>('/api/choices'));

async function compose(againOf?: string): Promise<void> {
  const again = againOf === undefined ? undefined : await get<Again>('/api/again', { id: againOf });
  const form = composeForm(await choicesNow(), again, (id) => {
    const row = store.row(id);
    if (row !== undefined) void openRow(row);
  });
  panel.show(`compose ${againOf ?? ''}`, again === undefined ? 'Compose' : 'Send again with a change', [form]);
}

const OPEN: Readonly<Record<string, () => Promise<void> | void>> = {
  compose: () => compose(),
  mailboxes: async () => panel.show('mailboxes', 'Mailboxes', [mailboxView(await choicesNow(), openMail)]),
  world: async () => {
    worldPanel = new WorldPanel(store, await choicesNow());
    panel.show('world', 'World', [worldPanel.element]);
  },
  logs: async () => panel.show('logs', 'Logs', [logsView(await choicesNow())]),
  deeds: () => {
    deedsPanel = new DeedsPanel(store);
    panel.show('deeds', 'Done by hand', [deedsPanel.element]);
  },
  help: () => panel.show('help', 'Keys and filter', [help()]),
};

function openMail({ title, html }: Piece): void {
  panel.show(`mail ${title}`, title, [pieceOf(html)]);
}

function help(): HTMLElement {
  const keys: [string, string][] = [
    ['/', 'to the filter'],
    ['↑ ↓ j k', 'along the stream, PageUp, PageDown, Home, End, too'],
    ['Enter', 'opens what is chosen'],
    ['Escape', 'closes the details, or leaves the filter'],
    ['c', 'compose'],
    ['m', 'mailboxes'],
    ['w', 'hosts, links, clock, outside'],
    ['l', 'logs'],
    ['d', 'what was done by hand'],
  ];
  const terms: [string, string][] = [
    ['from:ann', 'reverse-path; from:<> is the null one'],
    ['to:@x.test', 'any recipient'],
    ['host:mx', 'a host or a domain outside that it met'],
    ['is:refused', 'message, session, refused, dropped, delivered, waiting, failed, discarded, moving, bad'],
    ['client:198.51.100.66', 'who handed it over'],
    ['id:', 'a queue id or a Message-ID'],
    ['subject:', 'its subject, once a copy could be read'],
    ['-host:mx', 'not that'],
    ['"two words"', 'anywhere in what the line has; without a key, too: words'],
  ];
  const rows = (pairs: [string, string][]): HTMLElement =>
    element('dl', { class: 'facts' }, ...pairs.flatMap(([term, text]) => [element('dt', {}, element('kbd', {}, term)), element('dd', {}, text)]));
  return element('div', {}, element('h3', {}, 'Keys'), rows(keys), element('h3', {}, 'Filter: all of it must fit'), rows(terms));
}

function openTool(name: string): void {
  Promise.resolve(OPEN[name]?.()).catch((error: unknown) => panel.show(name, 'Cannot be shown', [element('p', { class: 'problem' }, problemOf(error))]));
}

const KEYS: Readonly<Record<string, string>> = { c: 'compose', m: 'mailboxes', w: 'world', l: 'logs', d: 'deeds', '?': 'help' };

addEventListener('keydown', (event) => {
  const writing = event.target instanceof Element && event.target.matches('input, select, textarea');
  if (event.key === 'Escape') {
    if (event.target === byId('filter')) list.focus();
    // What was written is not lost for one key.
    else if (writing && event.target instanceof HTMLElement) event.target.closest<HTMLElement>('.panel')?.querySelector<HTMLElement>('h2')?.focus();
    else panel.close();
    return;
  }
  if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/') {
    event.preventDefault();
    byId('filter').focus();
    return;
  }
  const tool = KEYS[event.key];
  if (tool === undefined) return;
  event.preventDefault();
  openTool(tool);
});

for (const one of document.querySelectorAll<HTMLElement>('[data-open]')) one.addEventListener('click', () => openTool(one.dataset.open ?? ''));

const CLOCK = new Intl.DateTimeFormat('sv-SE', { timeZone: 'UTC', dateStyle: 'short', timeStyle: 'medium' });
const tick = (): void => {
  byId('clock').textContent = `${CLOCK.format(Date.now() + store.clock.offsetMs)} UTC`;
};
setInterval(tick, 1000);

store.onChange((what) => {
  if (what.has('rows')) {
    list.changed();
    readAgain();
  }
  if (what.has('hosts') || what.has('links') || what.has('outside') || what.has('clock')) {
    map.draw();
    map.tell();
    worldPanel?.draw();
  }
  if (what.has('clock')) tick();
  if (what.has('deeds')) {
    byId('deed-count').textContent = store.deeds.length === 0 ? '' : String(store.deeds.length);
    deedsPanel?.draw();
  }
  if (what.has('lost') && store.lost !== '') byId('connection').textContent = 'the world is gone';
});

connect(store, (text) => {
  if (store.lost === '') byId('connection').textContent = text;
});
