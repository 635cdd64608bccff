import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Path } from '../../base/index.ts';
import { domainSchema, type HostModel, obstacles, variantsOf, type WorldModel } from '../../world/index.ts';
import type { CheckContext } from '../check-context.ts';
import { forgetMailboxes } from '../imap-pool.ts';
import { lostParties, moveHost, moveNames, moveParties, putAway } from '../migration.ts';

import { verb } from './verb.ts';

const schema = z.union([
  z.string(),
  z.strictObject({
    to: z.string().describe('a variant of this world'),
    hosts: z.array(z.string()).min(1).optional().describe('only these hosts, in this order'),
    dns: z
      .union([z.literal(true), z.array(domainSchema).min(1)])
      .optional()
      .describe('only the names of the world and its outside parties; a list: only these names'),
    then: z
      .enum(['reload', 'restart'])
      .optional()
      .describe("what the hosts' services do after it: reload unless told. A service that cannot reload is restarted, and all are when a host asks another resolver"),
  }),
]);
type Migrate = z.infer<typeof schema>;

/** What is moved where; everything when neither hosts nor names are told. */
function wanted(value: Migrate): { to: string; hosts: string[] | undefined; dns: true | string[] | undefined; then: 'reload' | 'restart' | undefined; path: Path } {
  if (typeof value === 'string') return { to: value, hosts: undefined, dns: undefined, then: undefined, path: [] };
  const { to, hosts, dns, then } = value;
  return { to, hosts: hosts ?? (dns === undefined ? undefined : []), dns, then, path: ['to'] };
}

export const migrate = verb({
  name: 'migrate',
  description: 'makes of the running world what another of its variants says: files, certificates and services of hosts, names; all of it, or a part',
  schema,
  examples: ['postfix', { to: 'postfix', hosts: ['mx', 'store'] }, { to: 'postfix', hosts: ['mx'], then: 'restart' }, { to: 'postfix', dns: true }],
  given: true,
  changes: () => true,
  effort: () => 5,
  summary: (value) => {
    const { to, hosts = [], dns } = wanted(value);
    const part = [...hosts, ...(dns === undefined ? [] : dns === true ? ['dns'] : dns)].join(', ');
    return `migrate to ${to}${part === '' ? '' : `: ${part}`}`;
  },
  check: (value, context) => {
    const { to, hosts, dns, path } = wanted(value);
    if (!context.known(path, 'variant', to, context.model.variants)) return;
    const target = modelOf(context.model, to);
    if (target === undefined) return;
    if (hosts === undefined) checkAll(target, path, context);
    else hosts.forEach((name, index) => void checkHost(name, target, ['hosts', index], context));
    const lost = hosts === undefined || dns === true ? lostParties(context.model, target) : [];
    if (lost.length > 0) cannot(path, `outside domains that are not in ${to} cannot go while the world runs: ${lost.join(', ')}`, 'leave them in the world file', context);
  },
  run: async (value, context) => {
    const { to, hosts, dns, then, path } = wanted(value);
    const { run } = context;
    const target = modelOf(run.model, to) ?? context.fail(path, `no variant "${to}" in this world`);
    const has = (name: string): boolean => target.hosts.some((host) => host.name === name);
    const moved = hosts ?? run.model.hosts.map((host) => host.name);
    forgetMailboxes(run.world);
    // One after the other, as a careful person does: no pair of servers reads its configuration at the same moment.
    for (const name of moved.filter(has)) await moveHost({ name, target, then }, context);
    if (hosts === undefined || dns !== undefined) {
      const names = Array.isArray(dns) ? dns : undefined;
      await moveParties(target, names, context);
      await moveNames(target, names, context);
    }
    for (const name of moved.filter((one) => !has(one))) await putAway(name, context);
  },
});

const modelOf = (model: WorldModel, variant: string): WorldModel | undefined => variantsOf(model).find((one) => one.variant === variant);

function cannot(path: Path, message: string, hint: string, context: CheckContext): void {
  context.problem(path, 'cannot-migrate', message, { hint });
}

function checkAll(target: WorldModel, path: Path, context: CheckContext): void {
  if (!isDeepStrictEqual(target.nameservers, context.model.nameservers))
    cannot(path, `the nameservers of ${target.variant} are others, which cannot be while the world runs`, 'let both variants say the same', context);
  for (const { name } of [...context.model.hosts, ...target.hosts.filter((host) => hostOf(context.model, host.name) === undefined)]) checkHost(name, target, path, context);
}

function checkHost(name: string, target: WorldModel, path: Path, context: CheckContext): void {
  const [from, to] = [hostOf(context.model, name), hostOf(target, name)];
  if (from === undefined && to !== undefined) {
    cannot(path, `host ${name} is only in ${target.variant}`, `let ${context.model.variant} have it too, with \`services: []\` where nothing is to run on it yet`, context);
    return;
  }
  if (!context.host(path, name) || from === undefined || to === undefined) return;
  const found = obstacles(from, to);
  if (found.length > 0)
    cannot(path, `host ${name} cannot become what it is in ${target.variant} while the world runs: ${found.join('; ')}`, 'let both variants say the same', context);
}

const hostOf = (model: WorldModel, name: string): HostModel | undefined => model.hosts.find((host) => host.name === name);
