/**
 * `mailproof/vitest`: scenarios in a Vitest of one's own, an editor's too.
 * @example
 * // vitest.config.ts
 * import { mailproofVitest, writeReports } from 'mailproof/vitest';
 * import { defineConfig } from 'vitest/config';
 * export default defineConfig(mailproofVitest({ onResults: async (results) => void (await writeReports(results, 'reports/latest')) }));
 */
export { writeReports } from '../report/index.ts';
export { mailproofVitest, type RunListener, type VitestOptions } from '../runner/index.ts';
export type { Results, ScenarioRun } from '../scenario/index.ts';
