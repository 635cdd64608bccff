import { expect, it } from 'vitest';
import { html } from './markup.ts';
import { Packed } from './packed.ts';

const BLOCK = /<script type="application\/octet-stream" id="packed">([A-Za-z0-9+/=]+)<\/script>/;

it('is unpacked to what was added by what browsers have for it', async () => {
  const packed = new Packed();
  const places = [packed.add(html`<p>${'</script> ✉'}</p>`), packed.add(html`<p>second</p>`)];
  expect(places.map((place) => /data-part="(\d+)"/.exec(place.text)?.[1])).toEqual(['0', '1']);
  const bytes = Uint8Array.from(atob(BLOCK.exec(packed.block().text)?.[1] ?? ''), (character) => character.charCodeAt(0));
  const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).text();
  expect(JSON.parse(text)).toEqual(['<p>&lt;/script&gt; ✉</p>', '<p>second</p>']);
});

it('is nothing when nothing was added', () => {
  expect(new Packed().block().text).toBe('');
});

it('makes hundreds of parts that are alike small', () => {
  const packed = new Packed();
  for (let i = 0; i < 300; i++) packed.add(html`<pre>${`${i} 250 2.0.0 Ok: queued\n`.repeat(100)}</pre>`);
  expect(packed.block().text.length).toBeLessThan(60_000);
});
