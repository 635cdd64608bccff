import type { Results, ScenarioRun } from '../scenario/index.ts';

/** What a terminal, a live page or a log wants to know while scenarios run. */
export interface RunListener {
  /** One line about images, instances, the engine. */
  line?(text: string): void;
  /** @param projects names such as `starter/exim` */
  planned?(scenarios: number, projects: readonly string[]): void;
  scenarioStarted?(scenario: { project: string; scenario: string }): void;
  /** After each scenario, all its attempts done. */
  scenarioFinished?(run: ScenarioRun, count: { done: number; planned: number }): void;
  finished?(results: Results): void;
}
