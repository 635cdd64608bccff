import type { Comparison, ParityVerdict } from '../model.ts';

/** Version of `exploration.json`. */
export const EXPLORATION_VERSION = 1;

export type FoundDifference = Pick<Comparison, 'subject' | 'field' | 'reference' | 'candidate' | 'note'>;

/** Cases that differ in the same way, and the smallest of them. */
export interface Finding {
  /** Of its file, without the ending. */
  name: string;
  /** The smallest message that still differs. */
  smallest: string;
  differences: FoundDifference[];
  /** Differences of the same message that accepted.yaml has. */
  accepted: string[];
  /** Numbers of the cases that show it, from 1. */
  cases: number[];
  /** How many smaller messages were tried on both sides. */
  tried: number;
  /** The scenario, ready to be put beside the world's others. */
  yaml: string;
  /** Where it was written. */
  file?: string;
  /** What came of running it: it must pass on the reference and fail on the candidate; where it does not, why. */
  proof: { ok: true } | { ok: false; why: string };
}

export interface Exploration {
  version: typeof EXPLORATION_VERSION;
  verdict: ParityVerdict;
  /** What the verdict rests on. */
  because: string[];
  world: string;
  reference: string;
  candidate: string;
  seed: number;
  /** `accepted` are those that differ in accepted ways only. */
  cases: { asked: number; compared: number; same: number; accepted: number; different: number };
  /** Of running all cases on both sides, without starting the instances and looking closer. */
  seconds: number;
  findings: Finding[];
  acceptances: { id: string; reason: string; cases: number[] }[];
  /** Differences that were not there, or not twice alike, when the case ran alone. */
  unconfirmed: { cases: number[]; what: string; why: string }[];
  /** Ways to differ that were not looked into, as there are too many. */
  unexamined: { cases: number[]; what: string }[];
  notCompared: { number: number; smallest: string; why: string }[];
}
