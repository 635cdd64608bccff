import { z } from 'zod';
import { matches, patternSchema, showPattern } from '../pattern.ts';
import { DEADLINE_MS } from '../run.ts';
import { check } from './check.ts';

export const lookedUp = check({
  name: 'looked up',
  schema: z.strictObject({ name: patternSchema, type: patternSchema.optional(), answer: patternSchema.optional(), host: z.string().optional().describe('host that asked') }),
  examples: [{ name: '66.100.51.198.bl.test', type: 'A', answer: '127.0.0.2', host: 'mx' }],
  check: (value, path, context) => {
    if (value.host !== undefined) context.host([...path, 'host'], value.host);
  },
  look: async (value, context) => {
    const { tap } = context.run;
    await tap.caughtUp(DEADLINE_MS);
    const asked = tap.events.flatMap((event) => (event.type === 'dns' && (value.host === undefined || event.host === value.host) ? [event] : []));
    const fits = asked.some(
      (event) =>
        matches(value.name, event.name) && (value.type === undefined || matches(value.type, event.qtype)) && (value.answer === undefined || matches(value.answer, event.answer)),
    );
    if (fits) return undefined;
    const near = asked.filter((event) => matches(value.name, event.name));
    const shown = [...new Set((near.length > 0 ? near : asked).map((event) => `    ${event.host ?? event.client} asked ${event.name} ${event.qtype}: ${event.answer}`))].slice(-10);
    return [
      `${showPattern(value.name)}${value.type === undefined ? '' : ` ${showPattern(value.type)}`} was not looked up${value.answer === undefined ? '' : ` with the answer ${showPattern(value.answer)}`}${shown.length === 0 ? '; nothing was asked at all' : '; what was asked:'}`,
      ...shown,
    ].join('\n');
  },
});
