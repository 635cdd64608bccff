import { z } from 'zod';
import { domainSchema, normalName } from '../../world/index.ts';
import { matches, patternSchema, showPattern } from '../pattern.ts';
import { DEADLINE_MS } from '../run.ts';
import { check } from './check.ts';

export const policyFetched = check({
  name: 'policy fetched',
  schema: z.strictObject({
    domain: domainSchema.describe('outside domain whose MTA-STS policy it is'),
    answer: patternSchema.optional().describe('`200` and the mode, `404`, or why nothing was asked'),
    host: z.string().optional().describe('host that asked'),
    count: z.int().nonnegative().optional().describe('so many times; at least once unless told'),
  }),
  examples: [{ domain: 'enforcing.test', answer: '200 enforce', host: 'mx', count: 1 }],
  check: (value, path, context) => {
    if (value.host !== undefined) context.host([...path, 'host'], value.host);
  },
  look: async (value, context) => {
    const { tap } = context.run;
    await tap.caughtUp(DEADLINE_MS);
    const asked = tap.events.flatMap((event) => (event.type === 'policy' && event.party === normalName(value.domain) ? [event] : []));
    const fits = asked.filter((event) => (value.host === undefined || event.host === value.host) && (value.answer === undefined || matches(value.answer, event.answer)));
    if (value.count === undefined ? fits.length > 0 : fits.length === value.count) return undefined;
    const wanted = value.answer === undefined ? '' : ` with the answer ${showPattern(value.answer)}`;
    return [
      `the policy of ${value.domain} was fetched ${fits.length} times${wanted}, expected ${value.count ?? 'at least 1'}; its host was asked${asked.length === 0 ? ' nothing' : ':'}`,
      ...asked.slice(-10).map((event) => `    ${event.host ?? event.client} ${event.path}: ${event.answer}`),
    ].join('\n');
  },
});
