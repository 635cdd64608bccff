import { formatDuration } from '../../base/index.ts';
import type { AttemptRecord, ScenarioRun, StepRecord } from '../../scenario/index.ts';
import { errorOf, outcomeText, plural, projectOf } from '../words.ts';
import { html, Markup } from './markup.ts';
import type { Packed } from './packed.ts';
import { badge, table } from './page.ts';
import { timeAxis } from './time-axis.ts';
import { logText, traceTable, transcriptText } from './trace.ts';

/** Anchor of a run, for deep links: stable as long as the scenario keeps its title. */
export function runId(run: ScenarioRun): string {
  return `${run.world}-${run.variant}-${run.scenario}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

/** One scenario: a line that can be opened, and all its evidence; that of one that passed is packed. */
export function scenarioSection(run: ScenarioRun, packed: Packed, open = false): Markup {
  // Title, file, variant and requirements stand in the summary.
  const search = [...run.tags, ...run.attempts.map((attempt) => attempt.error?.message ?? '')].join(' ').toLowerCase();
  const body = scenarioBody(run);
  return html`<details class="run" id="${runId(run)}" data-outcome="${run.outcome}" data-project="${projectOf(run)}" data-tags="${run.tags.join(' ')}" data-search="${search}"${open && new Markup(' open')}>
<summary>${badge(run.outcome)}<span>${run.scenario} <span class="where">${projectOf(run)} &middot; ${run.file}:${run.line}${run.covers.length > 0 && ` · ${run.covers.join(' ')}`}</span>${why(run)}</span><span class="dim nowrap">${formatDuration(run.duration_ms)}</span></summary>
${run.outcome === 'passed' ? packed.add(body) : html`<div>${body}</div>`}
</details>`;
}

/** What went wrong, on one line, for who reads the list. */
function why(run: ScenarioRun): Markup | undefined {
  const message = errorOf(run)?.message;
  if (message === undefined) return undefined;
  const gist = message
    .split('\n', 3)
    .map((line) => line.trim())
    .join(' ');
  return html`<span class="why">${gist.length > 240 ? `${gist.slice(0, 240)}…` : gist}</span>`;
}

function scenarioBody(run: ScenarioRun): Markup {
  const last = run.attempts.length - 1;
  return html`<p class="dim">Again: <code>${run.again}</code> <button type="button" class="noprint copy">copy</button></p>
${run.attempts.map((attempt, index) => (run.attempts.length > 1 ? html`<h3>Attempt ${index + 1} ${badge(attempt.outcome)}</h3>${attemptBody(attempt, index === last)}` : attemptBody(attempt, true)))}`;
}

function attemptBody(attempt: AttemptRecord, open: boolean): Markup {
  const outcomes = attempt.observation.outcomes.flatMap((step) => step.outcomes);
  const { error } = attempt;
  const told = new Set(attempt.traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.lines.map(lineKey))));
  const more = attempt.logs.filter((line) => !told.has(lineKey(line)));
  return html`${error && html`<div class="error"><pre class="wrap">${error.message}</pre><p class="dim">${error.code} at <code>${error.file}:${error.line}:${error.col}</code>${error.hint !== undefined && ` · ${error.hint}`}</p></div>`}
${
  attempt.violations.length > 0 &&
  html`<h3>Broken invariants</h3>${table(
    ['what', 'where', 'message'],
    attempt.violations.map((violation) => [html`${violation.code}`, html`<code>${violation.custody ?? violation.host ?? ''}</code>`, html`${violation.message}`]),
  )}`
}
${attempt.steps.length > 0 && html`<h3>Steps</h3><ol class="steps">${attempt.steps.map((step) => stepItem(step, open))}</ol>`}
${outcomes.length > 0 && html`<details class="sub"${attempt.outcome === 'failed' && open && new Markup(' open')}><summary>${plural(outcomes.length, 'outcome')}</summary><ul>${outcomes.map((outcome) => html`<li>${outcomeText(outcome)}</li>`)}</ul></details>`}
${attempt.traces.length > 0 && html`<h3>Way of the messages, in world time</h3>${timeAxis(attempt.traces)}${attempt.traces.map(traceTable)}`}
${more.length > 0 && html`<details class="sub"><summary>${plural(more.length, 'log line')} of no message above</summary><pre>${logText(more)}</pre></details>`}
${attempt.capture !== undefined && html`<p>Packets: <a href="${encodeURI(attempt.capture)}">${attempt.capture}</a></p>`}`;
}

const MARKS: Readonly<Record<StepRecord['outcome'], string>> = { passed: '✓', failed: '✗', 'not-run': '·' };

function stepItem(step: StepRecord, open: boolean): Markup {
  const transcript = transcriptText(step.transcript ?? []);
  const failed = step.outcome === 'failed' && open;
  return html`<li><span class="${step.outcome}" title="${step.outcome}">${MARKS[step.outcome]}</span><span>${step.summary} <span class="dim">line ${step.line}</span></span><span class="dim nowrap">${step.outcome !== 'not-run' && formatDuration(step.ms)}</span>
${transcript !== '' && html`<details class="sub extra"${failed && new Markup(' open')}><summary>transcript, ${(step.transcript ?? []).length} lines</summary><pre>${transcript}</pre></details>`}</li>`;
}

const lineKey = (line: { at: number; host: string; line: string }): string => `${line.at} ${line.host} ${line.line}`;
