import type { TranscriptLine } from '../../internet/index.ts';
import type { Trace } from '../../ledger/index.ts';
import { hopTable, html, logText, type Markup, sinceText, table, timeAxis, transcriptText } from '../../report/index.ts';
import { AROUND_MS, type FoundCopy, headerValue, headerValues, hostsByName, questionsAround, shownHeader, splitMessage } from '../../scenario/index.ts';
import type { Piece, Row } from '../wire.ts';
import type { Copies } from './copies.ts';
import type { HandedOver } from './evidence.ts';
import type { Live } from './live.ts';

/** Bytes of a message that are shown; the whole is downloaded. */
const SHOWN_BYTES = 100_000;
const MOST_QUESTIONS = 200;

export interface Tab {
  name: string;
  body: Markup;
}

/** One message opened: all that is known of it. */
export async function messagePiece(live: Live, copies: Copies, row: Row): Promise<Piece> {
  const trace = live.ledger.journey(row.id);
  if (trace === undefined) return { title: row.id, html: html`<p>This message is not kept any more.</p>`.text };
  const { copies: found, more } = await copies.of(row.id);
  const given = live.evidence.handedOver(row.id);
  const raw = found.find((copy) => copy.raw !== undefined)?.raw ?? given?.raw;
  const subject = raw === undefined ? undefined : headerValue(splitMessage(raw).headers, 'Subject');
  if (subject !== undefined) live.setSubject(row.id, subject);
  const tabs: Tab[] = [
    { name: 'Way', body: way(trace, row) },
    { name: 'Headers', body: html`${headers(live, trace, found, given)}${moreText(more)}` },
    { name: 'Checks', body: checks(found) },
    { name: 'Conversations', body: conversations(live, trace, given) },
    { name: 'DNS', body: questions(live, trace) },
    { name: 'Logs', body: logs(trace) },
    { name: 'Source', body: html`${sources(row, found, given)}${moreText(more)}` },
  ];
  const head = html`<dl class="facts"><dt>from</dt><dd>${addressText(row.from)}${row.client !== '' && html` <span class="dim">by ${row.client}</span>`}</dd>
<dt>to</dt><dd>${row.to.join(', ')}</dd>${subject !== undefined && html`<dt>subject</dt><dd>${subject}</dd>`}
<dt>state</dt><dd><span class="state ${row.state.replaceAll(' ', '-')}">${row.state}</span> ${row.text}</dd>
<dt>id</dt><dd><code>${trace.messageId ?? row.id}</code></dd>
<dt>taken</dt><dd>${utc(row.at)}</dd></dl>
<p class="actions"><button type="button" data-again="${row.id}">Send again with a change</button></p>`;
  return { title: subject ?? `${addressText(row.from)} to ${row.to.join(', ')}`, html: html`${head}${tabbed(tabs)}`.text };
}

/** A refusal opened: what the host said and its lines around. */
export function refusalPiece(live: Live, row: Row): Piece {
  const lines = live.evidence.lines(
    ({ host, at, line }) =>
      row.hosts.includes(host) && Math.abs(at - row.at) <= AROUND_MS && (row.from === '' || line.includes(row.from) || row.to.some((to) => line.includes(to))),
  );
  const [first] = row.hosts;
  return {
    title: `${row.state} by ${first}`,
    html: html`<dl class="facts"><dt>from</dt><dd>${addressText(row.from)}${row.client !== '' && html` <span class="dim">by ${row.client}</span>`}</dd>
<dt>to</dt><dd>${row.to.join(', ') || '(not said)'}</dd><dt>reply</dt><dd><span class="state refused">${row.text}</span></dd><dt>at</dt><dd>${utc(row.at)}</dd></dl>
<h3>Log</h3>${lines.length === 0 ? html`<p class="dim">No log line names it.</p>` : html`<pre>${logText(lines)}</pre>`}`.text,
  };
}

export function sessionPiece(live: Live, row: Row): Piece {
  const session = live.evidence.session(row.id);
  return {
    title: `conversation of ${row.client} with ${row.hosts.join(', ')}`,
    html: html`<p class="dim">${utc(row.at)}</p>${session === undefined ? html`<p>This conversation is not kept any more.</p>` : html`<pre>${transcriptText(session.lines)}</pre>`}`
      .text,
  };
}

/** A row of buttons, one part below it for each; the page shows one at a time. */
export function tabbed(tabs: readonly Tab[]): Markup {
  return html`<div class="tabs" role="tablist">${tabs.map(({ name }) => html`<button type="button" role="tab" data-tab="${name}" aria-selected="false">${name}</button>`)}</div>
${tabs.map(({ name, body }) => html`<section role="tabpanel" data-panel="${name}" aria-label="${name}">${body}</section>`)}`;
}

export const utc = (at: number): string => new Date(at).toISOString().replace('T', ' ').replace('Z', '');
const addressText = (address: string): string => (address === '' ? '<>' : address);
const moreText = (more: number): Markup => html`${more > 0 && html`<p class="dim">${more} more of its copies are not shown: look into the mailboxes.</p>`}`;

function way(trace: Trace, row: Row): Markup {
  return html`${timeAxis([trace])}${hopTable(trace)}<p class="dim">Times are world time since ${utc(row.at)} UTC.</p>`;
}

function headers(live: Live, trace: Trace, found: readonly FoundCopy[], given: HandedOver | undefined): Markup {
  const fqdns = hostsByName(live.world.model);
  const parts = found.flatMap(({ place, raw, problem }) => {
    if (raw === undefined) return [html`<h3>${place}</h3><p class="problem">${problem ?? 'cannot be read'}</p>`];
    const { fields, removed, compared } = shownHeader(raw, trace.hops, fqdns, given?.raw);
    const rows = fields.map(({ name, value, by, mark, was }) => [
      html`<span class="mark ${mark}">${mark === 'added' ? '+' : mark === 'changed' ? '~' : ''}</span>`,
      html`${by}`,
      html`<code class="nowrap">${name}</code>`,
      html`<code>${value}</code>${was !== undefined && html`<br><span class="dim">was</span> <code>${was}</code>`}`,
    ]);
    const gone = removed.map(([name, value]) => [html`<span class="mark removed">&minus;</span>`, html``, html`<code class="nowrap">${name}</code>`, html`<code>${value}</code>`]);
    return [
      html`<h3>${place}</h3>${problem !== undefined && html`<p class="problem">${problem}</p>`}${table(['', 'by', 'field', 'value'], [...rows, ...gone])}
<p class="dim">${compared ? 'Compared with what was handed over here: + added, ~ changed, − removed.' : 'It was not handed over here, so only what hops put on top is told apart (+): the rest is the sender’s, but for what a hop put at the end or changed.'}</p>`,
    ];
  });
  return parts.length === 0 ? html`<p class="dim">No copy of it lies anywhere.</p>` : html`${parts}`;
}

function checks(found: readonly FoundCopy[]): Markup {
  const parts = found.map(({ place, receipt, raw }) => {
    const written = raw === undefined ? [] : headerValues(splitMessage(raw).headers, 'Authentication-Results');
    const seen =
      receipt === undefined
        ? []
        : [
            ['SPF', receipt.auth.spf.result, receipt.auth.spf.domain],
            ...receipt.auth.dkim.map((one) => ['DKIM', one.result, `${one.domain}, selector ${one.selector}${one.aligned ? ', aligned' : ''}`]),
            ['DMARC', receipt.auth.dmarc.result, `${receipt.auth.dmarc.domain}, policy ${receipt.auth.dmarc.policy || 'none'}`],
            ['ARC', receipt.auth.arc.result, ''],
            ['TLS', receipt.tls === false ? 'none' : receipt.tls.version, receipt.tls === false ? '' : receipt.tls.cipher],
            ['from', receipt.client, `EHLO ${receipt.helo}`],
          ];
    return html`<h3>${place}</h3>${
      seen.length === 0
        ? html``
        : table(
            ['what', 'result', 'about'],
            seen.map((cells) => cells.map((cell) => html`${cell ?? ''}`)),
          )
    }${written.map((value) => html`<p><code>Authentication-Results: ${value}</code></p>`)}${seen.length + written.length === 0 && html`<p class="dim">Nothing was verified there: it is no receiver of the outside, and no field Authentication-Results stands in it.</p>`}`;
  });
  return parts.length === 0 ? html`<p class="dim">No copy of it lies anywhere.</p>` : html`${parts}`;
}

function conversations(live: Live, trace: Trace, given: HandedOver | undefined): Markup {
  const said: { title: string; lines: readonly TranscriptLine[] }[] = [];
  if (given !== undefined) said.push({ title: `handed over to ${trace.hops[0]?.host ?? ''}`, lines: given.transcript });
  for (const one of live.evidence.sessionsOf(trace)) said.push({ title: `${live.nameOf(one.client)} with ${one.party}, ${utc(one.at)}`, lines: one.lines });
  const parts = said.map(({ title, lines }) => html`<h3>${title}</h3><pre>${transcriptText(lines)}</pre>`);
  return html`${parts}<p class="dim">Recorded are conversations with receivers outside, and those of messages that were sent here. What hosts say to one another stands in their logs.</p>`;
}

function questions(live: Live, trace: Trace): Markup {
  const hosts = new Set(trace.hops.map((hop) => hop.host));
  const start = trace.hops[0]?.at ?? 0;
  const asked = live.evidence.questions(questionsAround(trace));
  if (asked.length === 0) return html`<p class="dim">Its hosts asked for no name while they worked on it, or what they asked is not kept any more.</p>`;
  const rows = asked
    .slice(0, MOST_QUESTIONS)
    .map(({ at, host, name, qtype, answer, known }) => [
      html`<span class="mono nowrap">${at < start ? `-${sinceText(start, at).slice(1)}` : sinceText(at, start)}</span>`,
      html`${host}`,
      html`<code>${name}</code>`,
      html`${qtype}`,
      html`<code>${answer}</code>${!known && html` <span class="state failed">not of this world</span>`}`,
    ]);
  return html`${table(['time', 'host', 'name', 'type', 'answer'], rows)}<p class="dim">All that ${[...hosts].join(', ')} asked in that time${asked.length > MOST_QUESTIONS && `; the first ${MOST_QUESTIONS} of ${asked.length}`}: with several messages at once, other ones' questions are among them.</p>`;
}

function logs(trace: Trace): Markup {
  const lines = trace.hops.flatMap((hop) => hop.lines).sort((a, b) => a.at - b.at);
  return lines.length === 0 ? html`<p class="dim">No line of it.</p>` : html`<pre>${logText(lines)}</pre>`;
}

function sources(row: Row, found: readonly FoundCopy[], given: HandedOver | undefined): Markup {
  const all = [...found, ...(given?.raw === undefined ? [] : [{ place: 'as it was handed over', raw: given.raw }])];
  const parts = all.map((copy, index) =>
    copy.raw === undefined
      ? html`<h3>${copy.place}</h3><p class="problem">${copy.problem ?? 'cannot be read'}</p>`
      : html`<h3>${copy.place} <span class="dim">${copy.raw.length} bytes</span> <button type="button" data-download="${row.id}" data-copy="${index}">Download</button></h3>${source(copy.raw)}`,
  );
  return parts.length === 0 ? html`<p class="dim">No copy of it lies anywhere.</p>` : html`${parts}`;
}

/** A message as it is, with a word where it is too long to be shown. */
export function source(raw: Buffer): Markup {
  const shown = raw.subarray(0, SHOWN_BYTES).toString('utf8');
  return html`<pre class="source">${shown}</pre>${raw.length > SHOWN_BYTES && html`<p class="dim">The first ${SHOWN_BYTES} of ${raw.length} bytes; the whole is downloaded.</p>`}`;
}
