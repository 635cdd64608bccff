import type { InstanceRef } from '../../world/index.ts';

/** What workers and the main process say to each other on the pool's socket: one line of JSON each. */
export type WorkerMessage =
  | { type: 'lease'; id: number; project: string; mode: LeaseMode }
  /** `broken`: why the instance cannot be used again. */
  | { type: 'release'; lease: string; broken?: string; failed: boolean };

export type PoolMessage =
  | { type: 'leased'; id: number; lease: string; instance: string; ref: InstanceRef; afterAlone: boolean }
  | { type: 'refused'; id: number; code: string; message: string; hint?: string };

export type LeaseMode = 'side-by-side' | 'alone';
