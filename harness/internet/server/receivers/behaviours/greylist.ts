import { clientNetwork } from '../../addresses.ts';
import type { BehaviourOf, Reaction } from './behaviour.ts';

export const example: BehaviourOf<'greylist'> = { kind: 'greylist', forMs: 300_000 };

/** RFC 6647: each new triplet of client network, reverse-path and recipient has to wait, in world time. */
export function make(behaviour: BehaviourOf<'greylist'>): Reaction {
  const firstSeen = new Map<string, number>();
  return {
    at: ({ stage, client, from, to, now }) => {
      if (stage !== 'rcpt') return undefined;
      const triplet = `${clientNetwork(client)} ${from} ${to[0]}`.toLowerCase();
      const first = firstSeen.get(triplet) ?? now;
      firstSeen.set(triplet, first);
      return now - first < behaviour.forMs ? { act: 'reply', reply: '451 4.7.1 Greylisted, please try again later' } : undefined;
    },
  };
}
