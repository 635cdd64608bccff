import { z } from 'zod';
import { domainSchema, normalName, outsidePartySchema, toOutsideParty } from '../../world/index.ts';
import { verb } from './verb.ts';

export const outside = verb({
  name: 'outside',
  description: 'how an outside domain behaves from now on; one that the world file does not name is made',
  schema: z.record(domainSchema, outsidePartySchema),
  examples: [{ 'busy.test': { behaves: [{ reply: '451 4.3.0 try later', at: 'rcpt', times: 2 }] }, 'null.test': { mx: 'null' } }],
  given: true,
  // The hub lets one owner at a time change a domain; one of the world file may be in use by other scenarios.
  changes: (value, model) => Object.keys(value).some((domain) => model.outside.some((party) => party.domain === normalName(domain))),
  summary: (value) => `outside ${Object.keys(value).join(', ')}`,
  check: (value, context) => {
    for (const domain of Object.keys(value)) {
      const host = context.model.hosts.find((one) => one.fqdn === normalName(domain));
      if (host) context.problem([domain], 'domain-is-host', `${domain} is the name of host ${host.name}, which is not outside`);
      context.madeDomain(domain);
    }
  },
  run: async (value, context) => {
    const { hub, owner, outsideDomains } = context.run;
    for (const [domain, yaml] of Object.entries(value)) {
      const party = toOutsideParty(domain, yaml);
      context.undo(`outside ${party.domain}`, () => hub.removeOutside(party.domain, owner));
      outsideDomains.add(party.domain);
      await hub.outside({ party, owner });
    }
  },
});
