import { formatDuration } from '../base/index.ts';
import { inline } from '../report/index.ts';
import type { Red } from './attempt.ts';
import type { FaultRun, FaultsResult, Verdict } from './result.ts';

/** In the order in which a reader wants them. */
const CLASSES: readonly { class: Verdict['class']; heading: string }[] = [
  { class: 'survived', heading: 'SURVIVED: no scenario noticed' },
  { class: 'trouble', heading: 'TROUBLE: the harness could not say' },
  { class: 'does not start', heading: 'Does not start: weak, since a postmaster would see it at once' },
  { class: 'noticed', heading: 'Noticed' },
];

/** How much of a message a line of a table shows. */
const WIDTH = 150;

/** One line while it runs. */
export function progressText(run: FaultRun, done: number, of: number): string {
  return `${done}/${of} ${run.verdict.class === 'survived' ? 'SURVIVED' : run.verdict.class}: ${run.id}${run.verdict.class === 'noticed' ? ` by "${run.verdict.by.scenario}"` : ''} ${formatDuration(run.ms)}`;
}

/** For the terminal: survivors first. */
export function faultsText(result: FaultsResult): string {
  const out = [`${result.world}/${result.variant}: ${verdictText(result)}`, ''];
  if (result.baseline.red.length > 0)
    out.push(
      'Red without any fault: nothing can be said until these are green',
      ...result.baseline.red.map((red) => `  ${red.file}:${red.line} ${red.scenario}\n      ${saysText(red)}`),
      '',
    );
  for (const { class: name, heading } of CLASSES) {
    const runs = result.faults.filter(({ verdict }) => verdict.class === name);
    if (runs.length === 0) continue;
    const width = Math.max(...runs.map((run) => run.id.length));
    out.push(`${heading} (${runs.length})`);
    for (const run of runs)
      out.push(`  ${run.id.padEnd(width)}  ${String(run.ms).padStart(6)} ms  ${rowText(run)}`, ...detailText(run).map((line) => `  ${' '.repeat(width)}             ${line}`));
    out.push('');
  }
  return out.join('\n').trimEnd();
}

function rowText({ verdict, what }: FaultRun): string {
  return verdict.class === 'noticed' ? verdict.by.scenario : verdict.class === 'survived' ? what : beginning(verdict.message);
}

function detailText({ verdict, file, line, breaks, candidates, ran }: FaultRun): string[] {
  switch (verdict.class) {
    case 'noticed':
      return [saysText(verdict.by)];
    case 'survived':
      return [candidates === 0 ? `${file}:${line} no scenario covers ${breaks.join(', ')}` : `${file}:${line} breaks ${breaks.join(', ')}: ${ran} scenarios were green`];
    case 'trouble':
      return [`${file}:${line}`];
    case 'does not start':
      return [];
  }
}

/** `reports/latest/faults.md`. */
export function faultsMarkdown(results: readonly FaultsResult[]): string {
  const out: string[] = [];
  for (const result of results) {
    out.push(`# Faults of ${result.world}/${result.variant}: ${verdictText(result)}`, '');
    out.push(`${result.baseline.scenarios} scenarios without a fault in ${formatDuration(result.baseline.ms)}, all in ${formatDuration(result.duration_ms)}.`, '');
    for (const red of result.baseline.red) out.push(`- red without any fault: \`${red.file}:${red.line}\` ${inline(red.scenario)}: ${inline(saysText(red))}`);
    if (result.baseline.red.length > 0) out.push('');
    for (const { class: name, heading } of CLASSES) {
      const runs = result.faults.filter(({ verdict }) => verdict.class === name);
      if (runs.length === 0) continue;
      out.push(`## ${heading} (${runs.length})`, '', '| fault | what is wrong | breaks | noticed by | how | ms |', '| --- | --- | --- | --- | --- | --- |');
      for (const run of runs) {
        const { verdict } = run;
        const by =
          verdict.class === 'noticed'
            ? `${inline(verdict.by.scenario)} (${verdict.by.file}:${verdict.by.line})`
            : verdict.class === 'survived'
              ? `nobody of ${run.candidates}`
              : '';
        const how = verdict.class === 'noticed' ? `${saysText(verdict.by)} (${verdict.proof})` : verdict.class === 'survived' ? '' : beginning(verdict.message);
        out.push(`| ${inline(run.id)} | ${inline(run.what)} | ${run.breaks.join(' ')} | ${by} | ${inline(how)} | ${run.ms} |`);
      }
      out.push('');
    }
  }
  return out.join('\n');
}

function verdictText({ faults, baseline, duration_ms }: FaultsResult): string {
  if (baseline.red.length > 0) return `cannot say: ${baseline.red.length} of ${baseline.scenarios} scenarios are red without any fault`;
  const count = (name: Verdict['class']): number => faults.filter(({ verdict }) => verdict.class === name).length;
  const counts = CLASSES.map(({ class: name }) => ({ name, count: count(name) })).filter(({ name, count: many }) => many > 0 || name === 'survived');
  return `${faults.length} faults in ${formatDuration(duration_ms)}: ${counts.map(({ name, count: many }) => `${many} ${name}`).join(', ')}`;
}

const saysText = (red: Red): string => `${red.code} ${beginning(red.message)}`;

function beginning(message: string): string {
  const text = message.replace(/\s+/g, ' ').trim();
  return text.length > WIDTH ? `${text.slice(0, WIDTH - 1)}…` : text;
}
