import type { BehaviourOf, Reaction } from './behaviour.ts';

export const example: BehaviourOf<'knows'> = { kind: 'knows', only: ['ann', 'bob'] };

export function make(behaviour: BehaviourOf<'knows'>): Reaction {
  const known = new Set(behaviour.only.map((local) => local.toLowerCase()));
  return {
    at: ({ stage, to }) => {
      const recipient = to[0];
      if (stage !== 'rcpt' || recipient === undefined) return undefined;
      const local = recipient.slice(0, recipient.lastIndexOf('@')).toLowerCase();
      return known.has(local) ? undefined : { act: 'reply', reply: `550 5.1.1 <${recipient}>: there is no such user here` };
    },
  };
}
