import type { BehaviourOf, Reaction } from './behaviour.ts';

export const example: BehaviourOf<'enforce-spf'> = { kind: 'enforce-spf' };

/** RFC 7208 section 8.4, with the code of RFC 7372 section 3.2. */
export function make(_behaviour: BehaviourOf<'enforce-spf'>): Reaction {
  return {
    at: async ({ stage, from, helo, client, spf }) => {
      if (stage !== 'mail' || (await spf()) !== 'fail') return undefined;
      return { act: 'reply', reply: `550 5.7.23 SPF: ${client} may not send for ${from === undefined || from === '' ? helo : from}` };
    },
  };
}
