import { MailproofError, messageOf } from '../base/index.ts';
import { type Attempt, attempt, attemptAll, isNotice, type Red } from './attempt.ts';
import type { Candidate } from './candidates.ts';
import type { Fault } from './fault-table.ts';
import { holdsMail, type Instance, type Lane, type OpenInstance } from './instance.ts';
import { overlayWith, plant, takeBack } from './plant.ts';
import type { Verdict } from './result.ts';

/** A scenario that takes longer is not run again after the fault was taken back, unless every one is. */
const CHEAP_MS = 1000;

export interface Examination {
  lane: Lane;
  open: OpenInstance;
  /** Milliseconds that a scenario took without any fault. */
  cost: (candidate: Candidate) => number;
  /** Side-by-side scenarios at once. */
  together: number;
  /** Every scenario that noticed is run again without the fault. */
  verify: boolean;
}

type Finding = { verdict: Verdict; ran: number; doubtful?: boolean };

/** Tries one fault; once more on a new instance when the first time says nothing. Never throws. */
export async function examine(fault: Fault, examination: Examination): Promise<Omit<Finding, 'doubtful'>> {
  const { lane } = examination;
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
  if (second.verdict.class === 'trouble' || second.doubtful === true) await lane.discard();
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
    const { red, trouble, ran } = await look(instance, fault, examination);
    if (red) return { verdict: { class: 'noticed', by: red.red, proof: 'on a new instance' }, ran };
    return { verdict: trouble === undefined ? { class: 'survived' } : { class: 'trouble', message: trouble }, ran };
  } finally {
    await instance.world.stop();
  }
}

async function onLane(fault: Fault, examination: Examination): Promise<Finding> {
  const { lane, verify, cost } = examination;
  const instance = await lane.instance();
  const fresh = lane.served === 0;
  lane.serve();
  const refusal = await plant(instance, fault);
  if (refusal) {
    await lane.discard();
    return { verdict: { class: 'does not start', message: refusal.refused }, ran: 0 };
  }
  const { red, trouble, broken, ran } = await look(instance, fault, examination);
  if (trouble !== undefined && red === undefined) return { verdict: { class: 'trouble', message: trouble }, ran };
  const usable = !broken && (await isPutBack(instance, fault));
  if (!usable) await lane.discard();
  if (red === undefined) return { verdict: { class: 'survived' }, ran };
  const noticed = (proof: (Verdict & { class: 'noticed' })['proof']): Finding => ({ verdict: { class: 'noticed', by: red.red, proof }, ran });
  if (!usable || (!verify && cost(red.candidate) >= CHEAP_MS)) return noticed(fresh ? 'on a new instance' : 'not tried again');
  const again = await attempt(instance, red.candidate);
  if (again.red === undefined && again.broken === undefined) return noticed('green again');
  await lane.discard();
  // What an earlier fault left, or this one: on a new instance it can only be this one.
  return fresh ? noticed('on a new instance') : { ...noticed('not tried again'), doubtful: true };
}

/** @returns false when the instance cannot be used again */
async function isPutBack(instance: Instance, fault: Fault): Promise<boolean> {
  try {
    await takeBack(instance, fault);
    return !holdsMail(instance);
  } catch {
    return false;
  }
}

interface Seen {
  red: (Attempt & { red: Red }) | undefined;
  /** Why what was seen says nothing. */
  trouble: string | undefined;
  broken: boolean;
  ran: number;
}

/** The candidates, cheapest first, until one is red. */
async function look(instance: Instance, { candidates }: Fault, { cost, together }: Examination): Promise<Seen> {
  const inOrder = candidates.toSorted((a, b) => cost(a) - cost(b));
  const attempts = await attemptAll(instance, inOrder, together, ({ red }) => red !== undefined);
  const red = attempts.find((one): one is Attempt & { red: Red } => one.red !== undefined && isNotice(one.red));
  const odd = attempts.find((one) => one.red !== undefined || one.broken !== undefined);
  return {
    red,
    trouble: odd === undefined ? undefined : `${odd.red === undefined ? odd.broken : `${odd.red.code} in "${odd.red.scenario}": ${odd.red.message}`}`,
    broken: attempts.some((one) => one.broken !== undefined),
    ran: attempts.length,
  };
}
