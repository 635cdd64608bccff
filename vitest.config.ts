import { availableParallelism } from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { writeReports } from './harness/report/index.ts';
import { mailproofVitest } from './harness/runner/index.ts';

const root = import.meta.dirname;
const scenarios = mailproofVitest({
  root,
  onResults: async (results) => {
    await writeReports(results, path.join(root, 'reports', 'latest'));
  },
});

/** `unit`: the project's own tests; and one project for each default variant of each world, e.g. `starter/exim`. */
export default defineConfig({
  ...scenarios,
  test: {
    ...scenarios.test,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['harness/**/*.test.ts'],
          testTimeout: 120_000,
          // Hooks start and remove whole worlds.
          hookTimeout: 300_000,
          // Half of them wait for servers of their own; with one (Vitest's default on two processors) a third of the machine is idle.
          maxWorkers: Math.max(2, availableParallelism()),
        },
      },
      ...scenarios.test.projects,
    ],
  },
});
