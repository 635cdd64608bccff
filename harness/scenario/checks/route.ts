import { z } from 'zod';
import { matchesAddress, patternSchema, showPattern } from '../pattern.ts';
import { check } from './check.ts';

const hosts = z.array(z.string()).min(1).describe('hosts and outside domains, in order');

export const route = check({
  name: 'route',
  schema: z.union([hosts, z.strictObject({ to: patternSchema, hosts })]),
  examples: [['mx', 'store'], { to: 'x@hosted.test', hosts: ['mx', 'hosted.test'] }],
  check: (value, path, context) => {
    const [list, at] = Array.isArray(value) ? [value, path] : [value.hosts, [...path, 'hosts']];
    list.forEach((name, index) => {
      context.end([...at, index], name);
    });
  },
  look: async (value, _context, fresh) => {
    const wanted = Array.isArray(value) ? value : value.hosts;
    const copies = fresh.filter((actual) => actual.kind === 'delivered' && (Array.isArray(value) || matchesAddress(value.to, actual.observed.to)));
    if (copies.length === 0) return `no copy was delivered${Array.isArray(value) ? '' : ` to ${showPattern(value.to)}`}, so there is no route to compare`;
    const wrong = copies.filter((actual) => actual.observed.route.join(' ') !== wanted.join(' '));
    return wrong.length === 0
      ? undefined
      : wrong.map((actual) => `the copy for ${actual.observed.to} went ${actual.observed.route.join(' -> ')}, expected ${wanted.join(' -> ')}`).join('\n');
  },
});
