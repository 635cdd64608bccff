import { MailproofError } from '../../base/index.ts';
import type { HubClient } from '../../internet/index.ts';
import { type HostModel, joinedManifest, type WorldModel } from '../../world/index.ts';
import { clientAddress, heloOf, serverAddress } from '../server-address.ts';
import { offerAsClient } from './client-probe.ts';
import { dovecotRoutes } from './dovecot-routes.ts';
import { eximRoutes } from './exim-routes.ts';
import { offerFromHost } from './host-probe.ts';
import type { AddressRoute, Answer, AskedHost, Next, RouteReader, RouteRow } from './model.ts';
import { findHost } from './next-host.ts';
import { postfixRoutes } from './postfix-routes.ts';
import { sendmailRoutes } from './sendmail-routes.ts';

/** One line per software; the name is that of `software:` in image.yaml. */
export const ROUTE_READERS: readonly RouteReader[] = [eximRoutes, postfixRoutes, sendmailRoutes, dovecotRoutes];

/** An address that is asked for, and who would write to it. */
export interface AskedAddress {
  address: string;
  /** Envelope sender, `<>` for the null reverse-path. */
  from: string;
  /** The world's first client unless told. */
  client?: string;
  /** Host or address that the client offers it to; the world's entrance unless told. */
  server?: string;
}

/** Asks the hosts of one running world where mail goes. */
export class Routes {
  readonly #world: { model: WorldModel; hub: HubClient };
  readonly #hosts = new Map<string, AskedHost>();

  constructor(world: { model: WorldModel; hub: HubClient }) {
    this.#world = world;
  }

  /**
   * What would happen to mail to an address, host by host: whether each host takes the recipient when it is offered (RFC 5321 section 3.3,
   * up to RCPT TO, nothing is sent), and where its own tools say that it goes. Hosts outside of the world are named and not asked.
   * @throws MailproofError NOT_FOUND, COMMAND_FAILED with what a host answered, DEADLINE for a silent server
   */
  async of(asked: AskedAddress): Promise<AddressRoute> {
    const { model, hub } = this.#world;
    const from = asked.from === '<>' ? '' : asked.from;
    const server = serverAddress(model, asked.server ?? model.entrance, asked.client);
    const client = clientAddress({ model, token: 'desk' }, asked.client, server.address);
    const answer = await offerAsClient(hub, { server, client, helo: heloOf(model, client), from, recipient: asked.address });
    const follower = new Follower(model, (host) => this.#asked(host), from);
    await follower.visit(server.host, asked.address, answer);
    return { address: asked.address, from: asked.from, client, rows: follower.rows };
  }

  #asked(host: string): AskedHost {
    const known = this.#hosts.get(host) ?? askedHost(this.#world.hub, host);
    this.#hosts.set(host, known);
    return known;
  }
}

class Follower {
  readonly rows: RouteRow[] = [];
  readonly #model: WorldModel;
  readonly #asked: (host: string) => AskedHost;
  readonly #from: string;
  readonly #seen = new Set<string>();

  constructor(model: WorldModel, asked: (host: string) => AskedHost, from: string) {
    this.#model = model;
    this.#asked = asked;
    this.#from = from;
  }

  async visit(host: HostModel, recipient: string, answer: Answer): Promise<void> {
    const end = (next: Next): void => void this.rows.push({ host: host.name, recipient, answer, next });
    if (!answer.taken) return end({ kind: 'end' });
    const key = `${host.name} ${recipient.toLowerCase()}`;
    if (this.#seen.has(key)) return end({ kind: 'undeliverable', text: 'it has been here before: a loop, or the same copy' });
    this.#seen.add(key);
    const asked = this.#asked(host.name);
    const readers = joinedManifest(host).software.flatMap((name) => ROUTE_READERS.find((reader) => reader.software === name) ?? []);
    const [first, ...others] = readers;
    if (first === undefined) return end({ kind: 'end' });
    const treatments = await first.treat(asked, recipient, this.#from);
    for (const [index, treatment] of treatments.entries()) {
      this.rows.push({ host: host.name, ...treatment, ...(index === 0 ? { answer } : {}) });
      const { next } = treatment;
      if (next.kind === 'hosts') await this.#handOn(host, asked, treatment.recipient, next);
      // What a mail server keeps on its own host may lie in the store that runs there, too.
      if (next.kind === 'local') for (const reader of others) await this.#alsoAsk(reader, host, asked, treatment.recipient);
    }
  }

  async #alsoAsk(reader: RouteReader, host: HostModel, asked: AskedHost, recipient: string): Promise<void> {
    for (const treatment of await reader.treat(asked, recipient, this.#from)) if (treatment.next.kind === 'mailbox') this.rows.push({ host: host.name, ...treatment });
  }

  /** As a sender does: the next machine in order when one cannot be reached. */
  async #handOn(host: HostModel, asked: AskedHost, recipient: string, { hosts }: Extract<Next, { kind: 'hosts' }>): Promise<void> {
    for (const machine of hosts) {
      const found = await findHost(this.#model, asked, machine);
      if (found.host === undefined) return;
      const answer = await offerFromHost(asked, host.fqdn, found.machine, this.#from, recipient);
      await this.visit(found.host, recipient, answer);
      if (answer.code !== 0) return;
    }
  }
}

function askedHost(hub: HubClient, name: string): AskedHost {
  const remembered = new Map<string, Promise<string>>();
  const run = async (script: string): Promise<string> => {
    const { status, output } = await hub.exec({ host: name, script });
    if (status !== 0)
      throw new MailproofError('COMMAND_FAILED', `${name} could not be asked: status ${status}, ${output.trim().slice(-500)}\n  ${script.trim().split('\n', 1)[0]}`, {
        hint: 'does the server run, and accept its configuration? `mailproof ps` shows the hosts',
      });
    return output;
  };
  return {
    name,
    run,
    recall: (script) => {
      const known = remembered.get(script) ?? run(script);
      remembered.set(script, known);
      return known;
    },
    exchangers: async (domain) => {
      const route = await hub.exchangers(domain);
      if (route.result !== 'found') return { kind: route.result === 'never' ? 'undeliverable' : 'deferred', text: route.text };
      const machines = route.exchangers.flatMap(({ name: exchanger, addresses }) =>
        addresses.map((address) => ({ name: exchanger, address, port: 25, protocol: 'smtp' as const })),
      );
      return { kind: 'hosts', hosts: machines };
    },
  };
}
