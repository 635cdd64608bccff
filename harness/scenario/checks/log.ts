import { z } from 'zod';
import { matches, patternSchema, showPattern } from '../pattern.ts';
import { check } from './check.ts';

/** Log lines reach the harness within milliseconds; this guards against one that never comes. Real time. */
const LINE_DEADLINE_MS = 8000;

export const log = check({
  name: 'log',
  schema: z.strictObject({ host: z.string(), line: patternSchema }),
  examples: [{ host: 'mx', line: '*rejected RCPT*' }],
  check: (value, path, context) => {
    context.host([...path, 'host'], value.host);
  },
  look: async (value, context) => {
    const { tap } = context.run;
    const found = await tap.find((event) => event.type === 'log' && event.host === value.host && matches(value.line, event.line), LINE_DEADLINE_MS);
    if (found) return undefined;
    const lines = tap.events.flatMap((event) => (event.type === 'log' && event.host === value.host ? [`    ${event.line}`] : []));
    return [
      `no log line of ${value.host} in the time of this scenario is ${showPattern(value.line)}; ${lines.length === 0 ? 'there was none at all' : `its last ${Math.min(8, lines.length)} of ${lines.length}:`}`,
      ...lines.slice(-8),
    ].join('\n');
  },
});
