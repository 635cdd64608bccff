import { deflateRawSync } from 'node:zlib';
import { html, Markup } from './markup.ts';

/**
 * Parts of a page that are read now and then: all of them in one compressed block, unpacked by the browser when the
 * first is opened (`DecompressionStream`: Chrome 103, Firefox 113, Safari 16.4 and later). A run of hundreds of
 * scenarios that passed then stays a file that can be mailed.
 */
export class Packed {
  readonly #parts: string[] = [];

  /** @returns what stands for the part until it is unpacked */
  add(part: Markup): Markup {
    this.#parts.push(part.text);
    return html`<div data-part="${this.#parts.length - 1}"><p class="dim">This page needs JavaScript to unpack the evidence of what passed; all of it is in the JSON file beside it.</p></div>`;
  }

  /** The block itself, to be put once behind the parts; nothing when there are none. */
  block(): Markup {
    if (this.#parts.length === 0) return html``;
    const packed = deflateRawSync(Buffer.from(JSON.stringify(this.#parts)), { level: 9 }).toString('base64');
    // Base64 has no character that ends a script element.
    return new Markup(`<script type="application/octet-stream" id="packed">${packed}</script>`);
  }
}

/** Unpacks every part when `unpack()` is first called; runs in the reader's browser as it is. */
export const UNPACK = `
const unpack = (() => {
  let done;
  return () => done ??= (async () => {
    const block = document.getElementById('packed');
    if (!block) return;
    const bytes = Uint8Array.from(atob(block.textContent), (character) => character.charCodeAt(0));
    const parts = JSON.parse(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).text());
    for (const place of document.querySelectorAll('[data-part]')) place.innerHTML = parts[place.dataset.part];
  })();
})();
addEventListener('toggle', (event) => { if (event.target.open && event.target.querySelector('[data-part]')) unpack(); }, true);
`;
