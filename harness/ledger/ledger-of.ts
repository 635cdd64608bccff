import { joinedManifest, type WorldModel } from '../world/index.ts';
import { Ledger } from './ledger.ts';

/**
 * An empty ledger of one world: it knows which software each host runs, and which outside domains take mail.
 * @throws InputError, MailproofError NOT_FOUND when an image has no good manifest
 */
export function ledgerOf(model: WorldModel): Ledger {
  return new Ledger({
    hosts: model.hosts.map((host) => ({
      name: host.name,
      software: joinedManifest(host).software,
      addresses: host.addresses,
      ...(host.gateway === undefined ? {} : { gateway: host.gateway }),
    })),
    parties: model.outside.map((party) => party.domain),
    ...(model.accounts?.mailboxes === undefined ? {} : { mailboxes: model.accounts.mailboxes }),
  });
}
