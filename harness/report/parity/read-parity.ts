import { z } from 'zod';
import { MailproofError } from '../../base/index.ts';
import { type Parity, paritySchema } from '../../parity/index.ts';

const HINT = 'name a parity.json that this version of `mailproof parity` wrote';

/** true for the text of a `parity.json`, of whatever version. */
export function isParityJson(content: string): boolean {
  return z.looseObject({ verdict: z.string(), acceptances: z.array(z.unknown()) }).safeParse(parsed(content)).success;
}

/**
 * Reads `parity.json` again.
 * @param file named in messages
 * @throws MailproofError INPUT when it is something else, or of a version that this program does not read
 */
export function readParity(content: string, file: string): Parity {
  const read = paritySchema.safeParse(parsed(content));
  if (!read.success)
    throw new MailproofError('INPUT', `${file} is no comparison that can be read: ${z.prettifyError(read.error).split('\n').slice(0, 6).join(' ')}`, { hint: HINT });
  return read.data;
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
