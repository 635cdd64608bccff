import type { TranscriptLine } from '../internet/index.ts';
import type { Trace, Violation } from '../ledger/index.ts';

/** Version of `results.json`; raised when a reader of the old form would misread the new. */
export const RESULTS_VERSION = 1;

export type RunOutcome = 'passed' | 'failed' | 'flaky' | 'skipped' | 'indeterminate';

/** A reply in comparable form; `text` is kept beside and compared only by rules that say so. */
export interface ObservedReply {
  /** What was said to get it, normalised: `MAIL FROM:<…>`, `dot`, `connect`. */
  to: string;
  code: number;
  enhanced?: string;
  text: string;
  tls: boolean;
}

/** One copy's end, in the normal form that parity compares; raw values beside it. */
export interface ObservedOutcome {
  kind: 'delivered' | 'refused' | 'returned' | 'queued' | 'discarded' | 'failed';
  to: string;
  original: string;
  envelopeFrom?: string;
  message: string;
  /** `store:alice/INBOX`, `hosted.test`, `mx` (queue). */
  place: string;
  route: string[];
  reply?: { stage: string; code: number; enhanced?: string; text: string };
  headers?: [string, string][];
  /** sha256 of the body as delivered, line ends as CRLF, the token of the run left out. */
  body?: string;
  bodyIntact?: boolean;
  flags?: string[];
  /** Name of the exchanger that took it. */
  exchanger?: string;
  source?: string;
  helo?: string;
  tls?: string | false;
  auth?: { spf: string; dkim: string[]; dmarc: string; arc: string };
  dsn?: { status: string; action: string; recipient: string; diagnostic?: string; original: 'full' | 'headers' | 'none' };
  /** World time of the end, milliseconds since the scenario began. */
  afterMs?: number;
  nextTryMs?: number;
  /** Why it waits or was given up, or the rule by which it was discarded, in the words of the host's log. */
  reason?: string;
  /** It waits until somebody looks at it. */
  frozen?: boolean;
  indeterminate?: boolean;
  raw: Record<string, unknown>;
}

/** What a scenario brought about. */
export interface Observation {
  /** What the harness named this run of the scenario with; it may stand in any value. */
  token?: string;
  replies: { step: number; verb: string; replies: ObservedReply[] }[];
  outcomes: { step: number; outcomes: ObservedOutcome[] }[];
}

export interface StepRecord {
  index: number;
  verb: string;
  /** One line for people: `send jelle@luteijn.test -> noc@frys-ix.test from 198.51.100.9`. */
  summary: string;
  line: number;
  col: number;
  outcome: 'passed' | 'failed' | 'not-run';
  /** Real milliseconds. */
  ms: number;
  worldTime?: number;
  transcript?: TranscriptLine[];
}

export interface AttemptRecord {
  outcome: 'passed' | 'failed';
  duration_ms: number;
  error?: { code: string; message: string; hint?: string; file: string; line: number; col: number };
  steps: StepRecord[];
  observation: Observation;
  violations: Violation[];
  traces: Trace[];
  /** Lines of the hosts that belong to this scenario's messages, and unparsed ones of its time. */
  logs: { at: number; host: string; source: string; line: string }[];
  capture?: string;
}

export interface ScenarioRun {
  world: string;
  variant: string;
  scenario: string;
  file: string;
  line: number;
  tags: string[];
  covers: string[];
  outcome: RunOutcome;
  attempts: AttemptRecord[];
  duration_ms: number;
  /** Exact command to run it again. */
  again: string;
}

export interface Results {
  version: typeof RESULTS_VERSION;
  outcome: RunOutcome;
  started: string;
  duration_ms: number;
  environment: {
    mailproof: string;
    node: string;
    engine: string;
    /** `versions`: what the software of each of its folders of containers/ says of itself. */
    images: { image: string; release: string; tag: string; software: string; versions: Record<string, string> }[];
  };
  runs: ScenarioRun[];
  /** What the world met that it does not know, per instance. */
  strays: { world: string; variant: string; instance: string; from: string; to: string; what: string }[];
  unparsed: { world: string; variant: string; host: string; software: string; count: number; samples: string[] }[];
  /** Names that hosts looked up and that nobody declared. */
  unknownNames: { world: string; variant: string; host: string; name: string; qtype: string; count: number }[];
  /** Worlds of which every scenario was run: what their requirements lack, nobody tests. */
  whole: string[];
  requirements: RequirementResult[];
}

export interface RequirementResult {
  world: string;
  id: string;
  text: string;
  /** What part of it cannot be tested honestly here, and why. */
  untested?: string;
  /** A scenario with `examples` stands here once for each row. */
  covered: { scenario: string; variant: string; outcome: RunOutcome }[];
}
