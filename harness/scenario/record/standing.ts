import type { DoneStep } from '../by-hand/journal.ts';

/** What a step changes, and whether it takes back what an earlier one changed there. */
function subjects({ verb, value }: DoneStep): { key: string; takesBack: boolean }[] {
  switch (verb) {
    case 'cut':
    case 'slow':
    case 'heal': {
      const ends = Array.isArray(value) ? value : Object(value).between;
      return [{ key: `link ${[...ends].sort().join(' ')}`, takesBack: verb === 'heal' }];
    }
    case 'stop':
    case 'kill':
    case 'pause':
    case 'start':
    case 'restart':
      return [value].flat().map((target) => ({ key: `host ${target}`, takesBack: verb === 'start' || verb === 'restart' }));
    case 'outside':
      return Object.keys(Object(value)).map((domain) => ({ key: `outside ${domain}`, takesBack: false }));
    case 'clock':
      return typeof value === 'object' ? [{ key: `clock of ${Object(value).host}`, takesBack: false }] : [];
    default:
      return [];
  }
}

/** Of these steps those whose change still stands after the last of them; what they sent is left behind. */
export function stillStanding(steps: readonly DoneStep[]): DoneStep[] {
  const by = new Map<string, DoneStep>();
  for (const step of steps) {
    if (step.trouble !== undefined) continue;
    for (const { key, takesBack } of subjects(step)) {
      // A host brings its services with it.
      if (takesBack) for (const known of by.keys()) if (known === key || known.startsWith(`${key}/`)) by.delete(known);
      if (!takesBack) by.set(key, step);
    }
  }
  return [...new Set(by.values())].sort((a, b) => a.number - b.number);
}
