import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { EXIT } from '../base/index.ts';

/** What `npm test` does: types and style, then every test of the project; the last line counts them as the runner did. */
const runnerReport = z.object({ numPassedTests: z.int(), numFailedTests: z.int(), numFailedTestSuites: z.int(), success: z.boolean() });

function run(command: string, args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    process.on('SIGTERM', pass);
    // Ctrl-C reaches the child by itself; this process stays to see it clean up.
    process.on('SIGINT', () => {});
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? EXIT.failed));
  });
}

const folder = mkdtempSync(path.join(tmpdir(), 'mailproof-test-'));
try {
  const lint = (await run('tsc', ['-p', '.'])) || (await run('tsc', ['-p', 'harness/ui/page'])) || (await run('biome', ['check', '.']));
  const file = path.join(folder, 'tests.json');
  const status = await run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...process.argv.slice(2)]);
  const report = runnerReport.parse(JSON.parse(readFileSync(file, 'utf8')));
  // A file that could not be loaded has no test to count, and is a failure all the same.
  const failed = report.numFailedTests > 0 ? report.numFailedTests : status === 0 ? 0 : Math.max(1, report.numFailedTestSuites);
  if (lint !== 0) process.stdout.write('types or style are broken: see above\n');
  process.stdout.write(`${report.numPassedTests} passed, ${failed} failed\n`);
  process.exitCode = status === 0 && lint === 0 && failed === 0 ? EXIT.ok : EXIT.failed;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
