import type { WorldEventOf } from '../../internet/index.ts';
import { VERBS } from '../../scenario/index.ts';
import type { Deed } from '../wire.ts';

/** A step of the world's journal as the page lists it. */
export function deedOf({ at, step }: WorldEventOf<'step'>, n: number): Deed {
  const { verb, value, command, trouble, remark } = step;
  const text = verb === undefined ? withoutPassword(command ?? '') : summaryOf(verb, value);
  return {
    n,
    at,
    text: remark === undefined ? text : `${text} (${remark})`,
    ...(command === undefined ? {} : { command: withoutPassword(command) }),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/** No password reaches the page, also none that somebody gave on the command line. */
const withoutPassword = (command: string): string => command.replace(/ --password (?:'[^']*'|\S+)+/g, " --password '***'");

/** In the words of the verb; what another version of mailproof noted may be no value of it. */
function summaryOf(verb: string, value: unknown): string {
  try {
    const summary = VERBS.find(({ name }) => name === verb)
      ?.bind(value)
      .summary();
    if (summary !== undefined) return summary;
  } catch {
    // It is told as it is.
  }
  return `${verb}: ${JSON.stringify(value)}`;
}

/** The subject that a step gave its message. */
export function subjectOf(value: unknown): string | undefined {
  const message = typeof value === 'object' && value !== null && 'message' in value ? value.message : undefined;
  return typeof message === 'object' && message !== null && 'subject' in message && typeof message.subject === 'string' ? message.subject : undefined;
}
