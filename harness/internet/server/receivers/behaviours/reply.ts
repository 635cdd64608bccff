import { Problem } from '../../problem.ts';
import { type BehaviourOf, counter, globMatches, type Reaction } from './behaviour.ts';

export const example: BehaviourOf<'reply'> = { kind: 'reply', at: 'rcpt', reply: '451 4.3.0 try again later', times: 2, to: 'ann@*' };

/** Refuses at a stage. @throws Problem 400 for a reply that is not a refusal: it would leave the session in a state that no server has */
export function make(behaviour: BehaviourOf<'reply'>): Reaction {
  if (!/^[45]\d\d(?: |$)/.test(behaviour.reply))
    throw new Problem(400, 'bad-reply', `"${behaviour.reply}" at ${behaviour.at} is not a 4xx or 5xx reply`, 'write the code first, e.g. "451 4.3.0 try again later"');
  const applies = counter(behaviour.times);
  const { from, to } = behaviour;
  return {
    at: (moment) => {
      if (moment.stage !== behaviour.at) return undefined;
      if (to !== undefined && !moment.to.some((recipient) => globMatches(to, recipient))) return undefined;
      if (from !== undefined && (moment.from === undefined || !globMatches(from, moment.from))) return undefined;
      return applies() ? { act: 'reply', reply: behaviour.reply } : undefined;
    },
  };
}
