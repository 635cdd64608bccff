import type { BehaviourOf, Reaction } from './behaviour.ts';

export const example: BehaviourOf<'slow'> = { kind: 'slow', delayMs: 50 };

export function make(behaviour: BehaviourOf<'slow'>): Reaction {
  return { settings: { delayMs: behaviour.delayMs } };
}
