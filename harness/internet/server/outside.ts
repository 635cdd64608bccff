import type { DnsRecord, OutsideParty, OutsideRequest } from '../protocol.ts';
import { type AddressPool, canonicalAddress, reverseName } from './addresses.ts';
import { canonicalName, type Zone } from './dns/zone.ts';
import type { OutsideListener } from './listener.ts';
import { type CompletePolicy, policyRecords } from './policies/policy.ts';
import { PolicyHost } from './policies/policy-host.ts';
import { Problem } from './problem.ts';
import { type Reaction, reactionOf } from './receivers/behaviours/index.ts';
import { Receiver, type ReceiverWorld } from './receivers/receiver.ts';

/** A party with its exchangers and its policy told. */
type Complete = Omit<OutsideParty, 'mtaSts'> & Required<Pick<OutsideParty, 'exchangers'>> & { mtaSts?: CompletePolicy };

/** Where parties are reached. */
export interface Listeners {
  smtp: OutsideListener;
  https: OutsideListener;
}

interface Standing {
  party: Complete;
  /** As the world file has it; absent for one that a scenario brought. */
  original?: Complete;
  owner?: string;
  receivers: Receiver[];
}

/** Which outside addresses the wire treats in a way of their own. */
export interface OutsideAddresses {
  smtp: string[];
  silent: string[];
  refusing: string[];
  /** Policy hosts that answer, and those that do not. */
  https: string[];
  httpsDown: string[];
}

/** All outside parties: their exchangers, records and receivers. */
export class Outside {
  readonly #standing = new Map<string, Standing>();
  readonly #pool: AddressPool;
  readonly #zone: Zone;
  readonly #listeners: Listeners;
  readonly #world: ReceiverWorld;

  constructor(pool: AddressPool, zone: Zone, listeners: Listeners, world: ReceiverWorld) {
    this.#pool = pool;
    this.#zone = zone;
    this.#listeners = listeners;
    this.#world = world;
  }

  /** A party of the world file. */
  found(party: OutsideParty): void {
    const domain = canonicalName(party.domain);
    const complete = this.#complete({ ...party, domain });
    this.#stand({ party: complete, original: complete, receivers: [] });
  }

  /** Sets a party; answers what it was, null for one that was not there. @throws Problem 409 for another owner's */
  set({ party, owner }: OutsideRequest): OutsideParty | null {
    const domain = canonicalName(party.domain);
    const before = this.#standing.get(domain);
    this.#checkOwner(domain, before, owner);
    // Exchangers that are not told stay as they are: undo and further changes find the same addresses.
    const complete = this.#complete(
      { ...party, domain, ...(party.exchangers === undefined && before ? { exchangers: before.party.exchangers } : {}) },
      before?.party.mtaSts?.addresses,
    );
    const restored = before?.original !== undefined && JSON.stringify(complete) === JSON.stringify(before.original);
    this.#stand({ party: complete, receivers: [], ...(before?.original ? { original: before.original } : {}), ...(restored ? {} : { owner }) }, before);
    return before?.party ?? null;
  }

  /** Takes away what scenarios did to a party: it becomes what the world file has, or nothing. */
  remove(name: string, owner: string): void {
    const domain = canonicalName(name);
    const standing = this.#standing.get(domain);
    if (standing === undefined) return;
    this.#checkOwner(domain, standing, owner);
    if (standing.original) {
      this.#stand({ party: standing.original, original: standing.original, receivers: [] }, standing);
      return;
    }
    this.#dismiss(standing);
    this.#standing.delete(domain);
    this.#zone.removeSource(`party ${domain}`);
  }

  /** How a domain is now. */
  stateOf(name: string): { domain: string; is: 'declared' | 'changed' | 'gone' } & Pick<Complete, 'behaviours' | 'exchangers'> {
    const domain = canonicalName(name);
    const standing = this.#standing.get(domain);
    if (standing === undefined) return { domain, is: 'gone', behaviours: [], exchangers: [] };
    const { behaviours, exchangers } = standing.party;
    return { domain, is: standing.owner === undefined ? 'declared' : 'changed', behaviours, exchangers };
  }

  addressesOf(name: string): string[] | undefined {
    const party = this.#standing.get(canonicalName(name))?.party;
    return party && [...party.exchangers.flatMap((exchanger) => exchanger.addresses), ...(party.mtaSts?.addresses ?? [])];
  }

  addresses(): OutsideAddresses {
    const all = [...this.#standing.values()].flatMap(({ party }) => party.exchangers);
    const of = (answers: 'smtp' | 'nothing' | 'refuses'): string[] => [
      ...new Set(all.filter((exchanger) => exchanger.answers === answers).flatMap((exchanger) => exchanger.addresses.map(canonicalAddress))),
    ];
    const policies = [...this.#standing.values()].flatMap(({ party }) => party.mtaSts ?? []);
    const hosts = (down: boolean): string[] => policies.filter((policy) => (policy.host === 'down') === down).flatMap((policy) => policy.addresses);
    return { smtp: of('smtp'), silent: of('nothing'), refusing: of('refuses'), https: hosts(false), httpsDown: hosts(true) };
  }

  forgetClient(address: string): void {
    for (const { receivers } of this.#standing.values()) for (const receiver of receivers) receiver.forget(address);
  }

  #checkOwner(domain: string, standing: Standing | undefined, owner: string): void {
    if (standing?.owner !== undefined && standing.owner !== owner)
      throw new Problem(
        409,
        'owned',
        `the outside domain ${domain} is being changed by ${standing.owner}, not by ${owner}`,
        'use a domain of its own for each scenario, or let one run alone',
      );
  }

  /** @param policyAddresses those that the policy host has already */
  #complete({ mtaSts, ...party }: OutsideParty, policyAddresses?: string[]): Complete {
    const told = party.exchangers ?? [{ name: `mx.${party.domain}`, addresses: this.#pool.next(), preference: 10, answers: 'smtp' as const }];
    const exchangers = told.map((exchanger) => ({ ...exchanger, name: canonicalName(exchanger.name), addresses: exchanger.addresses.map(canonicalAddress) }));
    if (mtaSts === undefined) return { ...party, exchangers };
    const addresses = (mtaSts.addresses ?? policyAddresses ?? this.#pool.next()).map(canonicalAddress);
    return { ...party, exchangers, mtaSts: { ...mtaSts, mx: mtaSts.mx ?? exchangers.map(({ name }) => name), addresses } };
  }

  #stand(standing: Standing, before?: Standing): void {
    const { party } = standing;
    const reactions: Reaction[] = party.behaviours.map(reactionOf);
    if (before) this.#dismiss(before);
    const authentication = party.behaviours.some((behaviour) => 'at' in behaviour && behaviour.at === 'auth');
    for (const exchanger of party.exchangers) {
      if (exchanger.answers !== 'smtp') continue;
      const receiver = new Receiver(party.domain, exchanger.name, reactions, this.#world, authentication);
      standing.receivers.push(receiver);
      for (const address of exchanger.addresses) this.#listeners.smtp.set(address, receiver);
    }
    if (party.mtaSts) {
      const host = new PolicyHost(party.domain, party.mtaSts, this.#world);
      for (const address of party.mtaSts.addresses) this.#listeners.https.set(address, host);
    }
    this.#standing.set(party.domain, standing);
    this.#zone.setSource(`party ${party.domain}`, recordsOf(party));
  }

  /** Sessions under way end as they began: only new connections meet the new behaviours. */
  #dismiss(standing: Standing): void {
    for (const exchanger of standing.party.exchangers) for (const address of exchanger.addresses) this.#listeners.smtp.remove(address);
    for (const address of standing.party.mtaSts?.addresses ?? []) this.#listeners.https.remove(address);
  }
}

/** MX of the domain, A/AAAA and PTR of its exchangers and policy host, its policy's TXT, and what the party declares besides. */
export function recordsOf(party: Complete): DnsRecord[] {
  const { domain, exchangers, mx = 'published' } = party;
  const address = (name: string, value: string): DnsRecord => ({ name, type: value.includes(':') ? 'AAAA' : 'A', value });
  const hosts = exchangers.flatMap(({ name, addresses }) =>
    addresses.flatMap((value): DnsRecord[] => [address(name, value), { name: reverseName(value), type: 'PTR', value: name }]),
  );
  const routing: Record<NonNullable<OutsideParty['mx']>, () => DnsRecord[]> = {
    published: () => exchangers.map(({ name, preference }) => ({ name: domain, type: 'MX', value: `${preference} ${name}` })),
    none: () => exchangers.flatMap(({ addresses }) => addresses.map((value) => address(domain, value))),
    // RFC 7505
    null: () => [{ name: domain, type: 'MX', value: '0 .' }],
  };
  const made = [...hosts, ...routing[mx](), ...(party.mtaSts ? policyRecords(domain, party.mtaSts) : [])];
  const told = (party.records ?? []).map((record) => ({ ...record, name: canonicalName(record.name) }));
  return [...made.filter((record) => !told.some((other) => other.name === record.name && other.type === record.type)), ...told];
}
