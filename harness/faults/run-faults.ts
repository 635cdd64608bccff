import { MailproofError, nearest } from '../base/index.ts';
import { openEngine } from '../engine/index.ts';
import { matches } from '../scenario/index.ts';
import type { WorldModel } from '../world/index.ts';
import { attempt, attemptAll, type Red } from './attempt.ts';
import { type Candidate, readCandidates } from './candidates.ts';
import { examine } from './examine.ts';
import { type Fault, faultsOf, readFaults } from './fault-table.ts';
import { instancesOf, Lane } from './instance.ts';
import { FAULTS_VERSION, type FaultRun, type FaultsResult, outcomeOf } from './result.ts';

export interface FaultsOptions {
  model: WorldModel;
  /** Identifiers, or patterns of them; all faults unless told. */
  ids?: readonly string[];
  /** Instances at once. */
  lanes?: number;
  /** Side-by-side scenarios at once in each instance. */
  together?: number;
  /** Every scenario that noticed is run again without the fault, not only the quick ones. */
  verify?: boolean;
  report: (line: string) => void;
  /** Called with each fault when its verdict is there. */
  onFault?: (run: FaultRun, done: number, of: number) => void;
  /** Ends it: what is under way is finished, instances are taken away. */
  signal?: AbortSignal;
}

const LANES = 2;
/** More of them are no quicker where the lanes keep the processors busy, and run in vain after the first red. */
const TOGETHER = 2;

/**
 * Plants the faults of a world's faults.yaml one after the other and says which of them no scenario noticed.
 * Every instance is gone when it resolves.
 * @throws InputError for mistakes in any file, MailproofError NOT_FOUND when there are no such faults
 */
export async function runFaults(options: FaultsOptions): Promise<FaultsResult> {
  const { model, report, signal, together = TOGETHER } = options;
  const began = performance.now();
  const started = new Date().toISOString();
  const { file, faults } = select(options);
  const open = instancesOf(model, await openEngine(report), report);
  const lanes = Array.from({ length: Math.min(options.lanes ?? LANES, faults.length) }, () => new Lane(open));
  const going = (): boolean => signal?.aborted !== true;
  try {
    const baseline = await runBaseline([...new Set(faults.flatMap((fault) => fault.candidates))], { lanes, together, going });
    const runs: FaultRun[] = [];
    // Time that went by cannot be taken back, nor what servers noted in it. Others show themselves.
    const once = new Set(faults.flatMap((fault) => fault.candidates).filter(({ example }) => example.steps.some((step) => step.verb === 'clock')));
    const waiting = baseline.red.length > 0 ? [] : [...faults];
    const cost = (candidate: Candidate): number => baseline.cost.get(candidate) ?? 0;
    await onAll(lanes, async (lane) => {
      for (let fault = going() ? waiting.shift() : undefined; fault !== undefined; fault = going() ? waiting.shift() : undefined) {
        const since = performance.now();
        const { verdict, ran } = await examine(fault, { lane, open, cost, once, together, verify: options.verify === true });
        if (!going()) return;
        const { id, what, breaks, line, candidates } = fault;
        const run: FaultRun = { id, what, breaks, file, line, verdict, candidates: candidates.length, ran, ms: Math.round(performance.now() - since) };
        runs.push(run);
        options.onFault?.(run, runs.length, faults.length);
      }
    });
    const { red, ms, scenarios } = baseline;
    return {
      version: FAULTS_VERSION,
      world: model.name,
      variant: model.variant,
      outcome: going() ? outcomeOf(red, runs) : 'indeterminate',
      started,
      duration_ms: Math.round(performance.now() - began),
      baseline: { scenarios, ms, red },
      faults: faults.flatMap((fault) => runs.find((run) => run.id === fault.id) ?? []),
    };
  } finally {
    await Promise.all(lanes.map((lane) => lane.discard()));
  }
}

function select({ model, ids = [] }: FaultsOptions): { file: string; faults: Fault[] } {
  const table = readFaults(model, readCandidates(model));
  if (table === undefined) throw new MailproofError('NOT_FOUND', `world ${model.name} has no faults.yaml`, { hint: 'docs/faults.md says how to write one' });
  const all = faultsOf(table);
  for (const id of ids) {
    if (all.some((fault) => matches(id, fault.id))) continue;
    const names = all.map((fault) => fault.id);
    const meant = nearest(id, names);
    throw new MailproofError('NOT_FOUND', `${table.file} has no fault "${id}" of variant ${model.variant}`, {
      hint: meant === undefined ? `it has ${names.join(', ') || 'none'}` : `did you mean "${meant}"?`,
    });
  }
  const faults = ids.length === 0 ? all : all.filter((fault) => ids.some((id) => matches(id, fault.id)));
  if (faults.length === 0)
    throw new MailproofError('NOT_FOUND', `${table.file} has no fault of variant ${model.variant}`, { hint: '`variants: [...]` says which variants a fault is for' });
  return { file: table.file, faults };
}

type Baseline = FaultsResult['baseline'] & { cost: Map<Candidate, number> };

/** Every scenario that will be asked, without a fault: what is red now would be red with any. A red one gets a second chance, on a new instance. */
async function runBaseline(candidates: readonly Candidate[], on: { lanes: readonly Lane[]; together: number; going: () => boolean }): Promise<Baseline> {
  const { lanes, together, going } = on;
  const began = performance.now();
  const cost = new Map<Candidate, number>();
  const red: Red[] = [];
  await onAll(lanes, async (lane, index) => {
    let waiting = candidates.filter((_, at) => at % lanes.length === index);
    while (waiting.length > 0 && going()) {
      const done = await attemptAll(await lane.instance(), waiting, together, (one) => one.red !== undefined || !going());
      for (const one of done) cost.set(one.candidate, one.ms);
      const odd = done.filter((one) => one.red !== undefined || one.broken !== undefined);
      if (odd.length > 0) await lane.discard();
      for (const { candidate } of odd.filter((one) => one.red !== undefined)) {
        const again = await attempt(await lane.instance(), candidate);
        cost.set(candidate, again.ms);
        if (again.red !== undefined) red.push(again.red);
        if (again.red !== undefined || again.broken !== undefined) await lane.discard();
      }
      waiting = waiting.filter((candidate) => !cost.has(candidate));
    }
  });
  return { scenarios: candidates.length, ms: Math.round(performance.now() - began), red, cost };
}

/** All have ended when it does, so that none starts an instance after the last was taken away. */
async function onAll(lanes: readonly Lane[], work: (lane: Lane, index: number) => Promise<void>): Promise<void> {
  const failed = (await Promise.allSettled(lanes.map(work))).find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}
