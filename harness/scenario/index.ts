export { ExpectationError } from './expectation-error.ts';
export { scenarioJsonSchema } from './json-schema.ts';
export * from './result.ts';
export { parseScenarios, type ParsedScenarios, type Scenario, type ScenarioExample, type ScenarioStep } from './scenario-file.ts';
export { type ScenarioSession, startScenario } from './session.ts';
export { VERBS } from './verbs/index.ts';
export { matches, patternSchema } from './pattern.ts';
