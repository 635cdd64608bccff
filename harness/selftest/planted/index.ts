import { MESSAGE } from './message.ts';
import { NEXT_HOP } from './next-hop.ts';
import type { Planted } from './planting-kit.ts';
import { REPLIES } from './replies.ts';
import { TIME_AND_NOTICES } from './time-and-notices.ts';
import { WAY } from './way.ts';

export type { Planted, Step } from './planting-kit.ts';
export { NOISY, SAME } from './same.ts';

export const PLANTED: readonly Planted[] = [...REPLIES, ...MESSAGE, ...WAY, ...NEXT_HOP, ...TIME_AND_NOTICES];
