import { type BehaviourOf, counter, type Reaction } from './behaviour.ts';

export const example: BehaviourOf<'drop'> = { kind: 'drop', at: 'after-dot', times: 1 };

/** Closes the connection without a reply; `after-dot` has taken the message, so that the client cannot know. */
export function make(behaviour: BehaviourOf<'drop'>): Reaction {
  const applies = counter(behaviour.times);
  return { at: (moment) => (moment.stage === behaviour.at && applies() ? { act: 'drop' } : undefined) };
}
