import { createHmac } from 'node:crypto';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { MailproofError } from '../../base/index.ts';

const ADDRESS = /^(?:"(?:[^"\\]|\\.)*"|[^\s@"<>=]+)@[^\s@<>=]+$/;
/** In running text. */
const ADDRESSES = /[^\s<>@"'(),;:=]+@[a-z0-9.-]+[a-z0-9]/gi;
const NAME = /^(?:[a-z0-9_-]+\.)*[a-z0-9_-]+$/i;

type Kind = 'address' | 'client' | 'network' | 'name';

/** What production's addresses, domains, host names and clients are called here. */
export class Mapping {
  readonly #names = new Map<string, string>();
  readonly #networks: { text: string; list: BlockList; to: string }[] = [];
  readonly #used = new Set<string>();
  readonly #pseudonym: ((address: string) => string) | undefined;

  /**
   * @param rules `OLD=NEW`: both addresses, both domains or host names, or an IP address or network and an IP address
   * @param pseudonym makes up local parts for the rest
   * @throws MailproofError USAGE
   */
  constructor(rules: readonly string[], pseudonym?: (address: string) => string) {
    this.#pseudonym = pseudonym;
    for (const rule of rules) this.#add(rule);
  }

  /** An address of the envelope. */
  address(address: string): string {
    return this.#look(address) ?? this.hidden(this.renamed(address));
  }

  /** The same with its own local part: what a configuration made of another address is called so here, too. */
  renamed(address: string): string {
    const at = address.lastIndexOf('@');
    return this.#look(address) ?? (at < 0 ? address : `${address.slice(0, at)}@${this.name(address.slice(at + 1))}`);
  }

  /** An address of this world as it may be shown. */
  hidden(address: string): string {
    return address.includes('@') ? (this.#pseudonym?.(address) ?? address) : address;
  }

  /** A domain or the name of a host. */
  name(name: string): string {
    return this.#look(name) ?? name;
  }

  /** The address of a client. */
  client(address: string): string {
    const exact = this.#look(address);
    if (exact !== undefined) return exact;
    const network = this.#networks.find(({ list }) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'));
    if (network === undefined) return address;
    this.#used.add(network.text);
    return network.to;
  }

  /** Words of production's log with the addresses in them as they are called here. */
  text(text: string): string {
    return text.replace(ADDRESSES, (address) => this.address(address));
  }

  /** Words of this world's logs as they may be shown. */
  hiddenText(text: string): string {
    return text.replace(ADDRESSES, (address) => this.hidden(address));
  }

  /** Rules that nothing was found for. */
  unused(): string[] {
    return [...this.#names.keys(), ...this.#networks.map(({ text }) => text)].filter((old) => !this.#used.has(old));
  }

  #look(name: string): string | undefined {
    const key = name.toLowerCase();
    const found = this.#names.get(key);
    if (found !== undefined) this.#used.add(key);
    return found;
  }

  #add(rule: string): void {
    const [, old, to] = /^([^=]+)=(.+)$/.exec(rule.trim()) ?? [];
    const [from, into] = [kindOf(old?.trim()), kindOf(to?.trim())];
    const fits = from === into || (from === 'network' && into === 'client');
    if (old === undefined || to === undefined || from === undefined || !fits || into === 'network')
      throw new MailproofError('USAGE', `--map takes OLD=NEW, got "${rule}"`, {
        hint: 'two addresses, two domains or host names, or a client or network and the client that it is here: --map old.example=example.test --map 10.1.0.0/16=10.20.0.50',
      });
    if (from !== 'network') {
      this.#names.set(old.trim().toLowerCase(), to.trim());
      return;
    }
    const [network = '', bits] = old.trim().split('/');
    const list = new BlockList();
    list.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4');
    this.#networks.push({ text: old.trim(), list, to: to.trim() });
  }
}

function kindOf(text: string | undefined): Kind | undefined {
  if (text === undefined || text === '') return undefined;
  if (isIP(text) !== 0) return 'client';
  const [network = '', bits, ...more] = text.split('/');
  if (bits !== undefined) return more.length === 0 && isIP(network) !== 0 && /^\d+$/.test(bits) && Number(bits) <= (isIPv6(network) ? 128 : 32) ? 'network' : undefined;
  if (ADDRESS.test(text)) return 'address';
  return NAME.test(text) ? 'name' : undefined;
}

/** Made-up local parts, the same for the same address, and none for one that is made up already; who does not have the key cannot tell whose they are. */
export function pseudonyms(key: string, isKept: (address: string) => boolean): (address: string) => string {
  const made = new Set<string>();
  return (address) => {
    if (made.has(address) || isKept(address)) return address;
    const domain = address.slice(address.lastIndexOf('@') + 1);
    const pseudonym = `p${createHmac('sha256', key).update(address.toLowerCase()).digest('hex').slice(0, 10)}@${domain}`;
    made.add(pseudonym);
    return pseudonym;
  };
}
