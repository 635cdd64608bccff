import { plural } from '../words.ts';

/** Limits of GitHub: a step summary in bytes, a comment in characters (counted as bytes here, which is never too many). */
export const STEP_SUMMARY_BYTES = 1024 * 1024;
export const COMMENT_BYTES = 65_536;

/** Markdown that is no longer than so many bytes: whole lines, and the last one says what is left out. */
export function cutTo(markdown: string, bytes: number): string {
  if (Buffer.byteLength(markdown) <= bytes) return markdown;
  const lines = markdown.split('\n');
  const room = bytes - 200;
  let used = 0;
  let kept = 0;
  let fence: string | undefined;
  for (const line of lines) {
    used += Buffer.byteLength(line) + 1;
    if (used > room) break;
    const mark = line.match(/^(`{3,})/)?.[1];
    if (mark !== undefined) fence = fence === undefined ? mark : line === fence ? undefined : fence;
    kept++;
  }
  return [
    ...lines.slice(0, kept),
    ...(fence === undefined ? [] : [fence]),
    '',
    `**Cut here: ${plural(lines.length - kept, 'further line')} did not fit. The whole is in parity.html and parity.json.**`,
    '',
  ].join('\n');
}
