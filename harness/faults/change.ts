import { MailproofError } from '../base/index.ts';
import type { Change } from './fault-schema.ts';

/** How often a text stands in another, not overlapping. */
export const occurrences = (text: string, part: string): number => text.split(part).length - 1;

/** One file of a host and all that a fault changes in it, in order. */
export interface ChangedFile {
  host: string;
  file: string;
  changes: Change[];
}

export function byFile(changes: readonly Change[]): ChangedFile[] {
  return [...Map.groupBy(changes, ({ host, file }) => JSON.stringify([host, file])).values()].flatMap((own) =>
    own[0] === undefined ? [] : [{ host: own[0].host, file: own[0].file, changes: own }],
  );
}

/**
 * The file with the fault in it; undefined when the fault takes it away.
 * @throws MailproofError INPUT when the text does not stand there as often as the fault says
 */
export function changed({ host, file, changes }: ChangedFile, content: string): string | undefined {
  let text: string | undefined = content;
  for (const change of changes) {
    if ('delete' in change || text === undefined) {
      text = undefined;
      continue;
    }
    const wanted = change.times ?? 1;
    const found = occurrences(text, change.replace);
    if (found !== wanted)
      throw new MailproofError('INPUT', `${host}:${file}: the text to replace stands there ${found} times, expected ${wanted}: ${JSON.stringify(change.replace)}`, {
        hint: 'the file differs from the overlay: does something change it when the host starts?',
      });
    text = text.replaceAll(change.replace, () => change.with);
  }
  return text;
}
