import type { Comparison, Parity, ParityClass, ScenarioParity } from '../../parity/index.ts';
import { PARITY_CLASSES } from '../../parity/index.ts';
import { html, type Markup } from '../html/markup.ts';
import { Packed, UNPACK } from '../html/packed.ts';
import { badge, page, table } from '../html/page.ts';
import { FOLLOW_LINKS } from '../html/script.ts';
import { timeAxis } from '../html/time-axis.ts';
import { plural } from '../words.ts';
import { treesHtml } from './trees-html.ts';
import { acceptedValues, accounted, machinesOf, noiseOf, SIGNATURES, scopeOf, untouched, verdictOf } from './words.ts';

const WORST_FIRST = [...PARITY_CLASSES].reverse();
const VERDICT_CLASS = { same: 'passed', 'same but accepted differences': 'accepted', different: 'failed', indeterminate: 'indeterminate' } as const;

/** Nobody has to act on these. */
const SETTLED: ReadonlySet<ParityClass> = new Set<ParityClass>(['identical', 'equivalent', 'accepted']);

/** `parity.html`: one file, for the screen and for paper, with a place to sign. */
export function parityPage(parity: Parity, digest: string): string {
  const missing = untouched(parity);
  const packed = new Packed();
  const body = html`<header class="verdict ${VERDICT_CLASS[parity.verdict]}">
<h1>${verdictOf(parity)}</h1>
<p>${scopeOf(parity)}</p>
${parity.because.map((line) => html`<p>${line}</p>`)}
<p class="counts">${WORST_FIRST.filter((one) => parity.counts[one] > 0).map((one) => html`<span class="${cssOf(one)}"><b>${parity.counts[one]}</b> ${one}</span>`)}</p>
</header>
<main class="parity">
${treesHtml(parity.trees)}
<h2>Not compared</h2>
${missing.length === 0 ? html`<p>Everything that the scenarios brought about was compared.</p>` : html`<ul>${missing.map((line) => html`<li>${line}</li>`)}</ul>`}
<h2>Scenarios</h2>
${table(['class', 'scenario', ...WORST_FIRST.slice(0, -1), 'identical'], parity.scenarios.map(matrixRow))}
${parity.scenarios.filter((scenario) => scenario.class !== 'identical').map((scenario) => scenarioDetails(scenario, packed))}
${acceptances(parity)}
${requirements(parity)}
${noise(parity)}
<h2>Rules</h2>
${table(
  ['rule', 'makes', 'why', 'used'],
  parity.rules.map((rule) => [html`${rule.name}`, html`${rule.makes}`, html`${rule.why}`, html`${rule.used}`]),
)}
<h2>Sides</h2>
${table(
  ['', 'variant', 'started', 'mailproof, engine', 'configuration (sha256)'],
  (
    [
      ['reference', parity.reference],
      ['candidate', parity.candidate],
    ] as const
  ).map(([name, side]) => [html`${name}`, html`${side.variant}`, html`${side.started}`, html`${side.mailproof}, ${side.engine}`, html`<code>${side.hash}</code>`]),
)}
${table(
  ['host', 'side', 'software', 'configuration (sha256)'],
  machinesOf(parity).map((one) => [
    html`${one.world} ${one.host}`,
    html`${one.side}`,
    html`${one.image}<br><span class="dim">${one.versions}</span>`,
    html`<code>${one.hash}</code>`,
  ]),
)}
<section class="signing">
<h2>Signatures</h2>
<p>They are for what is said above of the data in parity.json with the sha256 <code>${digest}</code>.</p>
${SIGNATURES.map((what) => html`<section class="sign"><div>${what}: name</div><div>date</div><div>signature</div></section>`)}
<section class="sign conditions"><div>conditions</div></section>
</section>
</main>
${packed.block()}`;
  return page(`${verdictOf(parity)} (${parity.worlds.join(', ')})`, body, UNPACK + FOLLOW_LINKS);
}

const cssOf = (one: ParityClass): string => one.replaceAll(' ', '-');

function anchor(scenario: ScenarioParity): string {
  return `${scenario.world}-${scenario.scenario}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function matrixRow(scenario: ScenarioParity): Markup[] {
  const name = scenario.class === 'identical' ? html`${scenario.scenario}` : html`<a href="#${anchor(scenario)}">${scenario.scenario}</a>`;
  return [
    badge(scenario.class),
    html`${name}<br><span class="dim">${scenario.file}:${scenario.line}</span>`,
    ...WORST_FIRST.slice(0, -1).map((one) => html`${scenario.counts[one] > 0 && html`<b class="${cssOf(one)}">${scenario.counts[one]}</b>`}`),
    html`<span class="dim">${scenario.counts.identical}</span>`,
  ];
}

function scenarioDetails(scenario: ScenarioParity, packed: Packed): Markup {
  const open = scenario.class === 'different';
  const sorted = [...scenario.comparisons].sort((a, b) => PARITY_CLASSES.indexOf(b.class) - PARITY_CLASSES.indexOf(a.class));
  const body = html`${scenario.notCompared.map((line) => html`<p class="dim">Not compared: ${line}</p>`)}
${table(['class', 'what', 'reference', 'candidate', 'why'], sorted.map(comparisonRow))}
${scenario.traces.reference.length + scenario.traces.candidate.length > 0 && html`<div class="side"><div><h3>Reference</h3>${timeAxis(scenario.traces.reference)}${hops(scenario.traces.reference)}</div><div><h3>Candidate</h3>${timeAxis(scenario.traces.candidate)}${hops(scenario.traces.candidate)}</div></div>`}`;
  return html`<details class="run" id="${anchor(scenario)}"${open ? html` open` : html``}>
<summary>${badge(scenario.class)}<span>${scenario.scenario} <span class="where">${scenario.file}:${scenario.line}</span></span><span class="dim nowrap">${plural(scenario.comparisons.length, 'line')}</span></summary>
${SETTLED.has(scenario.class) ? packed.add(body) : html`<div>${body}</div>`}
</details>`;
}

function hops(traces: ScenarioParity['traces']['reference']): Markup {
  const lines = traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.lines.map((line) => `${line.host}  ${line.line}`)));
  return html`${lines.length > 0 && html`<details class="sub"><summary>${plural(lines.length, 'log line')}</summary><pre>${lines.join('\n')}</pre></details>`}`;
}

function comparisonRow(comparison: Comparison): Markup[] {
  const value = (text: string | undefined): Markup => (text === undefined ? html`<span class="dim">absent</span>` : html`<code>${text}</code>`);
  const why = [comparison.accepted, comparison.note, ...comparison.rules].filter((text) => text !== undefined).join('; ');
  return [
    badge(comparison.class),
    html`${comparison.subject}<br><span class="dim">${comparison.field}</span>`,
    html`${value(comparison.reference)}${comparison.noise && html`<br><span class="dim">second run:</span> ${value(comparison.noise.second)}`}`,
    value(comparison.candidate),
    html`${why}`,
  ];
}

function noise(parity: Parity): Markup {
  const rows = noiseOf(parity);
  if (rows.length === 0) return html`<h2>Noise</h2><p>Both runs of the reference came to the same.</p>`;
  return html`<h2>Noise</h2><p>What differed between the two runs of the reference says nothing about the candidate.</p>${table(
    ['scenario', 'what', 'first run', 'second run', 'candidate'],
    rows.map((row) => [html`${row.scenario}`, html`${row.what}`, html`<code>${row.first}</code>`, html`<code>${row.second}</code>`, html`<code>${row.candidate}</code>`]),
  )}`;
}

function acceptances(parity: Parity): Markup {
  if (parity.acceptances.length === 0) return html`<h2>Accepted differences</h2><p>None are declared.</p>`;
  return html`<h2>Accepted differences</h2>${table(
    ['id', 'state', 'reason', 'owner', 'ticket', 'created', 'expires', 'matches'],
    parity.acceptances.map((use) => [
      html`<code class="nowrap">${use.id}</code>`,
      html`<span class="${use.state === 'used' ? 'ok' : 'failed'}">${use.state}</span>`,
      html`${use.reason}`,
      html`${use.owner}`,
      html`<span class="nowrap">${use.ticket}</span>`,
      html`<span class="nowrap">${use.created}</span>`,
      html`<span class="nowrap">${use.expires}</span>`,
      html`${use.count}`,
    ]),
  )}
<h3>Their values</h3>
${table(
  ['id', 'what', 'reference', 'candidate', 'times'],
  acceptedValues(parity).map((row) => [
    html`<code class="nowrap">${row.id}</code>`,
    html`${row.what}`,
    html`<code>${row.reference}</code>`,
    html`<code>${row.candidate}</code>`,
    html`${row.times}`,
  ]),
)}`;
}

function requirements(parity: Parity): Markup {
  if (parity.requirements.length === 0) return html``;
  return html`<h2>Requirements</h2><p>${accounted(parity)}</p>${table(
    ['id', 'requirement', 'class'],
    parity.requirements.map((requirement) => [
      html`<code class="nowrap">${requirement.id}</code>`,
      html`${requirement.text}`,
      badge(requirement.class === 'not covered' && requirement.untested !== undefined ? 'not tested' : requirement.class),
    ]),
  )}`;
}
