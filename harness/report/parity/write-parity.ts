import type { Parity } from '../../parity/index.ts';
import { writeAll } from '../write-reports.ts';
import { parityMarkdown } from './parity-md.ts';
import { parityPage } from './parity-page.ts';

const REPORTS: readonly { ending: string; render: (parity: Parity) => string }[] = [
  { ending: 'json', render: (parity) => `${JSON.stringify(parity, null, 1)}\n` },
  { ending: 'html', render: parityPage },
  { ending: 'md', render: parityMarkdown },
];

/** Writes `parity.html`, `parity.md` and `parity.json` into a folder. @param name of the files, where there are several comparisons @returns their paths */
export function writeParity(parity: Parity, dir: string, name = 'parity'): Promise<string[]> {
  return writeAll(
    dir,
    REPORTS.map(({ ending, render }) => ({ file: `${name}.${ending}`, content: render(parity) })),
  );
}
