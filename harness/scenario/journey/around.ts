import type { WorldEvent, WorldEventOf } from '../../internet/index.ts';
import type { Trace } from '../../ledger/index.ts';
import type { World, WorldModel } from '../../world/index.ts';
import type { MailboxAccess } from '../run.ts';

/** Questions are asked a little before and after the lines that they belong to; milliseconds. */
export const AROUND_MS = 1000;
/** Addresses of mailbox readers come of this. */
const READER = 'desk';

/** A name that a host asked for. */
export type HostQuestion = WorldEventOf<'dns'> & { host: string };

/** Whether a question was asked by a host of this way while it had the message. */
export function questionsAround({ hops }: Trace): (event: WorldEvent) => event is HostQuestion {
  const times = hops.flatMap((hop) => [hop.at, ...hop.lines.map(({ at }) => at)]);
  const hosts = new Set(hops.map(({ host }) => host));
  const [from, to] = [Math.min(...times) - AROUND_MS, Math.max(...times) + AROUND_MS];
  return (event): event is HostQuestion => event.type === 'dns' && event.host !== undefined && hosts.has(event.host) && event.at >= from && event.at <= to;
}

/** What reads mailboxes of a running world, for who looks and runs no scenario. */
export const deskAccess = (world: World): MailboxAccess => ({ world, model: world.model, users: world.model.accounts?.users ?? {}, token: READER });

/** Hosts by the names that they call themselves. */
export const hostsByName = ({ hosts }: WorldModel): Map<string, string> => new Map(hosts.map(({ name, fqdn }) => [fqdn.toLowerCase(), name]));
