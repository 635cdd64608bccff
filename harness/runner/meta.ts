import type { AttemptRecord } from '../scenario/index.ts';

/** What each test of a scenario carries from the worker to the reporters (`task.meta.mailproof`). */
export interface ScenarioMeta {
  world: string;
  variant: string;
  /** Title of the scenario, with its example's values. */
  scenario: string;
  /** Absolute path. */
  file: string;
  line: number;
  tags: readonly string[];
  covers: readonly string[];
  mode: 'side-by-side' | 'alone';
  attempts: AttemptRecord[];
}

/** The only road that Vitest offers from the main process to its workers: values that can be cloned. */
export interface WorkerOrders {
  /** Path of the unix socket (named pipe on Windows) on which world instances are lent. */
  socket: string;
  /** Folder for packet captures, where they were asked for. */
  captures?: string;
}

declare module 'vitest' {
  interface TaskMeta {
    mailproof?: ScenarioMeta;
  }
  interface ProvidedContext {
    mailproof: WorkerOrders;
  }
}
