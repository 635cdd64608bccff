import { formatDuration } from './duration.ts';
import { MailproofError } from './errors.ts';

/** Something that can say "look again": returns the function that stops it. */
export type Subscribe = (again: () => void) => () => void;

/** What a look at the condition found. `missing` is what the reader sees when the wait gives up. */
export type Look<T> = { met: true; value: T } | { met: false; missing: string };

export interface WaitOptions<T> {
  /** Names the condition: "mail of scenario X is settled". */
  what: string;
  /** Guards against a hang only; it is not the way a wait normally ends. Milliseconds of real time. */
  deadlineMs: number;
  look: () => Look<T>;
  /** Called once; `look` runs again each time it says so. */
  subscribe: Subscribe;
  signal?: AbortSignal;
}

/**
 * Waits for a named condition, looking again only when something changed.
 * @throws MailproofError DEADLINE with the name and what was missing at the end
 */
export function waitUntil<T>(options: WaitOptions<T>): Promise<T> {
  const { what, deadlineMs, look, subscribe, signal } = options;
  return new Promise<T>((resolve, reject) => {
    const first = look();
    if (first.met) return resolve(first.value);
    let last: { met: false; missing: string } = first;
    let finished = false;
    let unsubscribe = (): void => {};
    const finish = (settle: () => void): void => {
      if (finished) return;
      finished = true;
      clearTimeout(guard);
      signal?.removeEventListener('abort', onAbort);
      unsubscribe();
      settle();
    };
    const onAbort = (): void => finish(() => reject(signal?.reason));
    const guard = setTimeout(() => {
      finish(() => reject(new MailproofError('DEADLINE', `gave up after ${formatDuration(deadlineMs)} waiting until ${what}: ${last.missing}`)));
    }, deadlineMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    unsubscribe = subscribe(() => {
      if (finished) return;
      try {
        const seen = look();
        if (seen.met) finish(() => resolve(seen.value));
        else last = seen;
      } catch (error) {
        finish(() => reject(error));
      }
    });
    if (finished) unsubscribe();
  });
}
