import type { BehaviourOf, Reaction } from './behaviour.ts';

export const example: BehaviourOf<'enforce-dmarc'> = { kind: 'enforce-dmarc' };

/** RFC 7489 section 10.3. */
export function make(_behaviour: BehaviourOf<'enforce-dmarc'>): Reaction {
  return {
    at: async ({ stage, dmarc }) => {
      if (stage !== 'dot' || dmarc === undefined) return undefined;
      const { result, policy, domain } = await dmarc();
      return result === 'fail' && policy === 'reject' ? { act: 'reply', reply: `550 5.7.1 rejected by the DMARC policy of ${domain}` } : undefined;
    },
  };
}
