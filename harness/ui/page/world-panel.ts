import type { Choices, DoRequest } from '../wire.ts';
import { doIt, problemOf } from './api.ts';
import { button, copyButton, element, option } from './dom.ts';
import type { Store } from './store.ts';

/** What a domain outside often does to one's mail; anything else can be written. */
const BEHAVIOURS: readonly [label: string, behaviour: string][] = [
  ['greylists', 'greylist: 5m'],
  ['451 at RCPT', 'reply: "451 4.3.0 come back later", at: rcpt'],
  ['550 at RCPT', 'reply: "550 5.7.1 not wanted", at: rcpt'],
  ['554 after the dot', 'reply: "554 5.7.1 content not wanted", at: dot'],
  ['drops at the dot', 'drop: dot'],
  ['no STARTTLS', 'no starttls'],
  ['expired certificate', 'certificate: expired'],
  ['enforces SPF', 'enforce spf'],
];

/** Hosts, links, clock and the outside as switches. Nothing is put back by itself. */
export class WorldPanel {
  readonly element = element('div');
  readonly #store: Store;
  readonly #result = element('div', { role: 'status' });
  readonly #hosts = element('div');
  readonly #links = element('div');
  readonly #changed = element('div');

  constructor(store: Store, choices: Choices) {
    this.#store = store;
    const ends = [...choices.hosts.map(({ name }) => name), ...choices.outside];
    this.element.append(
      element('h3', {}, 'Hosts'),
      this.#hosts,
      this.#services(choices),
      element('h3', {}, 'Links'),
      this.#links,
      this.#linkForm(ends),
      element('h3', {}, 'Clock'),
      this.#clock(choices),
      element('h3', {}, 'Outside'),
      this.#changed,
      this.#outside(choices),
      this.#result,
    );
    this.draw();
  }

  /** What the world says has changed. */
  draw(): void {
    this.#drawOutside();
    this.#hosts.replaceChildren(
      ...this.#store.hosts.map(({ name, up, state, queue }) => {
        const act = (verb: string, can: boolean): HTMLButtonElement => {
          const made = button(verb, () => this.#do({ verb, value: name }), { 'data-act': `${verb} ${name}`, 'aria-label': `${verb} ${name}` });
          made.disabled = !can;
          return made;
        };
        return element(
          'div',
          { class: 'inline' },
          element('span', { class: 'name' }, name),
          element('span', { class: `host-state${up ? '' : ' down'}` }, up ? 'up' : state),
          element('span', { class: 'dim' }, `${queue} queued`),
          act('stop', up),
          act('start', !up),
          act('restart', up),
          act('kill', up),
          act('pause', up),
        );
      }),
    );
    this.#links.replaceChildren(
      ...this.#store.links.map(({ between, action }) =>
        element(
          'div',
          { class: 'inline' },
          element('span', { class: 'state failed' }, action),
          `${between.join(' – ')}`,
          button('heal', () => this.#do({ verb: 'heal', value: between })),
        ),
      ),
    );
  }

  #drawOutside(): void {
    this.#changed.replaceChildren(
      ...this.#store.outside.map(({ domain, behaves }) =>
        element(
          'div',
          { class: 'inline' },
          element('span', { class: 'name' }, domain),
          element('span', { class: 'state waiting' }, 'changed'),
          behaves.length === 0 ? 'takes mail like any receiver' : element('code', {}, behaves.join('; ')),
          button('restore', () => this.#do({ verb: 'outside', value: { domain, behaves: [] } }), { 'aria-label': `restore ${domain}` }),
        ),
      ),
    );
  }

  #services(choices: Choices): HTMLElement {
    const service = element('select', { 'aria-label': 'service' }, ...choices.hosts.flatMap(({ name, services }) => services.map((one) => option(`${name}/${one}`))));
    return element('div', { class: 'inline' }, 'service', service, ...['stop', 'start', 'restart'].map((verb) => button(verb, () => this.#do({ verb, value: service.value }))));
  }

  #linkForm(ends: readonly string[]): HTMLElement {
    const [one, other] = ['from', 'to'].map((name) => element('select', { 'aria-label': `link ${name}` }, ...ends.map((end) => option(end))));
    if (one === undefined || other === undefined) throw new Error('a link has two ends');
    other.selectedIndex = Math.min(1, ends.length - 1);
    const delay = element('input', { type: 'text', size: '5', value: '2s', 'aria-label': 'delay' });
    const between = (): string[] => [one.value, other.value];
    return element(
      'div',
      { class: 'inline' },
      one,
      '–',
      other,
      button('cut', () => this.#do({ verb: 'cut', value: between() })),
      button('heal', () => this.#do({ verb: 'heal', value: between() })),
      button('slow by', () => this.#do({ verb: 'slow', value: { between: between(), delay: delay.value.trim() } })),
      delay,
    );
  }

  #clock(choices: Choices): HTMLElement {
    const amount = element('input', { type: 'text', size: '8', value: '20m', 'aria-label': 'advance by' });
    const host = element('select', { 'aria-label': 'host whose clock is set apart' }, ...choices.hosts.map(({ name }) => option(name)));
    const skew = element('input', { type: 'text', size: '6', value: '-5m', 'aria-label': 'set apart by' });
    const advance = (by: string): Promise<void> => this.#do({ verb: 'clock', value: `advance ${by}` });
    return element(
      'div',
      {},
      element(
        'div',
        { class: 'inline' },
        button('advance by', () => advance(amount.value.trim())),
        amount,
        ...['5m', '1h', '1d'].map((by) => button(`+${by}`, () => advance(by))),
      ),
      element(
        'div',
        { class: 'inline' },
        'the clock of',
        host,
        button('set apart by', () => this.#do({ verb: 'clock', value: { host: host.value, skew: skew.value.trim() } })),
        skew,
      ),
    );
  }

  #outside(choices: Choices): HTMLElement {
    const domain = element('select', { 'aria-label': 'domain outside' }, ...choices.outside.map((name) => option(name)));
    const boxes = BEHAVIOURS.map(([label, behaviour]) => {
      const box = element('input', { type: 'checkbox', value: behaviour });
      return { box, label: element('label', { title: behaviour }, box, ` ${label}`) };
    });
    const own = element('input', { type: 'text', size: '40', placeholder: 'other: reply: "421 4.7.0 busy", at: mail, times: 2', 'aria-label': 'other behaviour' });
    const behaves = (): string[] => [...boxes.filter(({ box }) => box.checked).map(({ box }) => box.value), ...(own.value.trim() === '' ? [] : [own.value.trim()])];
    return element(
      'div',
      {},
      element('div', { class: 'inline' }, domain, ...boxes.map(({ label }) => label)),
      element(
        'div',
        { class: 'inline' },
        own,
        button('behaves so', () =>
          behaves().length === 0 ? this.#say('choose how it behaves, or restore it', false) : this.#do({ verb: 'outside', value: { domain: domain.value, behaves: behaves() } }),
        ),
        button('restore', () => this.#do({ verb: 'outside', value: { domain: domain.value, behaves: [] } })),
      ),
    );
  }

  async #do(request: DoRequest): Promise<void> {
    this.#say(`${request.verb}…`, true);
    try {
      const { done, text, command } = await doIt(request);
      this.#say(text, done, command);
    } catch (error) {
      this.#say(problemOf(error), false);
    }
  }

  #say(text: string, good: boolean, command?: string): void {
    this.#result.replaceChildren(element('p', { class: `result${good ? '' : ' bad'}` }, text), ...(command === undefined ? [] : [copyButton(command, 'Copy as a command line')]));
  }
}
