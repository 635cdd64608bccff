import { parse } from 'yaml';
import { MailproofError, messageOf } from '../../base/index.ts';

/** `greylist: 5m` is a map of YAML without its braces; its texts may hold blanks. @throws MailproofError USAGE */
export function behaviourOf(given: string): unknown {
  const bare = given.trim();
  try {
    return parse(/^[\w-]+:/.test(bare) ? `{ ${bare} }` : bare);
  } catch (cause) {
    throw new MailproofError('USAGE', `"${given}" is not understood: ${messageOf(cause).split('\n', 1)[0]}`, { cause, hint: '\'reply: "451 4.3.0 later", at: rcpt\'' });
  }
}
