import type { Parity } from '../../parity/index.ts';
import { writeAll } from '../write-reports.ts';
import { COMMENT_BYTES, cutTo, STEP_SUMMARY_BYTES } from './cut-to.ts';
import { parityMarkdown } from './parity-md.ts';
import { parityPage } from './parity-page.ts';

const REPORTS: readonly { ending: string; render: (parity: Parity) => string }[] = [
  { ending: 'json', render: (parity) => `${JSON.stringify(parity, null, 1)}\n` },
  { ending: 'html', render: parityPage },
  { ending: 'md', render: (parity) => cutTo(parityMarkdown(parity), STEP_SUMMARY_BYTES) },
];

/** By which a job finds its own comment again. */
const MARKER = '<!-- mailproof parity -->\n';

/** Of two trees also a text that can be a comment on the request to merge them. */
function reportsOf(parity: Parity): typeof REPORTS {
  if (parity.trees === undefined) return REPORTS;
  return [...REPORTS, { ending: 'comment.md', render: (of) => `${MARKER}${cutTo(parityMarkdown(of), COMMENT_BYTES - MARKER.length)}` }];
}

/** Writes `parity.html`, `parity.md` and `parity.json` (and `parity.comment.md` for two trees) into a folder. @param name of the files, where there are several comparisons @returns their paths */
export function writeParity(parity: Parity, dir: string, name = 'parity'): Promise<string[]> {
  return writeAll(
    dir,
    reportsOf(parity).map(({ ending, render }) => ({ file: `${name}.${ending}`, content: render(parity) })),
  );
}
