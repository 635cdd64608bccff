import type { RunOutcome } from '../../scenario/index.ts';

/** Where one side of the comparison lies. */
export interface Tree {
  folder: string;
  /** Of git, with ` and changes that are not committed` where there are some; undefined outside of a repository. */
  commit?: string;
}

/** One file of a host that is not the same in both trees. */
export interface ConfigurationChange {
  /** Worlds, and variants where there are several, whose host has it. */
  worlds: string[];
  host: string;
  file: string;
  change: 'added' | 'removed' | 'changed';
  /** Numbers of lines. */
  added: number;
  removed: number;
  /** Unified; empty for a binary file. */
  diff: string;
  /** Lines of the diff that are left out. */
  cut: number;
}

/** What one side did with the mail to one address. */
export interface AddressTreatment {
  address: string;
  /** `indeterminate`: base itself did one thing and then another. */
  class: 'different' | 'indeterminate';
  base: string[];
  head: string[];
  /** Scenarios, or lines of the file of addresses, that show it. */
  shownBy: string[];
}

export interface ScenarioPlace {
  world: string;
  scenario: string;
  file: string;
  line: number;
}

export interface UncomparedScenario extends ScenarioPlace {
  state: 'added' | 'removed' | 'cannot run on base';
  why: string;
}

export interface TurnedScenario extends ScenarioPlace {
  base: RunOutcome;
  head: RunOutcome;
}

/** What the comparison of two trees knows besides that of their scenarios. */
export interface TreesReport {
  base: Tree;
  head: Tree;
  changes: ConfigurationChange[];
  /** Worlds that were not run, and what else the reader must know. */
  notes: string[];
  /** How many addresses were looked at, and those that were treated differently. */
  addresses: { compared: number; different: AddressTreatment[] };
  /** Passed on one side and failed on the other. */
  turned: TurnedScenario[];
  uncompared: UncomparedScenario[];
}
