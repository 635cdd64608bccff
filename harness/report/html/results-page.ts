import { formatDuration } from '../../base/index.ts';
import type { Results } from '../../scenario/index.ts';
import { standingOf } from '../requirements.ts';
import { byInterest, countOutcomes, OUTCOMES, projectOf, verdictText } from '../words.ts';
import { html, type Markup } from './markup.ts';
import { Packed, UNPACK } from './packed.ts';
import { badge, page, table } from './page.ts';
import { runId, scenarioSection } from './scenario.ts';
import { FOLLOW_LINKS, SCRIPT } from './script.ts';

/** `index.html`: the whole run in one file. */
export function resultsPage(results: Results): string {
  const runs = byInterest(results.runs);
  const packed = new Packed();
  const projects = [...new Set(runs.map(projectOf))].sort();
  const tags = [...new Set(runs.flatMap((run) => run.tags))].sort();
  const present = OUTCOMES.filter((outcome) => runs.some((run) => run.outcome === outcome));
  const body = html`<header class="verdict ${results.outcome}">
<h1>${verdictText(results)}</h1>
<p class="counts">${countOutcomes(runs).map(({ outcome, count }) => html`<span class="${outcome}"><b>${count}</b> ${outcome}</span>`)}<span class="dim">${projects.join(', ')}</span></p>
<p class="dim">${results.started.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')} &middot; ${formatDuration(results.duration_ms)} &middot; mailproof ${results.environment.mailproof} &middot; Node ${results.environment.node} &middot; ${results.environment.engine}</p>
</header>
<main>
<div class="filters" role="search">
<input type="search" id="search" placeholder="Search title, file, requirement, error" aria-label="Search scenarios">
${present.map((outcome) => html`<label class="${outcome}"><input type="checkbox" name="outcome" value="${outcome}" checked> ${outcome}</label>`)}
<select id="variant" aria-label="World and variant"><option value="">every variant</option>${projects.map((project) => html`<option>${project}</option>`)}</select>
<select id="tag" aria-label="Tag"><option value="">every tag</option>${tags.map((tag) => html`<option>${tag}</option>`)}</select>
<span class="dim" id="shown" aria-live="polite"></span>
</div>
${runs.map((run, index) => scenarioSection(run, packed, index === 0 && run.outcome === 'failed'))}
${requirements(results)}
${loose(results)}
<h2>Environment</h2>
${table(
  ['image', 'release', 'software', 'versions', 'tag'],
  results.environment.images.map((image) => [
    html`${image.image}`,
    html`${image.release}`,
    html`${image.software}`,
    html`${Object.entries(image.versions).map(([name, said]) => html`<div>${name}: ${said}</div>`)}`,
    html`<code>${image.tag}</code>`,
  ]),
)}
<p class="dim noprint">Keys: <code>/</code> search, <code>j</code> <code>k</code> next and previous, <code>o</code> open.</p>
</main>
${packed.block()}`;
  return page(`${verdictText(results)}: ${projects.join(', ')}`, body, UNPACK + SCRIPT + FOLLOW_LINKS);
}

function requirements(results: Results): Markup {
  if (results.requirements.length === 0) return html``;
  const rows = results.requirements.map((requirement) => {
    const { covered, untested } = requirement;
    const standing = standingOf(requirement, results);
    return [
      html`<code class="nowrap">${requirement.world} ${requirement.id}</code>`,
      html`${requirement.text}${untested !== undefined && html`<div class="dim">Not tested${covered.length > 0 && ' in part'}: ${untested}</div>`}`,
      badge(standing),
      html`${covered.map(({ scenario, variant, outcome }) => {
        const run = results.runs.find((candidate) => candidate.world === requirement.world && candidate.scenario === scenario && candidate.variant === variant);
        return html`<div><span class="${outcome}" title="${outcome}">${outcome === 'passed' ? '✓' : outcome}</span> ${run ? html`<a href="#${runId(run)}">${scenario}</a>` : scenario} <span class="dim">${variant}</span></div>`;
      })}`,
    ];
  });
  const covered = results.requirements.filter((requirement) => requirement.covered.length > 0).length;
  return html`<h2 id="requirements">Requirements: ${covered} of ${results.requirements.length} covered</h2>${table(['id', 'requirement', 'result', 'scenarios'], rows)}`;
}

/** What belongs to no scenario: packets that went nowhere, names that nobody declared, lines that no parser knew. None is said, too. */
function loose(results: Results): Markup {
  const part = (title: string, heads: readonly string[], rows: readonly (readonly Markup[])[]): Markup =>
    html`<h2>${title}</h2>${rows.length === 0 ? html`<p class="dim">None.</p>` : table(heads, rows)}`;
  return html`${part(
    'Tried to leave the world',
    ['where', 'from', 'to', 'what'],
    results.strays.map((stray) => [html`${projectOf(stray)}`, html`${stray.from}`, html`<code>${stray.to}</code>`, html`${stray.what}`]),
  )}
${part(
  'Names that nobody declared',
  ['where', 'host', 'name', 'type', 'times'],
  results.unknownNames.map((one) => [html`${projectOf(one)}`, html`${one.host}`, html`<code>${one.name}</code>`, html`${one.qtype}`, html`${one.count}`]),
)}
${part(
  'Log lines that were not understood',
  ['where', 'host', 'software', 'lines', 'samples'],
  results.unparsed.map((entry) => [
    html`${projectOf(entry)}`,
    html`${entry.host}`,
    html`${entry.software}`,
    html`${entry.count}`,
    html`<pre class="wrap">${entry.samples.join('\n')}</pre>`,
  ]),
)}`;
}
