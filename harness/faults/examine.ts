import { MailproofError, messageOf } from '../base/index.ts';
import { type Attempt, attempt, attemptAll, isNotice, type Red } from './attempt.ts';
import type { Candidate } from './candidates.ts';
import type { Fault } from './fault-table.ts';
import { holdsMail, type Instance, type Lane, type OpenInstance } from './instance.ts';
import { overlayWith, plant, takeBack } from './plant.ts';
import type { Verdict } from './result.ts';

export interface Examination {
  lane: Lane;
  open: OpenInstance;
  /** Milliseconds that a scenario took without any fault. */
  cost: (candidate: Candidate) => number;
  /** Scenarios that cannot be run twice in one instance. */
  once: Set<Candidate>;
  /** Side-by-side scenarios at once. */
  together: number;
  /** Every scenario that noticed is run again without the fault, however long it takes. */
  verify: boolean;
}

interface Finding {
  verdict: Verdict;
  ran: number;
  /** What was before in the instance may be the reason. */
  doubtful?: boolean;
}

/** Tries one fault; once more on a new instance when the first time proves nothing. Never throws. */
export async function examine(fault: Fault, examination: Examination): Promise<Omit<Finding, 'doubtful'>> {
  const { lane } = examination;
  if (fault.candidates.length === 0) return { verdict: { class: 'survived' }, ran: 0 };
  const once = async (): Promise<Finding> => {
    try {
      return fault.then === 'new instance' ? await onItsOwn(fault, examination) : await onLane(fault, examination);
    } catch (error) {
      return { verdict: { class: 'trouble', message: messageOf(error) }, ran: 0 };
    }
  };
  const first = await once();
  if (first.verdict.class !== 'trouble' && first.doubtful !== true) return first;
  await lane.discard();
  const second = await once();
  if (second.verdict.class === 'trouble') await lane.discard();
  return second;
}

async function onItsOwn(fault: Fault, examination: Examination): Promise<Finding> {
  let instance: Instance;
  try {
    instance = await examination.open(overlayWith(fault));
  } catch (error) {
    if (error instanceof MailproofError && error.code === 'HOST_NOT_UP') return { verdict: { class: 'does not start', message: error.message }, ran: 0 };
    throw error;
  }
  try {
    const { red, odd, attempts } = await look(instance, fault.candidates, examination);
    const ran = attempts.length;
    if (red) return { verdict: { class: 'noticed', by: red.red, proof: 'first in its instance' }, ran };
    return { verdict: odd === undefined ? { class: 'survived' } : { class: 'trouble', message: troubleText(odd) }, ran };
  } finally {
    await instance.world.stop();
  }
}

async function onLane(fault: Fault, { lane, ...examination }: Examination): Promise<Finding> {
  const { once } = examination;
  const { ran: before } = await lane.instance();
  const usable = fault.candidates.filter((candidate) => !(once.has(candidate) && before.has(candidate)));
  if (usable.length === 0) await lane.discard();
  const instance = await lane.instance();
  // Those that need a new instance get one when the others noticed nothing.
  const candidates = usable.length === 0 ? fault.candidates : usable;
  const refusal = await plant(instance, fault);
  if (refusal) {
    await lane.discard();
    return { verdict: { class: 'does not start', message: refusal.refused }, ran: 0 };
  }
  const { red, odd, attempts } = await look(instance, candidates, examination);
  const ran = attempts.length;
  if (odd !== undefined && red === undefined) {
    if (!odd.first) once.add(odd.candidate);
    return { verdict: { class: 'trouble', message: troubleText(odd) }, ran };
  }
  const proof = attempts.some((one) => one.broken !== undefined) ? 'none' : await prove(instance, fault, red, examination);
  if (proof !== 'green') await lane.discard();
  if (red === undefined) return { verdict: { class: 'survived' }, ran, doubtful: candidates.length < fault.candidates.length || attempts.some((one) => !one.first) };
  if (proof === 'red') once.add(red.candidate);
  return { verdict: { class: 'noticed', by: red.red, proof: proof === 'green' ? 'green again' : 'first in its instance' }, ran, doubtful: proof !== 'green' && !red.first };
}

/**
 * Puts the files back, and runs the scenario that noticed once more: green, it was the fault, and the instance is as it was before.
 * It is not run when a new instance is cheaper.
 */
async function prove(instance: Instance, fault: Fault, noticed: Attempt | undefined, { cost, verify }: Pick<Examination, 'cost' | 'verify'>): Promise<'green' | 'red' | 'none'> {
  if (noticed !== undefined && !verify && cost(noticed.candidate) > instance.world.timing.ready) return 'none';
  try {
    await takeBack(instance, fault);
  } catch {
    return 'none';
  }
  if (holdsMail(instance)) return 'none';
  if (noticed === undefined) return 'green';
  const again = await attempt(instance, noticed.candidate);
  return again.red === undefined && again.broken === undefined ? 'green' : 'red';
}

interface Seen {
  attempts: Attempt[];
  /** What the mail system is to blame for. */
  red: (Attempt & { red: Red }) | undefined;
  /** What says nothing about it. */
  odd: Attempt | undefined;
}

/** The candidates, cheapest first, until one is red. */
async function look(instance: Instance, candidates: readonly Candidate[], { cost, together }: Pick<Examination, 'cost' | 'together'>): Promise<Seen> {
  const inOrder = candidates.toSorted((a, b) => cost(a) - cost(b));
  const attempts = await attemptAll(instance, inOrder, together, ({ red }) => red !== undefined);
  return {
    attempts,
    red: attempts.find((one): one is Attempt & { red: Red } => one.red !== undefined && isNotice(one.red)),
    odd: attempts.find((one) => (one.red === undefined ? one.broken !== undefined : !isNotice(one.red))),
  };
}

const troubleText = ({ red, broken }: Attempt): string => (red === undefined ? `${broken}` : `${red.code} in "${red.scenario}": ${red.message}`);
