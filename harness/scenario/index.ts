export { ExpectationError } from './expectation-error.ts';
export { forgetMailboxes } from './imap-pool.ts';
export { scenarioJsonSchema } from './json-schema.ts';
export { matches, patternSchema } from './pattern.ts';
export * from './result.ts';
export { type ElsewhereScenario, type ParsedScenarios, parseScenarios, type Scenario, type ScenarioExample, type ScenarioStep } from './scenario-file.ts';
export { type ScenarioSession, startScenario } from './session.ts';
export { writeFileScript } from './shell.ts';
export { VERBS } from './verbs/index.ts';
