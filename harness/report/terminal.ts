import { stripVTControlCharacters, styleText } from 'node:util';
import { formatDuration } from '../base/index.ts';
import type { RunListener } from '../runner/index.ts';
import type { Results, RunOutcome, ScenarioRun } from '../scenario/index.ts';
import { requirementLines, requirementTableText } from './requirements.ts';
import { byInterest, countText, errorOf, plural, projectOf } from './words.ts';

export interface TerminalOptions {
  stream: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** A line at the bottom that follows the run; on a terminal unless told. */
  live?: boolean;
  /** Unless told: on a terminal, without NO_COLOR (no-color.org) and outside of CI. */
  colour?: boolean;
  /** Where the reports are, for the last lines. */
  reports?: string;
  /** The whole table of requirements at the end, not only what is missing or red. */
  requirements?: boolean;
}

type Style = Parameters<typeof styleText>[0];
const STYLES: Readonly<Record<RunOutcome, { mark: string; style: Style }>> = {
  passed: { mark: '✓', style: 'green' },
  failed: { mark: '✗', style: 'red' },
  flaky: { mark: '~', style: 'yellow' },
  indeterminate: { mark: '?', style: 'magenta' },
  skipped: { mark: '-', style: 'dim' },
};

/** Tells a terminal, or a CI log line by line, what the run does; its last lines say where to look and how to run it again. */
export function terminalListener(options: TerminalOptions): RunListener {
  const { stream } = options;
  const terminal = stream.isTTY === true && process.env.TERM !== 'dumb' && process.env.CI === undefined;
  const live = options.live ?? terminal;
  const colour = options.colour ?? (terminal && (process.env.NO_COLOR ?? '') === '');
  const paint = (style: Style, text: string): string => (colour ? styleText(style, text, { validateStream: false }) : text);
  const under = new Map<string, string>();
  let status = '';

  const clear = (): void => {
    if (status !== '') stream.write('\r\u001b[2K');
    status = '';
  };
  const say = (text: string): void => {
    clear();
    stream.write(`${text}\n`);
  };
  const follow = (text: string): void => {
    if (!live) return;
    clear();
    // A wrapped line could not be cleared again.
    status = stripVTControlCharacters(text).slice(0, (stream.columns ?? 80) - 1);
    stream.write(status);
  };

  return {
    line: (text) => say(paint('dim', text)),
    planned: (scenarios, projects) => say(`${scenarios} scenarios on ${projects.join(', ')}`),
    scenarioStarted: ({ project, scenario }) => {
      under.set(`${project} ${scenario}`, scenario);
    },
    scenarioFinished: (run, { done, planned }) => {
      under.delete(`${projectOf(run)} ${run.scenario}`);
      const { mark, style } = STYLES[run.outcome];
      // On a terminal only what needs attention stays; a CI log keeps every line.
      if (!live || run.outcome !== 'passed') say(`${paint(style, mark)} ${projectOf(run)} ${run.scenario} ${paint('dim', formatDuration(run.duration_ms))}`);
      if (run.outcome !== 'passed') for (const line of errorLines(run)) say(`    ${line}`);
      follow(`${done}/${planned} ${[...under.values()].slice(0, 3).join(' | ')}`);
    },
    finished: (results) => {
      clear();
      for (const line of lastLines(results, options)) say(paint(line.style, line.text));
    },
  };
}

function errorLines(run: ScenarioRun): string[] {
  const error = errorOf(run);
  if (error === undefined) return [];
  return [`${error.file}:${error.line}:${error.col} ${error.code}`, ...error.message.split('\n'), ...(error.hint === undefined ? [] : [error.hint])];
}

function lastLines(results: Results, { reports, requirements = false }: TerminalOptions): { style: Style; text: string }[] {
  const out: { style: Style; text: string }[] = [{ style: 'reset', text: '' }];
  for (const stray of results.strays)
    out.push({ style: 'yellow', text: `${stray.world}/${stray.variant}: ${stray.from} tried to reach ${stray.to} outside of the world (${stray.what})` });
  for (const one of results.unknownNames)
    out.push({ style: 'yellow', text: `${projectOf(one)}: ${one.host} asked for ${one.name} ${one.qtype}, which nobody declared (${plural(one.count, 'time')})` });
  for (const entry of results.unparsed)
    out.push({
      style: 'yellow',
      text: `${entry.world}/${entry.variant} ${entry.host}: ${entry.count} ${entry.software} log lines were not understood, such as: ${entry.samples[0] ?? ''}`,
    });
  const nothing = [
    ...(results.strays.length === 0 ? ['packets that tried to leave'] : []),
    ...(results.unknownNames.length === 0 ? ['unknown names'] : []),
    ...(results.unparsed.length === 0 ? ['log lines not understood'] : []),
  ];
  if (nothing.length > 0) out.push({ style: 'dim', text: `none: ${nothing.join(', ')}` });
  if (requirements) for (const text of requirementTableText(results)) out.push({ style: 'reset', text });
  for (const text of requirements ? requirementLines(results, true).filter((line) => !line.startsWith(' ')) : requirementLines(results)) out.push({ style: 'reset', text });
  out.push({ style: STYLES[results.outcome].style, text: `${countText(results.runs)} in ${formatDuration(results.duration_ms)}` });
  const troubled = byInterest(results.runs).filter((run) => run.outcome !== 'passed' && run.outcome !== 'skipped');
  if (reports !== undefined) out.push({ style: 'reset', text: `look at: ${reports}` });
  // The rows of one scenario's examples share a line, and so a command.
  const commands = [...new Set(troubled.map((run) => run.again))];
  for (const command of commands.slice(0, 10)) out.push({ style: 'reset', text: `again:   ${command}` });
  if (commands.length > 10) out.push({ style: 'reset', text: `         and ${commands.length - 10} more` });
  return out;
}
