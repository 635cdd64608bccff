import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { MailproofError } from '../base/index.ts';

export const MTAS = ['exim', 'postfix'] as const;
export type Mta = (typeof MTAS)[number];

/** What `init` must know. */
export interface Answers {
  mta: Mta;
  /** Folder with the configuration: what is in /etc/exim4 or /etc/postfix, or a root file system that has it. */
  config: string;
  /** Domains whose mail this server takes, the first one its main one. Lower case. */
  domains: string[];
}

/** As they were told, in a person's words. */
export interface Told {
  mta?: string;
  config?: string;
  domains: string[];
}

export const isComplete = ({ mta, config, domains }: Told): boolean => mta !== undefined && config !== undefined && domains.length > 0;

/** @throws MailproofError USAGE for what is missing or makes no sense, NOT_FOUND for a folder that is not there */
export function answersOf({ mta, config, domains }: Told): Answers {
  const missing = [...(mta === undefined ? ['--mta exim|postfix'] : []), ...(config === undefined ? ['--config DIR'] : []), ...(domains.length === 0 ? ['--domain DOMAIN'] : [])];
  if (mta === undefined || config === undefined || domains.length === 0)
    throw new MailproofError('USAGE', `init was not told ${missing.join(', ')}`, { hint: 'at a terminal it asks for them' });
  const known = MTAS.find((one) => one === mta);
  if (known === undefined) throw new MailproofError('USAGE', `--mta takes ${MTAS.join(' or ')}, got "${mta}"`);
  if (!existsSync(config) || !statSync(config).isDirectory())
    throw new MailproofError('NOT_FOUND', `--config ${config}: there is no such folder`, { hint: 'name a copy of /etc/exim4 or /etc/postfix, or of the root that it lies in' });
  return { mta: known, config: path.resolve(config), domains: [...new Set(domains.map(domainOf))] };
}

function domainOf(text: string): string {
  const domain = text.trim().toLowerCase().replace(/\.$/, '');
  // RFC 1035 section 2.3.1, and underscores for nobody: this is a domain of addresses.
  if (/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$/.test(domain)) return domain;
  throw new MailproofError('USAGE', `--domain takes a domain such as example.org, got "${text}"`);
}
