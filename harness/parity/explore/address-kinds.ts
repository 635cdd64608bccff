import { domainOf, type Material } from './material.ts';

/** What kind of address it is: differences of the same kind are one finding. `known with +suffix at example.test` */
export function kindOf(address: string, material: Material): string {
  if (address === '<>' || address === '') return 'null sender';
  const at = address.lastIndexOf('@');
  if (at < 0) return `${material.accounts.some((one) => one.startsWith(`${address}@`)) ? 'account' : 'name'} without domain`;
  const local = address.slice(0, at);
  return `${localKind(local, domainOf(address).replace(/\.$/, ''), material)} at ${domainKind(address.slice(at + 1), material)}`;
}

function domainKind(written: string, material: Material): string {
  const domain = written.toLowerCase().replace(/\.$/, '');
  const form = written.endsWith('.') ? ' with a dot' : written === domain ? '' : ' in capitals';
  if (written.startsWith('[')) return 'an address literal';
  if (material.ours.includes(domain)) return `${domain}${form}`;
  if (material.hosts.includes(domain)) return `a host${form}`;
  if (material.ours.some((one) => domain.endsWith(`.${one}`))) return `below ours${form}`;
  if (material.outside.includes(domain) || material.senders.includes(domain)) return `outside${form}`;
  return `an unknown domain${form}`;
}

const ROUTED: readonly (readonly [string, RegExp])[] = [
  ['% in local part', /%/],
  ['! in local part', /!/],
  ['@ in local part', /@/],
];

function localKind(local: string, domain: string, material: Material): string {
  const isAccount = (name: string): boolean => material.accounts.includes(`${name}@${domain}`);
  const isKnown = (name: string): boolean => isAccount(name) || material.aliases.includes(`${name}@${domain}`);
  const quoted = local.length > 1 && local.startsWith('"');
  const bare = quoted ? local.slice(1, -1).replace(/\\(.)/g, '$1') : local;
  const routed = ROUTED.find(([, pattern]) => pattern.test(bare))?.[0];
  if (routed !== undefined) return quoted ? `quoted, ${routed}` : routed;
  if (quoted) return bare === '' ? 'quoted nothing' : isKnown(bare) ? 'quoted known' : /\s/.test(bare) ? 'quoted blank' : 'quoted';
  if (local === '') return 'no local part';
  if (local.length > 64) return 'local part over 64';
  if (/^\.|\.$|\.\./.test(local)) return 'odd dots';
  if (local.toLowerCase() === 'postmaster') return 'postmaster';
  if (isAccount(local)) return 'account';
  if (isKnown(local)) return 'alias';
  if (isKnown(local.toLowerCase())) return 'known in capitals';
  const suffix = /^([^+=_-]*)([+=_-])/.exec(local.toLowerCase());
  if (suffix?.[1] !== undefined && isKnown(suffix[1])) return `known with ${suffix[2]}suffix`;
  return /^[\w+=-]+(?:\.[\w+=-]+)*$/.test(local) ? 'unknown' : 'special characters';
}
