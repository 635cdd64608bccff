import { align, type Three } from './align.ts';
import type { Thing } from './facts.ts';
import type { Comparison } from './model.ts';
import { type Own, type Rule, sameness } from './sameness.ts';

/** How the values of three runs are compared: the rules, and what each run calls its own. */
export interface Scale {
  rules: readonly Rule[];
  own: Three<Own>;
}

/** Lays what the reference, its second run and the candidate brought about beside one another, and says of each field what it is. */
export function compareThings([a, b, c]: Three<readonly Thing[]>, scale: Scale): Comparison[] {
  const groups = [a, b, c].map((list) => Map.groupBy(list, ({ subject }) => subject));
  const subjects = new Set([a, b, c].flatMap((list) => list.map(({ subject }) => subject)));
  const like = likeness(scale);
  return [...subjects].flatMap((subject) => {
    const rows = align([groups[0]?.get(subject) ?? [], groups[1]?.get(subject) ?? [], groups[2]?.get(subject) ?? []], like);
    return rows.flatMap((row, index) => compareRow(index === 0 ? subject : `${subject} (${index + 1})`, row, scale));
  });
}

/** What tells one copy from another comes first. */
const WEIGHTS: ReadonlyMap<string, number> = new Map([
  ['header message-id', 16],
  ['recipient', 8],
  ['dsn recipient', 8],
  ['end', 4],
  ['place', 4],
  ['envelope from', 2],
]);

/** Copies end in any order; the likeliest ones stand beside one another. Replies come in order. */
function likeness({ rules }: Scale): (one: Thing, other: Thing) => number {
  return (one, other) => {
    if (one.kind === 'reply') return 0;
    let sum = 0;
    for (const [field, [value]] of one.fields) {
      const [against] = other.fields.get(field) ?? [];
      if (value === against || (WEIGHTS.has(field) && sameness(field, one.message, value, against, rules, [one.own, other.own]).class !== 'different'))
        sum += WEIGHTS.get(field) ?? 1;
    }
    return sum;
  };
}

function compareRow(subject: string, row: Three<Thing | undefined>, scale: Scale): Comparison[] {
  const [a, b, c] = row;
  if (a === undefined || b === undefined || c === undefined) return [presence(subject, row, scale)];
  const ends = [a, b, c].map((side) => side.fields.get('end')?.[0]);
  const found = compareFields(subject, [a, b, c], new Set(ends).size === 1, scale);
  // What each end was says more than its word.
  return found.map((one) => (one.field === 'end' && one.class === 'different' ? { ...one, note: `${describe(a)} -> ${describe(c)}` } : one));
}

function compareFields(subject: string, [a, b, c]: Three<Thing>, alike: boolean, scale: Scale): Comparison[] {
  const fields = [...new Set([...a.fields.keys(), ...b.fields.keys(), ...c.fields.keys()])]
    // Of two ends of different kinds (delivered, refused) only what both can have is compared: that the one lacks the rest follows.
    .filter((field) => alike || [a, b, c].every((side) => side.fields.has(field)));
  return fields.flatMap((field) => {
    const valuesOf = (thing: Thing): { value: string; own: Own }[] => (thing.fields.get(field) ?? []).map((value) => ({ value, own: thing.own }));
    const rows = align([valuesOf(a), valuesOf(b), valuesOf(c)], (one, other) =>
      sameness(field, a.message, one.value, other.value, scale.rules, [one.own, other.own]).class === 'different' ? 0 : 1,
    );
    const unknown = a.indeterminate || b.indeterminate || c.indeterminate;
    return rows.map(([one, again, other], nth) => classify({ subject, field, nth, message: a.message, unknown }, [one?.value, again?.value, other?.value], scale));
  });
}

/** A reply or a copy that one side lacks is one difference, not one for each of its fields. */
function presence(subject: string, row: Three<Thing | undefined>, scale: Scale): Comparison {
  const [a, b, c] = row;
  const word = (side: Thing | undefined): string => (side === undefined ? 'absent' : 'there');
  const unknown = [a, b, c].some((side) => side?.indeterminate === true);
  const found = classify({ subject, field: 'presence', message: undefined, unknown }, [word(a), word(b), word(c)], scale);
  const one = a ?? c ?? b;
  return one === undefined || found.note !== undefined ? found : { ...found, note: describe(one) };
}

/** `delivered to alice@example.test at store:alice/INBOX`, `550 5.1.1 no such user`. */
function describe({ kind, fields }: Thing): string {
  const of = (field: string): string | undefined => fields.get(field)?.[0];
  if (kind === 'reply') return [of('code'), of('enhanced'), of('text')?.replace(/\n/g, ' / ')].filter((part) => part !== undefined && part !== '').join(' ');
  const about = of('dsn recipient');
  const words = [of('code'), of('enhanced'), of('text') ?? of('reason')].filter((part) => part !== undefined);
  const why = words.length === 0 ? [] : [`(${words.join(' ')})`];
  return [of('end'), 'to', of('recipient'), 'at', of('place'), ...why, ...(about === undefined ? [] : [`(${of('dsn action')} ${of('dsn status')} for ${about})`])].join(' ');
}

/** What three values of one field are. @param at.nth the how-manyeth of its name, from 0 */
export function classify(
  { subject, field, nth = 0, message, unknown }: { subject: string; field: string; nth?: number; message: string | undefined; unknown: boolean },
  [a, b, c]: Three<string | undefined>,
  { rules, own: [ownA, ownB, ownC] }: Scale,
): Comparison {
  const itself = sameness(field, message, a, b, rules, [ownA, ownB]);
  const cross = sameness(field, message, a, c, rules, [ownA, ownC]);
  const base = { subject, field: nth === 0 ? field : `${field} (${nth + 1})`, reference: a, candidate: c };
  if (itself.class === 'different') {
    const fits = cross.class !== 'different' || sameness(field, message, b, c, rules, [ownB, ownC]).class !== 'different';
    return {
      ...base,
      class: 'indeterminate',
      rules: [],
      noise: { second: b },
      note: fits
        ? 'noise: the reference itself varies, and the candidate is as one of its runs'
        : 'noise: the reference itself varies, and the candidate differs from both of its runs',
    };
  }
  if (cross.class === 'different' && unknown) return { ...base, class: 'indeterminate', rules: [], note: 'the outcome itself cannot be known: a final reply was lost' };
  return { ...base, class: cross.class, rules: cross.rules };
}
