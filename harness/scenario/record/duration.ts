import { parseDuration } from '../../base/index.ts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** In whole minutes, at least as long: `1d 2h 4m`. */
export function roundedUp(ms: number): string {
  let rest = Math.max(1, Math.ceil(ms / 60_000)) * 60_000;
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.join(' ');
}

/** This duration and so much more, in whole minutes. */
export const longer = (duration: string, ms: number): string => roundedUp((parseDuration(duration) ?? 0) + ms);
