import { parse } from 'yaml';
import { formatDuration, MailproofError, messageOf } from '../../base/index.ts';
import type { Behaviour } from '../../internet/index.ts';

/** `greylist: 5m` is a map of YAML without its braces; its texts may hold blanks. @throws MailproofError USAGE */
export function behaviourOf(given: string): unknown {
  const bare = given.trim();
  try {
    return parse(/^[\w-]+:/.test(bare) ? `{ ${bare} }` : bare);
  } catch (cause) {
    throw new MailproofError('USAGE', `"${given}" is not understood: ${messageOf(cause).split('\n', 1)[0]}`, { cause, hint: '\'reply: "451 4.3.0 later", at: rcpt\'' });
  }
}

/** A behaviour as `behaviourOf` reads it. */
export function textOfBehaviour(behaviour: Behaviour): string {
  switch (behaviour.kind) {
    case 'enforce-spf':
    case 'enforce-dmarc':
    case 'no-starttls':
      return behaviour.kind.replace('-', ' ');
    case 'reply': {
      const { reply, at, times, to, from } = behaviour;
      return [
        `reply: ${JSON.stringify(reply)}, at: ${at}`,
        ...timesText(times),
        ...(to === undefined ? [] : [`to: ${JSON.stringify(to)}`]),
        ...(from === undefined ? [] : [`from: ${JSON.stringify(from)}`]),
      ].join(', ');
    }
    case 'drop':
    case 'silent':
      return [`${behaviour.kind}: ${behaviour.at}`, ...timesText(behaviour.times)].join(', ');
    case 'greylist':
      return `greylist: ${formatDuration(behaviour.forMs)}`;
    case 'certificate':
      return `certificate: ${behaviour.is}`;
    case 'slow':
      return `slow: ${formatDuration(behaviour.delayMs)}`;
    case 'knows':
      return `knows: ${JSON.stringify(behaviour.only)}`;
    case 'size':
      return `size: ${behaviour.max}`;
  }
}

const timesText = (times: number | undefined): string[] => (times === undefined ? [] : [`times: ${times}`]);
