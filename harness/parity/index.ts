export { type Acceptance, parseAccepted, readAccepted } from './accepted.ts';
export { type CompareOptions, compareRuns, parityExitCode, type Side } from './compare-runs.ts';
export { configurationHash } from './configuration-hash.ts';
export { type AcceptanceUse, type Comparison, PARITY_CLASSES, type Parity, type ParityClass, type ParitySide, type ParityVerdict, type ScenarioParity } from './model.ts';
export { type HostName, RULES, type Rule } from './rules.ts';
export { type ParityOptions, type ParityRun, runParity } from './run-parity.ts';
export { type ProbedAddress, parseAddresses, readAddresses } from './trees/address-file.ts';
export type { AddressTreatment, ConfigurationChange, TreesReport, UncomparedScenario } from './trees/model.ts';
export { runTrees, type TreesOptions, type TreesRun } from './trees/run-trees.ts';
