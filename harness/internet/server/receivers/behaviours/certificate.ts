import type { BehaviourOf, Reaction } from './behaviour.ts';

export const example: BehaviourOf<'certificate'> = { kind: 'certificate', is: 'expired' };

export function make(behaviour: BehaviourOf<'certificate'>): Reaction {
  return { settings: { certificate: behaviour.is } };
}
