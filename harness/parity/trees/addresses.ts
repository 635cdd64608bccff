import type { AttemptRecord, ObservedOutcome, ScenarioRun } from '../../scenario/index.ts';
import type { Comparison, ScenarioParity } from '../model.ts';
import type { AddressTreatment, TreesReport } from './model.ts';

/** One scenario as both sides ran it. */
export interface ComparedRuns {
  parity: ScenarioParity;
  base: ScenarioRun;
  /** Base once more: what it does not do twice is chance. */
  second: ScenarioRun;
  head: ScenarioRun;
}

/** Which addresses were treated differently: the end of each copy, and what else the comparison found about the mail to an address. */
export function addressesOf(runs: readonly ComparedRuns[]): TreesReport['addresses'] {
  const looked = new Set<string>();
  const rows = new Map<string, AddressTreatment>();
  for (const { parity, base, second, head } of runs) {
    const reached = Math.min(...[base, second, head].map(reachedOf));
    const [before, again, after] = [base, second, head].map((run) => endsOf(run.attempts.at(-1), reached));
    const addresses = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
    for (const address of addresses) {
      looked.add(address);
      // A rule of the comparison may make two ends the same.
      if (parity.class !== 'different' && parity.class !== 'indeterminate') continue;
      const [old, twice, now] = [before?.get(address) ?? [], again?.get(address) ?? [], after?.get(address) ?? []];
      const found = parity.comparisons.filter((one) => one.class === 'different' && addressOf(one.subject) === address);
      const row = treatment(address, [old, twice, now], found);
      if (row === undefined) continue;
      const key = JSON.stringify(row);
      const known = rows.get(key) ?? { ...row, shownBy: [] };
      if (!known.shownBy.includes(parity.scenario)) known.shownBy.push(parity.scenario);
      rows.set(key, known);
    }
  }
  const order = [...rows.values()].sort((a, b) => a.class.localeCompare(b.class) || a.address.localeCompare(b.address));
  return { compared: looked.size, different: order };
}

type Treatments = readonly [base: string[], second: string[], head: string[]];

function treatment(address: string, [old, twice, now]: Treatments, found: readonly Comparison[]): Omit<AddressTreatment, 'shownBy'> | undefined {
  const same = (a: readonly string[], b: readonly string[]): boolean => a.join('\n') === b.join('\n');
  const shown = (ends: string[]): string[] => (ends.length === 0 ? ['nothing came of it'] : ends);
  if (!same(old, now)) return { address, class: same(old, twice) ? 'different' : 'indeterminate', base: shown(old), head: shown(now) };
  if (found.length === 0) return undefined;
  // The same ends: what differs is a part of the message, or of what was said on its way.
  const field = (side: 'reference' | 'candidate'): string[] => found.map((one) => `${one.field}: ${one[side] ?? 'absent'}`);
  return { address, class: 'different', base: field('reference'), head: field('candidate') };
}

/** Address that a comparison is about. */
function addressOf(subject: string): string | undefined {
  const about = subject.replace(/ \(\d+\)$/, '');
  return (about.match(/: reply to RCPT TO:<([^>]*)>/i) ?? about.match(/^step \d+: \S+ to (\S+)$/))?.[1]?.toLowerCase();
}

function reachedOf(run: ScenarioRun): number {
  return run.attempts.at(-1)?.steps.filter((step) => step.outcome === 'passed' || step.outcome === 'failed').length ?? 0;
}

/** By address, what became of the mail to it in words, sorted. */
function endsOf(attempt: AttemptRecord | undefined, reached: number): Map<string, string[]> {
  const ends = new Map<string, string[]>();
  const add = (address: string, end: string): void => {
    const key = withoutToken(address).toLowerCase();
    if (key !== '') ends.set(key, [...(ends.get(key) ?? []), withoutToken(end)]);
  };
  const { outcomes = [], replies = [] } = attempt?.observation ?? {};
  for (const { step, outcomes: list } of outcomes) {
    if (step >= reached) continue;
    for (const outcome of list) add(subjectOf(outcome), endOf(outcome));
  }
  // What a recipient was answered says something only where nothing is known of what came of it.
  const known = new Set(ends.keys());
  for (const { step, replies: list } of replies) {
    if (step >= reached) continue;
    for (const { to, code, enhanced } of list) {
      const address = to.match(/^RCPT TO:<([^>]*)>/i)?.[1];
      if (address !== undefined && !known.has(withoutToken(address).toLowerCase())) add(address, `answered ${[code, enhanced].filter(Boolean).join(' ')}`);
    }
  }
  return new Map([...ends].map(([address, list]) => [address, counted(list)]));
}

/** No two runs have the same token in their addresses. */
const withoutToken = (text: string): string => text.replace(/\b[0-9a-f]{10}\b/g, '(run)');

function counted(ends: readonly string[]): string[] {
  return [...Map.groupBy(ends, (end) => end)].map(([end, { length }]) => (length === 1 ? end : `${end} (${length} times)`)).sort();
}

/** A notice is about the recipient that it reports. */
function subjectOf({ kind, dsn, original, to }: ObservedOutcome): string {
  return (kind === 'returned' ? dsn?.recipient : undefined) ?? (original === '' ? to : original);
}

function endOf({ kind, to, original, message, place, reply, dsn }: ObservedOutcome): string {
  const said = reply === undefined ? '' : ` ${[reply.code, reply.enhanced].filter(Boolean).join(' ')}`;
  const as = original === '' || to.toLowerCase() === original.toLowerCase() ? '' : ` (as ${to})`;
  const what = message === 'mail' || kind === 'returned' ? '' : `${message} `;
  switch (kind) {
    case 'delivered':
      return `${what}delivered to ${place}${as}`;
    case 'refused':
      return `refused${reply === undefined ? '' : ` at ${reply.stage}`}${said}`;
    case 'returned':
      return `${dsn?.action ?? 'failed'}, told to ${to}: ${dsn?.status ?? 'no status'}`;
    case 'queued':
      return `${what}waits on ${place}${as}${said}`;
    case 'discarded':
      return `${what}discarded by ${place}${as}`;
    case 'failed':
      return `${what}given up by ${place}${as}${said}`;
  }
}
