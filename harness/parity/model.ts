import type { Trace } from '../ledger/index.ts';
import type { RunOutcome } from '../scenario/index.ts';
import type { TreesReport } from './trees/model.ts';

/** Version of `parity.json`. */
export const PARITY_VERSION = 2;

/** Worst last: a scenario has the class of its worst comparison. */
export const PARITY_CLASSES = ['identical', 'equivalent', 'accepted', 'not compared', 'indeterminate', 'different'] as const;
export type ParityClass = (typeof PARITY_CLASSES)[number];

export interface Comparison {
  subject: string;
  field: string;
  class: ParityClass;
  /** Names of the rules by which it is identical or equivalent. */
  rules: string[];
  /** Identifier in accepted.yaml. */
  accepted?: string;
  note?: string;
  reference: string | undefined;
  /** The reference's second run, where it differs from the first. */
  noise?: { second: string | undefined };
  candidate: string | undefined;
}

export interface ScenarioParity {
  world: string;
  scenario: string;
  file: string;
  line: number;
  covers: string[];
  class: ParityClass;
  outcomes: { reference: RunOutcome | 'missing'; second: RunOutcome | 'missing'; candidate: RunOutcome | 'missing' };
  /** Why it, or part of it, was not compared. */
  notCompared: string[];
  /** Its file says that it is not for one of the sides: that leaves no question open. */
  byChoice?: boolean;
  counts: Record<ParityClass, number>;
  /** All that are not identical; of those that are, only the count is kept. */
  comparisons: Comparison[];
  traces: { reference: Trace[]; candidate: Trace[] };
}

export interface ParityHost {
  world: string;
  host: string;
  /** Its layers, joined by `+`, and Debian's release. */
  image: string;
  release: string;
  /** What each layer's software says of its version. */
  versions: string[];
  /** sha256 over its image's name, its release and every file laid over it. */
  hash: string;
}

export interface ParitySide {
  variant: string;
  /** sha256 over every file of every host of the variant, its images and its world file. */
  hash: string;
  engine: string;
  /** Version of mailproof that ran it. */
  mailproof: string;
  started: string;
  hosts: ParityHost[];
}

export interface AcceptanceUse {
  id: string;
  reason: string;
  owner: string;
  ticket: string;
  created: string;
  expires: string;
  /** `unmatched`: it accepts a difference that is no longer there. */
  state: 'used' | 'expired' | 'unmatched';
  count: number;
}

export type ParityVerdict = 'same' | 'same but accepted differences' | 'different' | 'indeterminate';

export interface Parity {
  version: typeof PARITY_VERSION;
  verdict: ParityVerdict;
  /** What the verdict rests on, worst first. */
  because: string[];
  worlds: string[];
  reference: ParitySide;
  candidate: ParitySide;
  counts: Record<ParityClass, number>;
  scenarios: ScenarioParity[];
  acceptances: AcceptanceUse[];
  rules: { name: string; makes: 'identical' | 'equivalent'; why: string; used: number }[];
  /** Where the sides are two trees, `base` and `head`, instead of two variants. */
  trees?: TreesReport;
  requirements: { world: string; id: string; text: string; untested?: string; class: ParityClass | 'not covered' }[];
}

export function noCounts(): Record<ParityClass, number> {
  return { identical: 0, equivalent: 0, accepted: 0, 'not compared': 0, indeterminate: 0, different: 0 };
}

export function worst(classes: readonly ParityClass[]): ParityClass {
  return PARITY_CLASSES.findLast((one) => classes.includes(one)) ?? 'not compared';
}
