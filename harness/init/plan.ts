import { MailproofError } from '../base/index.ts';
import { type AliasEntry, type Ending, readAliases } from './aliases.ts';
import type { Answers, Mta } from './answers.ts';
import { type ConfigTree, readConfigTree } from './config-tree.ts';
import { SETTINGS, type Settings, textOf } from './settings/index.ts';

/** All that the files to be written say. */
export interface Plan {
  mta: Mta;
  domains: [string, ...string[]];
  fqdn: string;
  settings: Settings;
  tree: ConfigTree;
  aliases: AliasEntry[];
  /** Where mail to postmaster ends; undefined where no alias file tells. */
  postmaster?: Ending[];
  /** Users that aliases lead to, besides root, which every host has. */
  users: string[];
  /** Domains outside that aliases lead to. */
  elsewhere: string[];
  notes: string[];
}

/** Domains outside that every world of `init` has, by what they are for. */
export const OUTSIDE = { sender: 'sender.test', receiver: 'hosted.test', never: 'later.test' } as const;

/** @throws MailproofError NOT_FOUND, INPUT, USAGE */
export function planOf({ mta, config, domains: [first, ...others] }: Answers): Plan {
  if (first === undefined) throw new MailproofError('USAGE', 'init was told no domain', { hint: '--domain DOMAIN' });
  const domains: [string, ...string[]] = [first, ...others];
  const taken = domains.find((domain) => Object.values(OUTSIDE).some((one) => one === domain));
  if (taken !== undefined) throw new MailproofError('USAGE', `--domain ${taken}: this is one of the domains that the world has outside`, { hint: 'take another one' });
  const tree = readConfigTree(config, mta);
  const settings = SETTINGS[mta](tree);
  const notes = [...settings.notes];
  const fqdn = settings.fqdn ?? `mail.${first}`;
  if (settings.fqdn === undefined) notes.push(`the configuration gives the server no name of its own: it is ${fqdn} in this world`);
  if (!tree.files.has('/etc/mailname')) {
    tree.files.set('/etc/mailname', { content: Buffer.from(`${first}\n`), executable: false });
    notes.push(`there is no mailname: /etc/mailname of this world says ${first}`);
  }
  const files = settings.aliases.map((file) => ({ file, text: textOf(tree, file) }));
  for (const { file, text } of files) if (text === undefined) notes.push(`the configuration reads ${file}, which is not in the folder: its entries have no scenarios`);
  const read = files.flatMap(({ text }) => (text === undefined ? [] : [readAliases(text, domains)]));
  for (const { leftOut } of read) for (const { name, why } of leftOut) notes.push(`the alias ${name} has no scenario: ${why}`);
  const aliases = [...new Map(read.flatMap(({ entries }) => entries).map((entry) => [entry.name, entry])).values()];
  const endings = aliases.flatMap((entry) => entry.endings);
  const postmaster = aliases.find(({ name }) => name === 'postmaster')?.endings;
  if (postmaster === undefined && read.length > 0) notes.push('no alias postmaster was found, whose mail every domain must take (RFC 5321 section 4.5.1): its scenario tells');
  return {
    mta,
    domains,
    fqdn,
    settings,
    tree,
    aliases: aliases.filter(({ name }) => name !== 'postmaster'),
    ...(postmaster === undefined ? {} : { postmaster }),
    users: [...new Set(endings.flatMap((ending) => ('user' in ending && ending.user !== 'root' ? [ending.user] : [])))].sort(),
    elsewhere: [...new Set(endings.flatMap((ending) => ('address' in ending ? [ending.address.slice(ending.address.lastIndexOf('@') + 1)] : [])))]
      .filter((domain) => !Object.values(OUTSIDE).some((one) => one === domain))
      .sort(),
    notes,
  };
}
