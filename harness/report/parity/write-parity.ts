import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Parity } from '../../parity/index.ts';
import { writeAll } from '../write-reports.ts';
import { COMMENT_BYTES, cutTo, STEP_SUMMARY_BYTES } from './cut-to.ts';
import { parityMarkdown } from './parity-md.ts';
import { parityPage } from './parity-page.ts';
import { readParity } from './read-parity.ts';

const REPORTS: readonly { ending: string; render: (parity: Parity, json: Json) => string }[] = [
  { ending: 'json', render: (_parity, { text }) => text },
  { ending: 'html', render: (parity, { digest }) => parityPage(parity, digest) },
  { ending: 'md', render: (parity, { digest }) => cutTo(parityMarkdown(parity, digest), STEP_SUMMARY_BYTES) },
];

/** `parity.json`, and its sha256: what people sign names the data that it was made from. */
interface Json {
  text: string;
  digest: string;
}

export function jsonOf(parity: Parity): Json {
  const text = `${JSON.stringify(parity, null, 1)}\n`;
  return asJson(text);
}

function asJson(text: string): Json {
  return { text, digest: createHash('sha256').update(text).digest('hex') };
}

/** By which a job finds its own comment again. */
const MARKER = '<!-- mailproof parity -->\n';

/** Of two trees also a text that can be a comment on the request to merge them. */
function reportsOf(parity: Parity): typeof REPORTS {
  if (parity.trees === undefined) return REPORTS;
  return [...REPORTS, { ending: 'comment.md', render: (of, { digest }) => `${MARKER}${cutTo(parityMarkdown(of, digest), COMMENT_BYTES - MARKER.length)}` }];
}

/** Writes `parity.html`, `parity.md` and `parity.json` (and `parity.comment.md` for two trees) into a folder. @param name of the files, where there are several comparisons @returns their paths */
export function writeParity(parity: Parity, dir: string, name = 'parity'): Promise<string[]> {
  return writeReportsOf(parity, jsonOf(parity), reportsOf(parity), dir, name);
}

/** Writes the pages of a `parity.json` anew, beside it. The file stays as it is, byte for byte: its digest is what was signed. @throws MailproofError INPUT */
export function rewriteParity(content: string, file: string): Promise<string[]> {
  const parity = readParity(content, file);
  const pages = reportsOf(parity).filter(({ ending }) => ending !== 'json');
  return writeReportsOf(parity, asJson(content), pages, path.dirname(file), path.basename(file, '.json'));
}

function writeReportsOf(parity: Parity, json: Json, reports: typeof REPORTS, dir: string, name: string): Promise<string[]> {
  return writeAll(
    dir,
    reports.map(({ ending, render }) => ({ file: `${name}.${ending}`, content: render(parity, json) })),
  );
}
