import { parseDuration } from '../../base/index.ts';
import type { ConfigTree } from '../config-tree.ts';
import { refuseLoopback, type Settings, textOf } from './settings.ts';

const HOME = '/etc/exim4';
const DEBCONF = `${HOME}/update-exim4.conf.conf`;
/** Exim's own when the configuration does not say (exim specification, "delay_warning"). */
const DELAY_WARNING = '24h';

/** A configuration of Exim as Debian has it: one file, or what update-exim4.conf(8) makes one file of. */
export function eximSettings(tree: ConfigTree): Settings {
  const own = textOf(tree, `${HOME}/exim4.conf`);
  const debconf = textOf(tree, DEBCONF);
  const notes: string[] = [];
  if (own === undefined && debconf !== undefined) {
    refuseLoopback(DEBCONF, debconf, /^\s*dc_local_interfaces='\s*(?:127\.0\.0\.1|::1)[\s;:.\d]*'/);
    const type = /^\s*dc_eximconfig_configtype='([^']*)'/m.exec(debconf)?.[1];
    if (type !== 'internet') notes.push(`${DEBCONF} says that this is "${type ?? 'nothing'}", and the scenarios are those of an internet site: change what it does otherwise`);
  }
  const text = (own ?? generated(tree, debconf))
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n');
  const said = (name: string): string | undefined => new RegExp(`^\\s*${name}\\s*=[ \\t]*(.*)$`, 'm').exec(text)?.[1]?.trim();
  const literal = (name: string): string | undefined => {
    const value = said(name);
    return value === undefined || /[$\s]|^[A-Z_]+$/.test(value) ? undefined : value;
  };
  const fqdn = literal('primary_hostname');
  const lifetimeMs = lifetime(text);
  const delayMs = parseDuration((said('delay_warning') ?? DELAY_WARNING).split(':')[0] ?? '');
  if (lifetimeMs === undefined) notes.push('no retry rule for all addresses (`* * F,4d,6h`) was found: how long a message waits is not tested');
  return {
    ...(fqdn === undefined ? {} : { fqdn: fqdn.toLowerCase() }),
    ipv6: !/^(?:true|yes)?$/.test(said('disable_ipv6') ?? (/^\s*disable_ipv6\s*$/m.test(text) ? '' : 'no')),
    aliases: [...new Set([...text.matchAll(/lsearch\*?@?\s*[{;]\s*(\/[^\s{}:;,]*alias[^\s{}:;,]*)/g)].flatMap(([, file]) => file ?? []))],
    ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
    ...(delayMs === undefined || delayMs === 0 ? {} : { delayMs }),
    certificates: certificates(text, literal),
    prepare: own === undefined ? ['update-exim4.conf'] : [],
    notes,
  };
}

function generated(tree: ConfigTree, debconf = ''): string {
  if (!/^\s*dc_use_split_config='true'/m.test(debconf)) return textOf(tree, `${HOME}/exim4.conf.template`) ?? '';
  const parts = [...tree.files.keys()].filter((file) => file.startsWith(`${HOME}/conf.d/`)).sort();
  return parts.map((file) => textOf(tree, file) ?? '').join('\n');
}

/** The last cutoff of the rule for all addresses and all errors. */
function lifetime(text: string): number | undefined {
  const rule = /^\s*\*\s+\*\s+([FGH],.*)$/m.exec(text)?.[1];
  const last = rule?.split(';').at(-1)?.trim().split(',')[1];
  return last === undefined ? undefined : parseDuration(last.trim());
}

function certificates(text: string, literal: (name: string) => string | undefined): Settings['certificates'] {
  const debian = /^\s*MAIN_TLS_ENABLE\s*=/m.test(text);
  const cert = literal('MAIN_TLS_CERTIFICATE') ?? literal('tls_certificate') ?? (debian ? `${HOME}/exim.crt` : undefined);
  const key = literal('MAIN_TLS_PRIVATEKEY') ?? literal('tls_privatekey') ?? (debian ? `${HOME}/exim.key` : undefined);
  return cert?.startsWith('/') === true && key?.startsWith('/') === true ? [{ cert, key, group: 'Debian-exim' }] : [];
}
