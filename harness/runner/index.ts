export { defaultModels, mailproofVitest, type VitestOptions } from './config.ts';
export type { RunListener } from './listener.ts';
export { mergeResults } from './merge-results.ts';
export { exitCodeOf, outcomeOf, overallOutcome } from './outcome.ts';
export { type Requirement, readRequirements, requirementTable } from './requirements.ts';
export { type RunOptions, refuseProblems, runScenarios } from './run.ts';
export { findScenarioFiles, type SelectedProject, type SelectionOptions, selectScenarios } from './selection.ts';
export { readScenarioFile } from './vite/plugin.ts';
export { INSTANCE_BYTES } from './world-host.ts';
