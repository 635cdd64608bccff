import { MailproofError } from '../base/index.ts';
import { RESULTS_VERSION, type Results } from '../scenario/index.ts';

export function resultsJson(results: Results): string {
  return `${JSON.stringify(results, null, 1)}\n`;
}

/**
 * Reads `results.json` again.
 * @param file named in messages
 * @throws MailproofError INPUT when it is something else, or of a version that this program does not read
 */
export function readResults(content: string, file: string): Results {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch (cause) {
    throw new MailproofError('INPUT', `${file} is not JSON`, { cause, hint: 'name a results.json that `mailproof run` wrote' });
  }
  if (typeof parsed !== 'object' || parsed === null || !('version' in parsed))
    throw new MailproofError('INPUT', `${file} holds no results`, { hint: 'name a results.json that `mailproof run` wrote' });
  if (parsed.version !== RESULTS_VERSION)
    throw new MailproofError('INPUT', `${file} has version ${JSON.stringify(parsed.version)}, this mailproof reads ${RESULTS_VERSION}`, {
      hint: 'use the mailproof that wrote it',
    });
  if (!isResults(parsed)) throw new MailproofError('INPUT', `${file} is damaged: parts of the results are missing`, { hint: 'run the scenarios again' });
  return { ...parsed, unknownNames: parsed.unknownNames ?? [], whole: parsed.whole ?? [] };
}

/** Came later in version 1; a file from before has neither. */
type Later = 'unknownNames' | 'whole';
type Written = Omit<Results, Later> & Partial<Pick<Results, Later>>;

const LISTS = ['runs', 'strays', 'unparsed', 'requirements'] as const;

/** Version 1 was written by this program, so its top level tells a whole file from a cut or foreign one. */
function isResults(value: object): value is Written {
  const has = (key: string): boolean => key in value;
  return has('outcome') && has('environment') && LISTS.every((key) => Array.isArray(Reflect.get(value, key)));
}
