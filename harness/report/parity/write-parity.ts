import type { Parity } from '../../parity/index.ts';
import { writeAll } from '../write-reports.ts';
import { parityMarkdown } from './parity-md.ts';
import { parityPage } from './parity-page.ts';

const REPORTS: readonly { file: string; render: (parity: Parity) => string }[] = [
  { file: 'parity.json', render: (parity) => `${JSON.stringify(parity, null, 1)}\n` },
  { file: 'parity.html', render: parityPage },
  { file: 'parity.md', render: parityMarkdown },
];

/** Writes `parity.html`, `parity.md` and `parity.json` into a folder. @returns their paths */
export function writeParity(parity: Parity, dir: string): Promise<string[]> {
  return writeAll(
    dir,
    REPORTS.map(({ file, render }) => ({ file, content: render(parity) })),
  );
}
