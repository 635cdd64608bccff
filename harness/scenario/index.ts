export { ExpectationError } from './expectation-error.ts';
export { scenarioJsonSchema } from './json-schema.ts';
export { matches, patternSchema } from './pattern.ts';
export * from './result.ts';
export { type ParsedScenarios, parseScenarios, type Scenario, type ScenarioExample, type ScenarioStep } from './scenario-file.ts';
export { type ScenarioSession, startScenario } from './session.ts';
export { VERBS } from './verbs/index.ts';
