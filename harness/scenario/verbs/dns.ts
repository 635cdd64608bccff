import { z } from 'zod';
import type { DnsRequest } from '../../internet/index.ts';
import { dnsChangeSchema, domainSchema, normalName, toDnsChange } from '../../world/index.ts';
import { changeNames } from '../names.ts';
import type { StepContext } from '../run.ts';
import { verb } from './verb.ts';

export const dns = verb({
  name: 'dns',
  description: 'what names answer from now on, all types of each',
  schema: z.record(domainSchema, dnsChangeSchema),
  examples: [
    { 'luteijn.test': { TXT: 'v=spf1 ip4:198.51.100.9 -all' }, 'gone.example.test': 'nxdomain', 'x.test': { fault: 'servfail', times: 2 } },
    { 'luteijn.test': 'restore' },
  ],
  given: true,
  changes: (value, model) =>
    Object.keys(value).some((name) =>
      belongsToWorld(
        normalName(name),
        model.dns.map((record) => record.name),
        [...model.outside.map((party) => party.domain), ...model.hosts.map((host) => host.fqdn)],
      ),
    ),
  summary: (value) => `dns ${Object.keys(value).join(', ')}`,
  check: () => {},
  run: async (value, context) => {
    const names = Object.entries(value).map(([name, yaml]) => (yaml === 'restore' ? before(name, context) : toDnsChange(name, yaml)));
    await changeNames(names, context);
  },
});

/** The world's other scenarios ask for these names too. */
function belongsToWorld(name: string, records: readonly string[], owners: readonly string[]): boolean {
  return records.includes(name) || owners.some((owner) => name === owner || name.endsWith(`.${owner}`));
}

function before(name: string, context: StepContext): DnsRequest['names'][number] {
  const known = context.run.dnsBefore.get(normalName(name));
  return known ?? context.fail([name], `"${name}" was not changed by this scenario, so there is nothing to restore`);
}
