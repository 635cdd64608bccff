import { drawing, graphOf, html, Markup } from '../../report/index.ts';
import type { WorldModel } from '../../world/index.ts';
import type { Program } from './program.ts';

/** The document: everything that does not change while it is open. */
export function document(model: WorldModel, instance: string, { script, style }: Program): string {
  const name = `${model.name}/${model.variant}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${name} · mailproof</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body class="live">
<header class="bar">
<h1>${name} <span class="dim">${instance}</span></h1>
<span id="clock" class="mono" title="the world's time, UTC"></span>
<span id="hosts" class="hosts" role="group" aria-label="hosts"></span>
<span id="connection" class="connection" role="status"></span>
<nav class="tools" aria-label="tools">
<button type="button" data-open="compose" title="key: c">Compose</button>
<button type="button" data-open="mailboxes" title="key: m">Mailboxes</button>
<button type="button" data-open="world" title="key: w">World</button>
<button type="button" data-open="logs" title="key: l">Logs</button>
<button type="button" data-open="deeds" title="key: d">Done <span id="deed-count"></span></button>
<button type="button" data-open="help" title="key: ?" aria-label="help">?</button>
</nav>
</header>
<main>
<div class="left">
<details class="map" open><summary>Map</summary><div id="map" class="picture">${new Markup(drawing(graphOf(model)))}</div></details>
<div class="finder"><label for="filter">Filter</label><input id="filter" type="search" spellcheck="false" autocomplete="off" placeholder="from:ann to:@x.test host:mx is:refused words" aria-describedby="filter-problem"><span id="count" class="dim" role="status"></span></div>
<p id="filter-problem" class="problem" role="alert" hidden></p>
<div class="heads" aria-hidden="true"><span>time</span><span>state</span><span>from</span><span>to</span><span>hosts</span><span>what</span></div>
<div id="stream" class="stream" role="listbox" tabindex="0" aria-label="messages and conversations, newest first"><div id="rows" class="rows"></div></div>
</div>
<aside id="panel" class="panel" aria-label="details" hidden></aside>
</main>
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}
