import { parseDuration } from '../../base/index.ts';
import type { ConfigTree } from '../config-tree.ts';
import { refuseLoopback, type Settings, textOf } from './settings.ts';

const MAIN = '/etc/postfix/main.cf';
/** Kinds of lookup tables that are made of a text file (postmap(1)). */
const INDEXED = /\b(hash|btree|lmdb|cdb|dbm):(\/[^\s,]+)/g;
/** postconf(5): what Postfix does unless told. */
const LIFETIME = '5d';

export function postfixSettings(tree: ConfigTree): Settings {
  const text = textOf(tree, MAIN) ?? '';
  refuseLoopback(MAIN, text, /^\s*inet_interfaces\s*=\s*(?:loopback-only|localhost|127\.0\.0\.1|\[?::1\]?)\s*(?:,\s*(?:127\.0\.0\.1|\[?::1\]?)\s*)?$/);
  const parameters = parametersOf(text);
  const literal = (name: string): string | undefined => {
    const value = parameters.get(name);
    return value === undefined || value === '' || value.includes('$') ? undefined : value;
  };
  // The units that a number without one has: postconf(5), maximal_queue_lifetime and delay_warning_time.
  const lifetimeMs = time(literal('maximal_queue_lifetime') ?? LIFETIME, 'd');
  const delayMs = time(literal('delay_warning_time') ?? '0h', 'h');
  const fqdn = literal('myhostname');
  const cert = literal('smtpd_tls_cert_file');
  const key = literal('smtpd_tls_key_file') ?? cert;
  const same = cert !== undefined && cert === key;
  const aliases = tables(parameters.get('alias_maps') ?? 'hash:/etc/aliases');
  const others = tables(
    `${text
      .split('\n')
      .filter((line) => !/^\s*#/.test(line))
      .join('\n')}\n${textOf(tree, '/etc/postfix/master.cf') ?? ''}`,
  ).filter(({ table, file }) => tree.files.has(file) && !aliases.some((one) => one.file === file) && parameters.get('alias_database')?.includes(table) !== true);
  return {
    ...(fqdn === undefined ? {} : { fqdn: fqdn.toLowerCase() }),
    ipv6: !/^\s*ipv4\s*$/.test(parameters.get('inet_protocols') ?? 'all'),
    aliases: aliases.map(({ file }) => file),
    ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
    ...(delayMs === undefined || delayMs === 0 ? {} : { delayMs }),
    certificates: cert === undefined || key === undefined || same || cert === 'none' ? [] : [{ cert, key }],
    prepare: [...aliases.map(({ table }) => `postalias ${table}`), ...others.map(({ table }) => `postmap ${table}`)],
    notes: same ? [`smtpd_tls_cert_file and smtpd_tls_key_file are one file, ${cert}: put one into the fixtures, or leave the key in a file of its own`] : [],
  };
}

/** `name = value`; a line that begins with a blank continues the one before (postconf(5)). */
function parametersOf(text: string): Map<string, string> {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    if (/^\s/.test(line) && lines.length > 0) lines.push(`${lines.pop()} ${line.trim()}`);
    else lines.push(line);
  }
  return new Map(
    lines.flatMap((line) => {
      const [, name, value] = /^([\w-]+)\s*=\s*(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value.trim()] as const];
    }),
  );
}

function tables(text: string): { table: string; file: string }[] {
  const found = [...text.matchAll(INDEXED)].map(([table, , file = '']) => ({ table, file }));
  return [...new Map(found.map((one) => [one.table, one])).values()];
}

function time(value: string, unit: string): number | undefined {
  return parseDuration(/^\d+$/.test(value) ? `${value}${unit}` : value);
}
