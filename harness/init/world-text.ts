import { OUTSIDE, type Plan } from './plan.ts';
import { inline, schemaLine } from './yaml-text.ts';

/** The world's name, and the host's. */
export const WORLD = 'mail';
export const HOST = 'mx';
export const FIXTURES = `fixtures/${WORLD}/${HOST}`;

/** Documentation ranges: RFC 5737 and RFC 3849. */
const ADDRESSES = { v4: '203.0.113.25', v6: '2001:db8:25::25' };
export const CLIENTS = { v4: '198.51.100.77', v6: '2001:db8:66::77' };

export function worldText({ mta, domains, fqdn, settings, users, elsewhere }: Plan): string {
  const addresses = [ADDRESSES.v4, ...(settings.ipv6 ? [ADDRESSES.v6] : [])];
  const prepare = [...users.map((user) => `id -u ${user} > /dev/null 2>&1 || useradd --create-home ${user}`), ...settings.prepare];
  const list = (key: string, items: readonly unknown[]): string[] => (items.length === 0 ? [] : [`    ${key}:`, ...items.map((item) => `      - ${inline(item)}`)]);
  return [
    schemaLine('world'),
    `world: ${WORLD}`,
    `description: ${inline(`${fqdn}, which takes the mail of ${domains.join(', ')}`)}`,
    `entrance: ${HOST}`,
    `default: [${mta}]`,
    'hosts:',
    `  ${HOST}:`,
    `    image: ${mta}`,
    `    fqdn: ${fqdn}`,
    `    addresses: ${inline(addresses)}`,
    `    files: [${FIXTURES}]`,
    ...list(
      'certificates',
      settings.certificates.map((one) => ({ names: [fqdn], ...one })),
    ),
    ...list('prepare', prepare),
    '# Everybody else: these domains take mail, one of them never does.',
    'outside:',
    `  ${OUTSIDE.receiver}: {}`,
    `  ${OUTSIDE.sender}: {}`,
    `  ${OUTSIDE.never}: { behaves: [{ reply: "451 4.3.0 not now", at: rcpt }] }`,
    ...elsewhere.map((domain) => `  ${domain}: {}`),
    `clients: ${inline({ [CLIENTS.v4]: `client.${OUTSIDE.sender}`, [CLIENTS.v6]: `client6.${OUTSIDE.sender}` })}`,
    'nameservers: [198.51.100.53]',
    'dns:',
    ...domains.map((domain) => `  ${domain}: { MX: 10 ${fqdn} }`),
    `variants: { ${mta}: {} }`,
    '',
  ].join('\n');
}
