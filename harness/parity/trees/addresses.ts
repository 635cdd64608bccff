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
    const limit = limitOf([base, second, head]);
    const [before, again, after] = [base, second, head].map((run) => endsOf(run.attempts.at(-1), limit));
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

/** First step that some side did not reach: from there on nothing can be laid side by side. */
function limitOf(runs: readonly ScenarioRun[]): number {
  const steps = runs.map((run) => run.attempts.at(-1)?.steps ?? []);
  const reached = Math.min(...steps.map((list) => list.filter((step) => step.outcome !== 'not-run').length));
  return reached === Math.max(...steps.map((list) => list.length)) ? Number.POSITIVE_INFINITY : reached;
}

/** By address, what became of the mail to it in words, sorted. */
function endsOf(attempt: AttemptRecord | undefined, limit: number): Map<string, string[]> {
  const { outcomes = [], replies = [], token } = attempt?.observation ?? {};
  // As the comparison names it: no two runs have the same in their addresses.
  const named = (text: string): string => (token === undefined ? text : text.replaceAll(token, '{run}'));
  const ends = new Map<string, string[]>();
  const add = (address: string, end: string): void => {
    const key = named(address).toLowerCase();
    if (key !== '') ends.set(key, [...(ends.get(key) ?? []), named(end)]);
  };
  for (const { step, outcomes: list } of outcomes) {
    if (step >= limit) continue;
    for (const outcome of list) add(subjectOf(outcome), endOf(outcome));
  }
  // What a recipient was answered says something only where nothing is known of what came of it.
  const known = new Set(ends.keys());
  for (const { step, replies: list } of replies) {
    if (step >= limit) continue;
    for (const { to, code, enhanced } of list) {
      const address = to.match(/^RCPT TO:<([^>]*)>/i)?.[1];
      if (address !== undefined && !known.has(named(address).toLowerCase())) add(address, `answered ${[code, enhanced].filter(Boolean).join(' ')}`);
    }
  }
  return new Map([...ends].map(([address, list]) => [address, counted(list)]));
}

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
