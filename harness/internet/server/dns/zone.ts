import { isDeepStrictEqual } from 'node:util';
import type { DnsFault, DnsFaultRule, DnsRecord, DnsRequest, RecordType } from '../../protocol.ts';
import { Problem } from '../problem.ts';

export type Found =
  | { kind: 'records'; records: DnsRecord[]; known: true }
  | { kind: 'no-data'; records: DnsRecord[]; zone: string; known: true }
  | { kind: 'nxdomain'; records: DnsRecord[]; zone: string; known: boolean }
  | { kind: 'fault'; fault: DnsFault; known: true };

export type NameState = DnsRequest['names'][number];
interface Override {
  owner: string;
  state: NameState;
  /** Questions that each fault still applies to. */
  left: Map<DnsFaultRule, number>;
}

const MAX_CNAMES = 8;

/**
 * What the DNS of the whole world answers. Records come from sources (hosts, clients, parties, the world file);
 * of one name and type those of the later source count. Over them lie the overrides of scenarios, by whole name.
 */
export class Zone {
  readonly #sources = new Map<string, DnsRecord[]>();
  readonly #overrides = new Map<string, Override>();
  readonly #faultsLeft = new Map<DnsFaultRule, number>();
  #faults: DnsFaultRule[] = [];
  #names = new Map<string, DnsRecord[]>();
  #nodes = new Set<string>();

  /** Replaces a source's records; a source that is new counts more than the ones before it. */
  setSource(source: string, records: readonly DnsRecord[]): void {
    this.#sources.set(source, records.map(normalise));
    this.#rebuild();
  }

  removeSource(source: string): void {
    this.#sources.delete(source);
    this.#rebuild();
  }

  setFaults(faults: readonly DnsFaultRule[]): void {
    this.#faults = faults.map((rule) => ({ ...rule, name: canonicalName(rule.name) }));
    for (const rule of this.#faults) if (rule.times !== undefined) this.#faultsLeft.set(rule, rule.times);
  }

  /** Sets whole names for an owner and answers what they were. Setting a name to what it was without overrides gives it back. @throws Problem 409 when another owner has one of the names */
  override(request: DnsRequest): NameState[] {
    const wanted = request.names.map(
      (state): NameState => ({
        name: canonicalName(state.name),
        records: state.records.map(normalise),
        faults: state.faults.map((rule) => ({ ...rule, name: canonicalName(rule.name) })),
      }),
    );
    for (const { name } of wanted) {
      const held = this.#overrides.get(name);
      if (held && held.owner !== request.owner)
        throw new Problem(
          409,
          'owned',
          `the DNS name ${name} is being changed by ${held.owner}, not by ${request.owner}`,
          'use a name of its own for each scenario, or let one run alone',
        );
    }
    const before = wanted.map(({ name }) => this.stateOf(name));
    for (const state of wanted) {
      this.#overrides.delete(state.name);
      if (!isDeepStrictEqual(sorted(this.stateOf(state.name)), sorted(state))) {
        this.#overrides.set(state.name, { owner: request.owner, state, left: new Map(state.faults.map((rule) => [rule, rule.times ?? Number.POSITIVE_INFINITY])) });
      }
    }
    this.#rebuild();
    return before;
  }

  stateOf(name: string): NameState {
    const override = this.#overrides.get(name);
    return override ? override.state : { name, records: this.#base(name), faults: this.#faults.filter((rule) => rule.name === name) };
  }

  /** @param counts whether this question uses up one of the times that a fault applies */
  lookup(question: string, type: string, counts: (fault: DnsFault) => boolean): Found {
    const name = canonicalName(question);
    const fault = this.#fault(name, type, counts);
    return fault ? { kind: 'fault', fault, known: true } : this.lookupWithoutFaults(name, type);
  }

  lookupWithoutFaults(question: string, type: string): Found {
    const name = canonicalName(question);
    const chain: DnsRecord[] = [];
    let at = name;
    for (let hops = 0; hops <= MAX_CNAMES; hops++) {
      const here = this.#at(at);
      const zone = this.zoneOf(at);
      if (here === undefined) return { kind: 'nxdomain', records: chain, zone: zone ?? '', known: zone !== undefined || chain.length > 0 };
      const matching = here.filter((record) => record.type === type || type === 'ANY');
      if (matching.length > 0) return { kind: 'records', records: [...chain, ...matching], known: true };
      const alias = here.find((record) => record.type === 'CNAME');
      if (alias === undefined) return { kind: 'no-data', records: chain, zone: zone ?? '', known: true };
      chain.push(alias);
      at = canonicalName(alias.value);
    }
    return { kind: 'fault', fault: 'servfail', known: true };
  }

  /** The zone that a name lies in: the two labels at its end, when the world knows any name there; reverse names always have one. */
  zoneOf(name: string): string | undefined {
    const reverse = /(?:^|\.)(in-addr|ip6)\.arpa$/.exec(name);
    if (reverse) return `${reverse[1]}.arpa`;
    // `_dmarc.test` and the like: tree walks (RFC 9989) ask above every zone.
    const plain = name.replace(/^(?:_[^.]+\.)+/, '');
    if (this.#nodes.has(plain) && plain.split('.').length < 2) return plain;
    const apex = plain.split('.').slice(-2).join('.');
    return this.#nodes.has(apex) || this.#overrides.has(apex) || this.#overrides.has(name) || this.#faults.some((rule) => rule.name === name) ? apex : undefined;
  }

  #fault(name: string, type: string, counts: (fault: DnsFault) => boolean): DnsFault | undefined {
    const override = this.#overrides.get(name);
    const rules = override ? override.state.faults : this.#faults.filter((rule) => rule.name === name);
    const left = override ? override.left : this.#faultsLeft;
    for (const rule of rules) {
      if (rule.type !== undefined && rule.type !== type) continue;
      const remaining = left.get(rule) ?? Number.POSITIVE_INFINITY;
      if (remaining <= 0) continue;
      if (counts(rule.fault)) left.set(rule, remaining - 1);
      return rule.fault;
    }
    return undefined;
  }

  /** Records at a name: of its own, of the wildcard that covers it (RFC 4592), none for a name with names below it, undefined for no name. */
  #at(name: string): DnsRecord[] | undefined {
    const own = this.#names.get(name);
    if (own && own.length > 0) return own;
    // A scenario said that there is no such name, whatever lies below it.
    if (this.#overrides.has(name)) return undefined;
    if (this.#nodes.has(name)) return [];
    const labels = name.split('.');
    for (let i = 1; i <= labels.length; i++) {
      const encloser = labels.slice(i).join('.');
      if (!this.#nodes.has(encloser) && i < labels.length) continue;
      return this.#names.get(encloser === '' ? '*' : `*.${encloser}`)?.map((record) => ({ ...record, name }));
    }
    return undefined;
  }

  #base(name: string): DnsRecord[] {
    const byType = new Map<RecordType, DnsRecord[]>();
    for (const records of this.#sources.values()) {
      const here = records.filter((record) => record.name === name);
      for (const type of new Set(here.map((record) => record.type)))
        byType.set(
          type,
          here.filter((record) => record.type === type),
        );
    }
    return [...byType.values()].flat();
  }

  #rebuild(): void {
    const names = new Set([...this.#sources.values()].flatMap((records) => records.map((record) => record.name)));
    this.#names = new Map([...names].map((name) => [name, this.#base(name)]));
    for (const [name, { state }] of this.#overrides) this.#names.set(name, state.records);
    this.#nodes = new Set();
    for (const [name, records] of this.#names) {
      if (records.length === 0) continue;
      const labels = name.split('.');
      for (let i = 0; i < labels.length; i++) this.#nodes.add(labels.slice(i).join('.'));
    }
  }
}

export const canonicalName = (name: string): string => name.trim().toLowerCase().replace(/\.$/, '');

function normalise(record: DnsRecord): DnsRecord {
  return { ...record, name: canonicalName(record.name) };
}

function sorted(state: NameState): { records: string[]; faults: string[] } {
  const lines = (items: readonly object[]): string[] => items.map((item) => JSON.stringify(Object.entries(item).sort())).sort();
  return { records: lines(state.records), faults: lines(state.faults) };
}
