import type { Again, Choices } from '../wire.ts';
import { doIt, problemOf } from './api.ts';
import { copyButton, element, option } from './dom.ts';

const TLS = { send: ['if offered', 'never', 'required'], submit: ['starttls', 'implicit', 'never'] } as const;

/** The form for a message: from anybody outside, or as a user of the world. @param opened what to do with the message's row */
export function composeForm(choices: Choices, again: Again | undefined, opened: (row: string) => void): HTMLElement {
  const form = element('form', { class: 'form' });
  const field = <T extends HTMLElement>(name: string, label: string, control: T): T => {
    control.id = `compose-${name}`;
    form.append(element('label', { for: control.id }, label), control);
    return control;
  };
  const input = (name: string, label: string, value = '', attributes: Record<string, string | boolean> = {}): HTMLInputElement => {
    const made = field(name, label, element('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', ...attributes }));
    made.value = value;
    return made;
  };
  const user = field(
    'user',
    'as',
    element('select', {}, option('', 'anybody outside (SMTP)'), ...choices.users.map((name) => option(name, `${name} (submission with the password)`))),
  );
  const from = input('from', 'from', again?.from ?? choices.stranger);
  const to = input('to', 'to', again?.to.join(', ') ?? '', { 'data-first': true, placeholder: `alice@${choices.domain || 'example.test'}`, required: true });
  const client = input('client', 'client', again?.client ?? '', { list: 'compose-clients', placeholder: choices.clients[0]?.address ?? '' });
  form.append(element('datalist', { id: 'compose-clients' }, ...choices.clients.map(({ address, name }) => option(address, name))));
  const helo = input('helo', 'EHLO', again?.helo ?? '');
  const server = field('server', 'server', element('select', {}, option('', 'the usual one'), ...choices.hosts.map(({ name }) => option(name))));
  const port = input('port', 'port', '', { inputmode: 'numeric', placeholder: '25' });
  const tls = field('tls', 'TLS', element('select'));
  const whole = again?.raw !== undefined;
  const subject = whole ? undefined : input('subject', 'subject', again?.subject ?? '');
  const body = field('body', whole ? 'source' : 'body', element('textarea', { spellcheck: 'false', rows: whole ? '18' : '8' }));
  body.value = again?.raw?.replaceAll('\r\n', '\n') ?? '';
  const send = element('button', { type: 'submit' }, 'Send');
  form.append(element('div', { class: 'wide actions' }, send, element('span', { class: 'dim' }, 'Ctrl-Enter')));
  const result = element('div', { role: 'status' });
  const chooseUser = (): void => {
    tls.replaceChildren(...TLS[user.value === '' ? 'send' : 'submit'].map((one) => option(one)));
    if (user.value !== '' && (from.value === '' || from.value === choices.stranger)) from.value = `${user.value}@${choices.domain}`;
    port.placeholder = user.value === '' ? '25' : '587';
  };
  user.addEventListener('change', chooseUser);
  chooseUser();
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const recipients = to.value.split(/[\s,]+/).filter(Boolean);
    const given = (name: string, value: string): Record<string, string> => (value.trim() === '' ? {} : { [name]: value.trim() });
    const message = whole ? { raw: body.value } : { ...given('subject', subject?.value ?? ''), ...(body.value === '' ? {} : { body: body.value }) };
    const verb = user.value === '' ? 'send' : 'submit';
    const value = {
      from: from.value.trim() === '' ? '<>' : from.value.trim(),
      to: recipients.length === 1 ? recipients[0] : recipients,
      ...given('client', client.value),
      ...given('helo', helo.value),
      ...given('server', server.value),
      ...(port.value.trim() === '' ? {} : { port: Number(port.value) }),
      ...(tls.selectedIndex === 0 ? {} : { tls: tls.value }),
      ...given('user', user.value),
      ...(Object.keys(message).length === 0 ? {} : { message }),
    };
    send.disabled = true;
    result.replaceChildren(element('p', { class: 'dim' }, 'Sending…'));
    doIt({ verb, value })
      .then(({ done, text, command, transcript, row }) => {
        result.replaceChildren(
          element('p', { class: `result${done ? '' : ' bad'}` }, text),
          element(
            'div',
            { class: 'actions' },
            ...(row === undefined ? [] : [openButton(row, opened)]),
            ...(command === undefined ? [] : [copyButton(command, 'Copy as a command line')]),
          ),
          ...(transcript === undefined ? [] : [element('pre', {}, transcript)]),
        );
      })
      .catch((error: unknown) => result.replaceChildren(element('p', { class: 'result bad' }, problemOf(error))))
      .finally(() => {
        send.disabled = false;
      });
  });
  return element('div', {}, form, result);
}

function openButton(row: string, opened: (row: string) => void): HTMLButtonElement {
  const made = element('button', { type: 'button' }, 'Open the message');
  made.addEventListener('click', () => opened(row));
  return made;
}
