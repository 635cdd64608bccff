import type { Link } from './entry.ts';

export interface HostSpec {
  name: string;
  /** Names of parsers; none for hosts without mail logs. */
  software: readonly string[];
  addresses: string[];
  /** Host whose addresses the outside sees when this one connects to it. */
  gateway?: string;
}

const LOOPBACK = /^(?:127\.|::1$)/;

/** Addresses of the world's hosts. Anything else is outside. */
export class Places {
  readonly #byAddress = new Map<string, string>();
  readonly hosts: readonly HostSpec[];

  constructor(hosts: readonly HostSpec[]) {
    this.hosts = hosts;
    for (const host of hosts) for (const address of host.addresses) this.#byAddress.set(address.toLowerCase(), host.name);
  }

  /** A host without mail software keeps no message: what it is handed, another one takes through it (a balancer of connections). */
  passesOn(name: string): boolean {
    return this.hosts.some((host) => host.name === name && host.software.length === 0);
  }

  /** @param here the host whose log says so: loopback is that host */
  hostOf(address: string | undefined, here: string): string | undefined {
    if (address === undefined) return undefined;
    return LOOPBACK.test(address) ? here : this.#byAddress.get(address.toLowerCase());
  }

  /** Whether what came from an address came from this host, or may have come from it by its gateway. @param here as for `hostOf` */
  isFrom(address: string | undefined, here: string, host: string): boolean {
    const from = this.hostOf(address, here);
    return from === host || (from !== undefined && this.hosts.some((one) => one.name === host && one.gateway === from));
  }

  nameOf(next: { name?: string; address?: string }, here: string): string {
    return this.hostOf(next.address, here) ?? next.name ?? next.address ?? 'unknown';
  }
}

/** How final replies name the copy that the next hop made of a message. */
export const REPLY_SHAPES: readonly { name: string; pattern: RegExp; example: string }[] = [
  { name: 'exim', pattern: /^250[ -](?:2\.\d\.\d )?(?:.*\b)?OK id=(?<id>[\w-]+)/i, example: '250 OK id=1xUaN7-00000e-2e' },
  { name: 'lmtp-store', pattern: /^250 2\.\d\.\d <(?<user>[^>]*)> (?<session>[\w+/=:-]+) Saved/, example: '250 2.0.0 <alice@example.test> WbqSNcn6AGuhAAAA52Lw8g Saved' },
  { name: 'outside', pattern: /queued as (?<receipt>R\d+)\b/, example: '250 2.0.0 Ok: queued as R17' },
  { name: 'sendmail', pattern: /^250[ -]2\.\d\.\d (?<id>[0-9A-Za-z]{8}\d{6,}) Message accepted for delivery/, example: '250 2.0.0 6AUEsQ6L000235 Message accepted for delivery' },
  { name: 'opensmtpd', pattern: /^250[ -]2\.0\.0 (?<id>[0-9a-f]{8}) Message accepted for delivery/, example: '250 2.0.0 b8d7b9d0 Message accepted for delivery' },
  { name: 'postfix', pattern: /queued as (?<id>[\w]+)/, example: '250 2.0.0 Ok: queued as 4XbZ1z2R8mz3' },
];

/** The queue id in a final reply. */
export function replyQueueId(reply: string): string | undefined {
  for (const { pattern } of REPLY_SHAPES) {
    const groups = pattern.exec(reply)?.groups;
    if (groups) return groups.id ?? groups.receipt;
  }
  return undefined;
}

export function linkOf(event: { reply?: string; next?: { name?: string; address?: string } }, here: string, places: Places): Link {
  const host = places.hostOf(event.next?.address, here);
  // Postfix and Exim quote the reply as they got it; Exim's C= may hold the last line of many.
  const reply = event.reply ?? '';
  for (const { pattern } of REPLY_SHAPES) {
    const groups = pattern.exec(reply)?.groups;
    if (!groups) continue;
    if (groups.session !== undefined) return { kind: 'store', host: host ?? here, session: groups.session, user: groups.user ?? '' };
    if (groups.receipt !== undefined && host === undefined) return { kind: 'receipt', id: groups.receipt };
    const id = groups.id ?? groups.receipt;
    if (id !== undefined && host !== undefined) return { kind: 'custody', id: `${host}/${id}` };
  }
  return { kind: 'unknown', ...(host === undefined ? {} : { host }) };
}
