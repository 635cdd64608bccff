export { readCandidates } from './candidates.ts';
export { faultsJsonSchema } from './fault-schema.ts';
export { type FaultTable, readFaults } from './fault-table.ts';
export { faultsMarkdown, faultsText, progressText } from './report.ts';
export { type FaultRun, type FaultsResult, outcomeOf } from './result.ts';
export { type FaultsOptions, runFaults } from './run-faults.ts';
