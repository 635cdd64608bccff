/** The element with this id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found;
}

type Attributes = Record<string, string | boolean | undefined>;

/** An element with attributes and content; texts are texts, never HTML. */
export function element<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...content: (Node | string)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...content);
  return made;
}

export function button(text: string, act: () => void | Promise<void>, attributes: Attributes = {}): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, text);
  made.addEventListener('click', () => void act());
  return made;
}

export const option = (value: string, text = value): HTMLOptionElement => element('option', { value }, text);

/** Copies a text, and says so on the button. */
export function copyButton(text: string, label = 'Copy'): HTMLButtonElement {
  const made = button(label, async () => {
    await navigator.clipboard.writeText(text);
    made.textContent = 'Copied';
  });
  return made;
}
