import type { BehaviourOf, Reaction } from './behaviour.ts';

export const example: BehaviourOf<'no-starttls'> = { kind: 'no-starttls' };

export function make(_behaviour: BehaviourOf<'no-starttls'>): Reaction {
  return { settings: { starttls: false } };
}
