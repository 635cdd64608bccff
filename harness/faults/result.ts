import type { Red } from './attempt.ts';

/** Version of what `--json` prints; raised when a reader of the old form would misread the new. */
export const FAULTS_VERSION = 1;

/** What says that it was the fault: the scenario was green again in the same instance without it, or had not been run in it before. */
export type Proof = 'green again' | 'first in its instance';

/** What became of one fault. */
export type Verdict =
  /** A scenario was red. */
  | { class: 'noticed'; by: Red; proof: Proof }
  /** The servers refused the configuration: weak, a postmaster would see it at once. */
  | { class: 'does not start'; message: string }
  /** Every scenario that should have noticed was green. */
  | { class: 'survived' }
  /** The harness could not say. */
  | { class: 'trouble'; message: string };

export interface FaultRun {
  id: string;
  what: string;
  breaks: string[];
  /** Place in faults.yaml. */
  file: string;
  line: number;
  verdict: Verdict;
  /** How many scenarios were to notice it, and how many were run. */
  candidates: number;
  ran: number;
  /** Real milliseconds, the change and its taking back included. */
  ms: number;
}

export interface FaultsResult {
  version: typeof FAULTS_VERSION;
  world: string;
  variant: string;
  /** `indeterminate`: scenarios are red without any fault, or the harness had trouble. */
  outcome: 'passed' | 'failed' | 'indeterminate';
  started: string;
  duration_ms: number;
  /** The scenarios without a fault; when one is red no fault is tried. */
  baseline: { scenarios: number; ms: number; red: Red[] };
  faults: FaultRun[];
}

export function outcomeOf(red: readonly Red[], faults: readonly FaultRun[]): FaultsResult['outcome'] {
  if (faults.some(({ verdict }) => verdict.class === 'survived')) return 'failed';
  return red.length > 0 || faults.some(({ verdict }) => verdict.class === 'trouble') ? 'indeterminate' : 'passed';
}
