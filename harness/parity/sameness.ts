import { RULES } from './rules.ts';

/** What a host of one side is called. */
export interface HostName {
  name: string;
  fqdn: string;
}

/** What one run calls its own: the token that the harness made for it, and the names of its hosts. */
export interface Own {
  token?: string;
  hosts?: readonly HostName[];
}

/** One way in which two values may be written differently and still be the same. */
export interface Rule {
  name: string;
  /** `identical`: the difference is none (an identifier of this run). `equivalent`: a real difference without a different meaning; it is shown. */
  makes: 'identical' | 'equivalent';
  why: string;
  fields: RegExp;
  /** Kinds of message that it applies to; all unless told. */
  messages?: readonly string[];
  how:
    | /** Applied to both sides; they are the same when they come out the same. `undefined`: there was no such value. */ {
        normalise: (value: string | undefined, own: Own) => string | undefined;
      }
    | /** For what has no normal form, such as nearness. */ { same: (a: string | undefined, b: string | undefined) => boolean };
  /** Two values that it makes the same, and those that it must leave different from the first. */
  example: { field: string; a: string | undefined; b: string | undefined; different: readonly (string | undefined)[]; own?: readonly [Own, Own] };
}

export interface Sameness {
  class: 'identical' | 'equivalent' | 'different';
  rules: string[];
}

/** Lays two values of one field beside each other; rules are applied one after another, and only those are named that it takes. @param own what each value's run calls its own */
export function sameness(
  field: string,
  message: string | undefined,
  a: string | undefined,
  b: string | undefined,
  rules: readonly Rule[] = RULES,
  own: readonly [Own, Own] = [{}, {}],
): Sameness {
  if (a === b) return { class: 'identical', rules: [] };
  const fitting = rules.filter((rule) => rule.fields.test(field) && (rule.messages === undefined || rule.messages.includes(message ?? '')));
  let needed = whatMakesSame(fitting, a, b, own);
  if (needed === undefined) return { class: 'different', rules: [] };
  for (const rule of needed) {
    needed =
      whatMakesSame(
        needed.filter((other) => other !== rule),
        a,
        b,
        own,
      ) ?? needed;
  }
  return { class: needed.every(({ makes }) => makes === 'identical') ? 'identical' : 'equivalent', rules: needed.map(({ name }) => name) };
}

/** The rules that changed something until both were the same; undefined when they never are. */
function whatMakesSame(rules: readonly Rule[], a: string | undefined, b: string | undefined, [ownA, ownB]: readonly [Own, Own]): Rule[] | undefined {
  const used: Rule[] = [];
  let [left, right] = [a, b];
  for (const rule of rules) {
    if (left === right) break;
    if ('same' in rule.how) {
      if (!rule.how.same(left, right)) continue;
      right = left;
    } else {
      const next = [rule.how.normalise(left, ownA), rule.how.normalise(right, ownB)];
      if (next[0] === left && next[1] === right) continue;
      [left, right] = next;
    }
    used.push(rule);
  }
  return left === right ? used : undefined;
}
