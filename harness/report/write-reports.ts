import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Results } from '../scenario/index.ts';
import { resultsPage } from './html/results-page.ts';
import { junit } from './junit.ts';
import { resultsJson } from './results-json.ts';
import { summaryMarkdown } from './summary-md.ts';

/** Every report of a run. A new one is a file of its own and a line here. */
const REPORTS: readonly { file: string; render: (results: Results) => string }[] = [
  { file: 'results.json', render: resultsJson },
  { file: 'index.html', render: resultsPage },
  { file: 'junit.xml', render: junit },
  { file: 'summary.md', render: summaryMarkdown },
];

/** Writes all reports into a folder, which is made. @returns their paths, `index.html` among them */
export function writeReports(results: Results, dir: string): Promise<string[]> {
  return writeAll(
    dir,
    REPORTS.map(({ file, render }) => ({ file, content: render(results) })),
  );
}

/** Each file appears whole or not at all, so that a reader never sees half a report. */
export async function writeAll(dir: string, files: readonly { file: string; content: string }[]): Promise<string[]> {
  await mkdir(dir, { recursive: true });
  return Promise.all(
    files.map(async ({ file, content }) => {
      const target = path.isAbsolute(file) ? file : path.join(dir, file);
      await writeFile(`${target}.new`, content);
      await rename(`${target}.new`, target);
      return target;
    }),
  );
}
