import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import path from 'node:path';
import type { OutsideParty } from '../../internet/index.ts';
import { findScenarioFiles } from '../../runner/index.ts';
import { type OverlayFile, parseSize, readOverlays, type WorldModel } from '../../world/index.ts';

/** What a world gives to make messages of. */
export interface Material {
  /** Addresses of the accounts whose mailboxes have room; the first is the plain recipient. */
  accounts: readonly string[];
  /** Addresses of ours in alias files. */
  aliases: readonly string[];
  /** Those that only scenarios name, whether they exist or not. */
  named: readonly string[];
  /** Domains whose mail comes to a host of the world. */
  ours: readonly string[];
  /** Names of the hosts. */
  hosts: readonly string[];
  /** Outside parties that answer everybody alike every time. */
  outside: readonly string[];
  /** Domains to send from, those with an SPF record first; the first is the plain sender's. */
  senders: readonly string[];
  /** Addresses that clients connect from. */
  clients: readonly string[];
  /** An address of the entrance. */
  entrance: string;
  /** Message sizes, in bytes, at which a configuration changes its mind. */
  limits: readonly number[];
}

/** Reads what both variants of a world have to say: its file, its scenarios, and the files of its hosts. */
export function materialOf(models: readonly [WorldModel, WorldModel]): Material {
  const [model] = models;
  const files = models.flatMap(({ hosts }) => hosts.flatMap((host) => readOverlays(host.files)));
  const ours = domainsOf(model);
  const { accounts, full } = accountsOf(model);
  const others = (addresses: readonly string[], known: readonly string[]): string[] =>
    unique(addresses.map((address) => address.toLowerCase())).filter(
      (address) => ours.includes(domainOf(address)) && !known.includes(address) && !full.includes(address.replace(/[+-].*(?=@)/, '')),
    );
  const aliases = others(addressesOf(files, model.accounts?.domain ?? ours[0] ?? ''), accounts);
  const entrance = model.hosts.find((host) => host.name === model.entrance);
  const families = (entrance?.addresses ?? []).map(isIPv6);
  return {
    accounts: accounts.length > 0 ? accounts : aliases,
    aliases,
    named: others(scenarioAddresses(model), [...accounts, ...aliases]),
    ours,
    hosts: model.hosts.map(({ fqdn }) => fqdn),
    outside: model.outside.filter(isSteady).map(({ domain }) => domain),
    senders: sendersOf(model),
    clients: [...model.clients.map(({ address }) => address), ...model.strangers.flatMap(strangersOf)].filter((address) => families.includes(isIPv6(address))),
    entrance: entrance?.addresses[0] ?? '',
    limits: limitsOf(files),
  };
}

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];
export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase();

function domainsOf(model: WorldModel): string[] {
  const hosts = new Set(model.hosts.map(({ fqdn }) => fqdn));
  const exchanged = model.dns.filter(({ type, value }) => type === 'MX' && hosts.has((value.split(/\s+/).at(-1) ?? '').replace(/\.$/, '').toLowerCase())).map(({ name }) => name);
  return unique([...(model.accounts === undefined ? [] : [model.accounts.domain.toLowerCase()]), ...exchanged]).filter((name) => !name.startsWith('*'));
}

/** What a mailbox with little room does depends on what came before. */
function accountsOf({ accounts }: WorldModel): { accounts: string[]; full: string[] } {
  const address = ([user]: [string, unknown]): string => (user.includes('@') ? user : `${user}@${accounts?.domain ?? ''}`).toLowerCase();
  const users = Object.entries(accounts?.users ?? {});
  return { accounts: users.filter(([, { quota }]) => quota === undefined).map(address), full: users.filter(([, { quota }]) => quota !== undefined).map(address) };
}

const ADDRESS = /[\w.+=#-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+/gi;

/** Left sides of alias files and the like, and every address that they name. A file that is called as a domain has the local parts of it. */
function addressesOf(files: readonly OverlayFile[], domain: string): string[] {
  return files.flatMap(({ path: name, content }) => {
    if (!/alias|virtual|forward|list/i.test(name) || content.includes(0) || content.length > 1_000_000) return [];
    const base = path.posix.basename(name);
    const own = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(base) && !/\.(conf|cf|txt)$/.test(base) ? base : domain;
    const text = content.toString('utf8').replace(/^\s*#.*$/gm, '');
    const left = [...text.matchAll(/^([\w.+-]+)\s*:(?=\s)/gm)].map(([, local]) => `${local}@${own}`);
    return [...left, ...(text.match(ADDRESS) ?? [])];
  });
}

function scenarioAddresses(model: WorldModel): string[] {
  return findScenarioFiles(model.dir).flatMap((file) => readFileSync(file, 'utf8').match(ADDRESS) ?? []);
}

const STEADY: readonly string[] = ['knows', 'size', 'enforce-spf', 'no-starttls', 'certificate'];

/** One that remembers who came, or gives up after some time, is another at each try. */
function isSteady({ behaviours, exchangers = [], mx }: OutsideParty): boolean {
  const steady = behaviours.every((one) => STEADY.includes(one.kind) || (one.kind === 'reply' && one.times === undefined));
  return steady && mx !== 'null' && exchangers.every(({ answers }) => answers === 'smtp');
}

function sendersOf(model: WorldModel): string[] {
  const isPolicy = ({ type, value }: { type: string; value: string }): boolean => type === 'TXT' && value.startsWith('v=spf1');
  const steady = model.outside.filter(isSteady);
  const withPolicy = steady.filter(({ records = [] }) => records.some(isPolicy)).map(({ domain }) => domain);
  const declared = model.dns.filter(isPolicy).map(({ name }) => name);
  const ours = domainsOf(model);
  return unique([...withPolicy, ...steady.map(({ domain }) => domain), ...declared.filter((name) => !ours.includes(name))]);
}

/** One fixed address: each run of a scenario that names none has its own. */
function strangersOf(network: string): string[] {
  const [base = ''] = network.split('/');
  if (base.endsWith('::')) return [`${base}77`];
  return /\.0$/.test(base) ? [base.replace(/0$/, '77')] : [];
}

function limitsOf(files: readonly OverlayFile[]): number[] {
  const told = files.flatMap(({ content }) => [...content.toString('latin1').matchAll(/\bmessage_size_limit\s*=\s*(\d+[KM]?)\b/g)].map(([, size]) => parseSize(size ?? '')));
  return unique(told).sort((a, b) => a - b);
}
