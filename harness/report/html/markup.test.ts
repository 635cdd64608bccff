import { expect, it } from 'vitest';
import { escapeText, html, Markup } from './markup.ts';

it('escapes whatever is inserted, in text and in attributes', () => {
  expect(html`<b title="${`"'`}">${'<script>&'}</b>`.text).toBe('<b title="&quot;&#39;">&lt;script&gt;&amp;</b>');
});

it('leaves markup as it is, and lists of it', () => {
  expect(html`<ul>${['a', 'b'].map((item) => html`<li>${item}</li>`)}</ul>${new Markup('<hr>')}`.text).toBe('<ul><li>a</li><li>b</li></ul><hr>');
});

it('inserts nothing for undefined and false, and zero for zero', () => {
  expect(html`${undefined}${false}${0}`.text).toBe('0');
});

it('replaces what XML does not allow', () => {
  expect(escapeText('a\u0000b\u001bc\ud800d\n')).toBe('a\ufffdb\ufffdc\ufffdd\n');
  expect(escapeText('✉ 😀')).toBe('✉ 😀');
});
