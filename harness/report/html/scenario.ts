import { formatDuration } from '../../base/index.ts';
import type { RecipientEnd, Trace } from '../../ledger/index.ts';
import type { AttemptRecord, ScenarioRun, StepRecord } from '../../scenario/index.ts';
import { outcomeText, plural, projectOf, sinceText } from '../words.ts';
import { html, type Markup } from './markup.ts';
import { badge, table } from './page.ts';
import { timeAxis } from './time-axis.ts';

/** Anchor of a run, for deep links: stable as long as the scenario keeps its title. */
export function runId(run: ScenarioRun): string {
  return `${run.world}-${run.variant}-${run.scenario}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

/** One scenario: a line that can be opened, and all its evidence. */
export function scenarioSection(run: ScenarioRun): Markup {
  const last = run.attempts.length - 1;
  const search = [run.scenario, run.file, projectOf(run), ...run.tags, ...run.covers, ...run.attempts.map((attempt) => attempt.error?.message ?? '')].join(' ').toLowerCase();
  return html`<details class="run" id="${runId(run)}" data-outcome="${run.outcome}" data-project="${projectOf(run)}" data-tags="${run.tags.join(' ')}" data-search="${search}">
<summary>${badge(run.outcome)}<span>${run.scenario} <span class="where">${projectOf(run)} &middot; ${run.file}:${run.line}${run.covers.length > 0 && ` · ${run.covers.join(' ')}`}</span></span><span class="dim nowrap">${formatDuration(run.duration_ms)}</span></summary>
<div>
<p class="dim">Again: <code>${run.again}</code> <button type="button" class="noprint" data-copy="${run.again}">copy</button></p>
${run.attempts.map((attempt, index) => (run.attempts.length > 1 ? html`<h3>Attempt ${index + 1} ${badge(attempt.outcome)}</h3>${attemptBody(attempt, index === last)}` : attemptBody(attempt, true)))}
</div>
</details>`;
}

function attemptBody(attempt: AttemptRecord, open: boolean): Markup {
  const outcomes = attempt.observation.outcomes.flatMap((step) => step.outcomes);
  const { error } = attempt;
  return html`${error && html`<div class="error"><pre class="wrap">${error.message}</pre><p class="dim">${error.code} at <code>${error.file}:${error.line}:${error.col}</code>${error.hint !== undefined && ` · ${error.hint}`}</p></div>`}
${
  attempt.violations.length > 0 &&
  html`<h3>Broken invariants</h3>${table(
    ['what', 'where', 'message'],
    attempt.violations.map((violation) => [html`${violation.code}`, html`<code>${violation.custody ?? violation.host ?? ''}</code>`, html`${violation.message}`]),
  )}`
}
${attempt.steps.length > 0 && html`<h3>Steps</h3><ol class="steps">${attempt.steps.map((step) => stepItem(step, open))}</ol>`}
${outcomes.length > 0 && html`<details class="sub"><summary>${plural(outcomes.length, 'outcome')}</summary><ul>${outcomes.map((outcome) => html`<li>${outcomeText(outcome)}</li>`)}</ul></details>`}
${attempt.traces.length > 0 && html`<h3>Way of the messages, in world time</h3>${timeAxis(attempt.traces)}${attempt.traces.map(traceTable)}`}
${attempt.logs.length > 0 && html`<details class="sub"><summary>${plural(attempt.logs.length, 'log line')} of this scenario</summary><pre>${logText(attempt.logs)}</pre></details>`}
${attempt.capture !== undefined && html`<p>Packets: <a href="${attempt.capture}">${attempt.capture}</a></p>`}`;
}

const MARKS: Readonly<Record<StepRecord['outcome'], string>> = { passed: '✓', failed: '✗', 'not-run': '·' };

function stepItem(step: StepRecord, open: boolean): Markup {
  const transcript = (step.transcript ?? []).map((line) => `${String(line.ms).padStart(6)} ms ${line.mark.padEnd(3)} ${line.text}`).join('\n');
  const failed = step.outcome === 'failed' && open;
  return html`<li><span class="${step.outcome}" title="${step.outcome}">${MARKS[step.outcome]}</span><span>${step.summary} <span class="dim">line ${step.line}</span></span><span class="dim nowrap">${step.outcome !== 'not-run' && formatDuration(step.ms)}</span>
${transcript !== '' && html`<details class="sub extra"${failed ? html` open` : html``}><summary>transcript, ${(step.transcript ?? []).length} lines</summary><pre>${transcript}</pre></details>`}</li>`;
}

function traceTable(trace: Trace): Markup {
  const start = trace.hops[0]?.at ?? 0;
  const rows = trace.hops.flatMap((hop) =>
    hop.recipients.map((recipient) => [
      html`<span class="mono nowrap">${sinceText(hop.at, start)}</span>`,
      html`${hop.host}<br><code class="dim">${hop.queueId}</code>`,
      html`${hop.from === '' ? '<>' : hop.from}${hop.cause !== 'received' && html` <span class="dim">${hop.cause}</span>`}`,
      html`${recipient.address}${recipient.original !== '' && recipient.original !== recipient.address && html` <span class="dim">for ${recipient.original}</span>`}`,
      html`${endText(recipient.state, start)}`,
    ]),
  );
  const lines = trace.hops.flatMap((hop) => hop.lines);
  return html`<p><code>${trace.messageId ?? trace.root}</code></p>${table(['time', 'host', 'from', 'to', 'end'], rows)}
${lines.length > 0 && html`<details class="sub"><summary>${plural(lines.length, 'log line')} of this message</summary><pre>${logText(lines)}</pre></details>`}
${(trace.transcripts ?? []).map((transcript) => html`<details class="sub"><summary>conversation with ${transcript.with}</summary><pre>${transcript.lines.map((line) => `${String(line.ms).padStart(6)} ms ${line.mark.padEnd(3)} ${line.text}`).join('\n')}</pre></details>`)}`;
}

function endText(state: RecipientEnd, start: number): string {
  switch (state.end) {
    case 'pending':
      return 'still on its way';
    case 'waiting':
      return `waiting${state.frozen === true ? ', frozen' : ''}: ${state.reason}${state.nextTry === undefined ? '' : `; next try ${sinceText(state.nextTry, start)}`}`;
    case 'relayed':
      return `given to ${state.next} ${sinceText(state.at, start)}: ${state.reply}`;
    case 'stored':
      return `stored at ${state.host}${state.user === undefined ? '' : `:${state.user}/${state.folder ?? 'INBOX'}`}${state.local === undefined ? '' : ` (${state.local})`} ${sinceText(state.at, start)}`;
    case 'failed':
      return `failed ${sinceText(state.at, start)}: ${state.reason}${state.dsn === undefined ? '' : `; returned by ${state.dsn}`}`;
    case 'discarded':
      return `discarded by ${state.rule} ${sinceText(state.at, start)}`;
    default:
      return state satisfies never;
  }
}

function logText(lines: readonly { at: number; host: string; line: string }[]): string {
  const start = lines[0]?.at ?? 0;
  const times = lines.map((line) => sinceText(line.at, start));
  const width = Math.max(...times.map((time) => time.length));
  const host = Math.max(...lines.map((line) => line.host.length));
  return lines.map((line, index) => `${(times[index] ?? '').padStart(width)}  ${line.host.padEnd(host)}  ${line.line}`).join('\n');
}
