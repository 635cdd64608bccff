import { type BehaviourOf, counter, type Reaction } from './behaviour.ts';

export const example: BehaviourOf<'silent'> = { kind: 'silent', at: 'connect', times: 1 };

/** Says nothing more from a stage on, and keeps the connection. */
export function make(behaviour: BehaviourOf<'silent'>): Reaction {
  const applies = counter(behaviour.times);
  return { at: (moment) => (moment.stage === behaviour.at && applies() ? { act: 'silent' } : undefined) };
}
