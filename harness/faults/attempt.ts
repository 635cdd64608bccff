import { MailproofError, messageOf } from '../base/index.ts';
import { startScenario } from '../scenario/index.ts';
import type { Candidate } from './candidates.ts';
import type { Instance } from './instance.ts';

/** Why a scenario was red. */
export interface Red {
  scenario: string;
  file: string;
  line: number;
  code: string;
  /** The whole message; its first line is what a table shows. */
  message: string;
}

export interface Attempt {
  candidate: Candidate;
  ms: number;
  /** It had not been run in this instance before. */
  first: boolean;
  red?: Red;
  /** Why the instance cannot be used for another scenario. */
  broken?: string;
}

/** Codes of failures that the mail system under test brings about. With any other it is the harness that had trouble. */
const ABOUT_THE_SYSTEM: ReadonlySet<string> = new Set(['EXPECTATION', 'INVARIANT', 'COMMAND_FAILED', 'HOST_NOT_UP']);
export const isNotice = (red: Red): boolean => ABOUT_THE_SYSTEM.has(red.code);

/** One scenario, once, in an instance. Never throws. */
export async function attempt({ world, ledger, ran }: Instance, candidate: Candidate): Promise<Attempt> {
  const { scenario, example, title } = candidate;
  const first = !ran.has(candidate);
  ran.add(candidate);
  const began = performance.now();
  const red = (error: { code: string; message: string; line?: number }): Red => ({
    scenario: title,
    file: scenario.file,
    line: error.line ?? scenario.line,
    code: error.code,
    message: error.message,
  });
  let session: Awaited<ReturnType<typeof startScenario>>;
  try {
    session = await startScenario(world, ledger, scenario, example);
  } catch (error) {
    const code = error instanceof MailproofError ? error.code : 'INTERNAL';
    const message = messageOf(error);
    return { candidate, first, ms: performance.now() - began, red: red({ code, message }), broken: `the given of "${title}" failed: ${message}` };
  }
  try {
    for (const index of example.steps.keys()) await session.step(index);
    await session.finish();
  } catch {
    // The session has recorded it, with its place.
  }
  const { record, broken } = await session.close();
  return { candidate, first, ms: performance.now() - began, ...(record.error === undefined ? {} : { red: red(record.error) }), ...(broken === undefined ? {} : { broken }) };
}

/**
 * Scenarios that do not disturb each other, several at once, then those that run alone.
 * @param enough true when the rest need not be run
 */
export async function attemptAll(instance: Instance, candidates: readonly Candidate[], together: number, enough: (attempt: Attempt) => boolean): Promise<Attempt[]> {
  const done: Attempt[] = [];
  let ended = false;
  const runFrom = async (queue: Candidate[]): Promise<void> => {
    for (let next = ended ? undefined : queue.shift(); next !== undefined; next = ended ? undefined : queue.shift()) {
      const one = await attempt(instance, next);
      done.push(one);
      // A broken instance would make every other scenario's result worthless.
      ended ||= one.broken !== undefined || enough(one);
    }
  };
  const sideBySide = candidates.filter(({ scenario }) => scenario.mode === 'side-by-side');
  await Promise.all(Array.from({ length: together }, () => runFrom(sideBySide)));
  await runFrom(candidates.filter(({ scenario }) => scenario.mode === 'alone'));
  return done;
}
