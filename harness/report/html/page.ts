import { html, Markup } from './markup.ts';
import { STYLE } from './style.ts';

/** A whole document in one file: no request is made to show it. */
export function page(title: string, body: Markup, script = ''): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
${body}
${script !== '' && new Markup(`<script>${script}</script>`)}
</body>
</html>
`.text;
}

export function badge(word: string): Markup {
  return html`<span class="badge ${word.replaceAll(' ', '-')}">${word}</span>`;
}

/** A table with a header; no rows: nothing. */
export function table(heads: readonly string[], rows: readonly (readonly Markup[])[]): Markup {
  if (rows.length === 0) return html``;
  return html`<div class="scroll"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}
