import type { End } from './end.ts';

/** One recipient of one message, there and here. */
export interface ComparedRecipient {
  recipient: string;
  production: End[];
  here: End[];
  verdict: 'same' | 'differs' | 'not compared';
  /** What differs, or why it was not compared. */
  why?: string;
}

export interface Sides {
  /** As they are called here. */
  production: readonly End[];
  here: readonly End[];
}

/** @param isKnown whether a name of a next hop means a host of this world */
export function compareEnds({ production, here }: Sides, isKnown: (name: string) => boolean): ComparedRecipient[] {
  const recipients = new Map<string, string>();
  for (const { original } of [...production, ...here]) recipients.set(original.toLowerCase(), recipients.get(original.toLowerCase()) ?? original);
  return [...recipients].map(([key, recipient]) => {
    const of = (ends: readonly End[]): End[] => ends.filter(({ original }) => original.toLowerCase() === key);
    const sides = { production: of(production), here: of(here) };
    return { recipient, ...sides, ...verdictOf(sides.production, sides.here, isKnown) };
  });
}

function verdictOf(production: End[], here: End[], isKnown: (name: string) => boolean): Pick<ComparedRecipient, 'verdict' | 'why'> {
  if (production.some(({ is }) => is === 'not ended')) return { verdict: 'not compared', why: 'the log ends before it did' };
  const missing = [...here];
  const lost: End[] = [];
  for (const end of production) {
    const index = missing.findIndex((other) => isSame(end, other, isKnown));
    if (index === -1) lost.push(end);
    else missing.splice(index, 1);
  }
  if (lost.length === 0 && missing.length === 0) return { verdict: 'same' };
  return { verdict: 'differs', why: [...lost.map((end) => `in production ${shortEnd(end)}`), ...missing.map((end) => `here ${shortEnd(end)}`)].join('; ') };
}

function isSame(production: End, here: End, isKnown: (name: string) => boolean): boolean {
  if (production.is !== here.is || production.address.toLowerCase() !== here.address.toLowerCase()) return false;
  if (production.is === 'refused') return production.permanent === here.permanent;
  if (production.is !== 'delivered') return true;
  // Kept on the host, or handed on; and to whom, where the name means a host of this world on both sides.
  if ((production.next === undefined) !== (here.next === undefined)) return false;
  return production.next === undefined || here.next === undefined || !(isKnown(production.next) && isKnown(here.next)) || production.next === here.next;
}

/** What became of it, without the words of the log. */
export function shortEnd({ is, address, original, next, stage, permanent }: End): string {
  const whom = address.toLowerCase() === original.toLowerCase() ? '' : ` for ${address}`;
  if (is === 'refused') return `refused${permanent === false ? ' for now' : ''}${stage === undefined ? '' : ` at ${stage}`}`;
  if (is !== 'delivered') return `${is}${whom}`;
  return next === undefined ? `kept there${whom}` : `handed to ${next}${whom}`;
}
