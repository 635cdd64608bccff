import type { BehaviourOf, Reaction } from './behaviour.ts';

export const example: BehaviourOf<'size'> = { kind: 'size', max: 1000 };

/** RFC 1870: announced, checked against the SIZE parameter, and against what really comes. */
export function make(behaviour: BehaviourOf<'size'>): Reaction {
  return { settings: { size: behaviour.max } };
}
