import type { TranscriptLine } from '../../internet/index.ts';
import type { RecipientEnd, Trace } from '../../ledger/index.ts';
import { plural, sinceText } from '../words.ts';
import { html, type Markup } from './markup.ts';
import { table } from './page.ts';

/** One message's way: its hops and, folded away, its log lines and conversations. */
export function traceTable(trace: Trace): Markup {
  const lines = trace.hops.flatMap((hop) => hop.lines);
  return html`<p><code>${trace.messageId ?? trace.root}</code></p>${hopTable(trace)}
${lines.length > 0 && html`<details class="sub"><summary>${plural(lines.length, 'log line')} of this message</summary><pre>${logText(lines)}</pre></details>`}
${(trace.transcripts ?? []).map((transcript) => html`<details class="sub"><summary>conversation with ${transcript.with}</summary><pre>${transcriptText(transcript.lines)}</pre></details>`)}`;
}

/** A row for each recipient at each hop, with what became of it there. */
export function hopTable(trace: Trace): Markup {
  const start = trace.hops[0]?.at ?? 0;
  const rows = trace.hops.flatMap((hop) =>
    hop.recipients.map((recipient) => [
      html`<span class="mono nowrap">${sinceText(hop.at, start)}</span>`,
      html`${hop.host}<br><code class="dim nowrap">${hop.queueId}</code>`,
      html`${hop.from === '' ? '<>' : hop.from}${hop.cause !== 'received' && html` <span class="dim">${hop.cause}</span>`}`,
      html`${recipient.address}${recipient.original !== '' && recipient.original !== recipient.address && html` <span class="dim">for ${recipient.original}</span>`}`,
      html`${endText(recipient.state, start)}`,
    ]),
  );
  return table(['time', 'host', 'from', 'to', 'end'], rows);
}

/** An SMTP conversation with its times. */
export function transcriptText(lines: readonly TranscriptLine[]): string {
  return lines.map((line) => `${String(line.ms).padStart(6)} ms ${line.mark.padEnd(3)} ${line.text}`).join('\n');
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

/** Lines of several hosts on one time axis, in the order given. */
export function logText(lines: readonly { at: number; host: string; line: string }[]): string {
  const start = lines[0]?.at ?? 0;
  const times = lines.map((line) => sinceText(line.at, start));
  const width = Math.max(...times.map((time) => time.length));
  const host = Math.max(...lines.map((line) => line.host.length));
  return lines.map((line, index) => `${(times[index] ?? '').padStart(width)}  ${line.host.padEnd(host)}  ${line.line}`).join('\n');
}
