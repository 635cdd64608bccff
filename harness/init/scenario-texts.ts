import { formatDuration } from '../base/index.ts';
import type { Ending } from './aliases.ts';
import { OUTSIDE, type Plan } from './plan.ts';
import { CLIENTS, HOST } from './world-text.ts';
import { inline, schemaLine } from './yaml-text.ts';

const ANN = `ann@${OUTSIDE.sender}`;
const STRANGER = `x@${OUTSIDE.receiver}`;
const HOUR = 3_600_000;

/** The first scenarios of a mail server, by the name of their file. A file that has nothing to say is not there. */
export function scenarioTexts(plan: Plan): Record<string, string> {
  const texts: Record<string, string[]> = { relay: relay(plan), postmaster: postmaster(plan), unknown: unknown(plan), aliases: aliases(plan), queue: queue(plan) };
  const written = Object.entries(texts).filter(([, scenarios]) => scenarios.length > 0);
  return Object.fromEntries(written.map(([name, scenarios]) => [name, `${schemaLine('scenario')}\n${scenarios.join('---\n')}`]));
}

interface Text {
  title: string;
  rows?: readonly Record<string, string>[];
  steps: readonly string[];
}

function scenario({ title, rows = [], steps }: Text): string {
  const examples = rows.length === 0 ? [] : ['examples:', ...rows.map((row) => `  - ${inline(row)}`)];
  return [`scenario: ${inline(title)}`, ...examples, 'steps:', ...steps.map((step) => `  ${step}`), ''].join('\n');
}

const outcomes = (...items: readonly [string, Record<string, unknown>][]): string[] => ['- expect:', ...items.map(([kind, fields]) => `    - ${kind}: ${inline(fields)}`)];

/** How an ending is named in `expect`. A user's mailbox is a file of the host, whichever domain the server puts behind the name. */
function delivery(ending: Ending, original: string): [string, Record<string, unknown>] {
  return ['delivered', 'user' in ending ? { to: `${ending.user}@*`, original, at: HOST } : { to: ending.address, original }];
}

function relay({ domains: [domain], settings }: Plan): string[] {
  const rows = [
    { who: 'from outside', client: CLIENTS.v4, from: ANN, to: STRANGER },
    ...(settings.ipv6 ? [{ who: 'from outside over IPv6', client: CLIENTS.v6, from: ANN, to: STRANGER }] : []),
    { who: 'under an address of ours', client: CLIENTS.v4, from: `postmaster@${domain}`, to: STRANGER },
    { who: 'with the null reverse-path', client: CLIENTS.v4, from: '<>', to: STRANGER },
    // Routes in local parts, as old gateways had them (RFC 5321 appendix F.2).
    { who: 'from outside', client: CLIENTS.v4, from: ANN, to: `x%${OUTSIDE.receiver}@${domain}` },
    { who: 'from outside', client: CLIENTS.v4, from: ANN, to: `${OUTSIDE.receiver}!x@${domain}` },
    { who: 'from outside', client: CLIENTS.v4, from: ANN, to: `"${STRANGER}"@${domain}` },
  ];
  return [
    scenario({
      title: `Nobody is relayed \${who}: \${to}`,
      rows,
      steps: [
        `- send: ${inline({ from: '$' + '{from}', to: '$' + '{to}', client: '$' + '{client}' })}`,
        ...outcomes(['refused', { to: '$' + '{to}', stage: 'rcpt', code: ['4xx', '5xx'] }]),
      ],
    }),
    scenario({
      title: 'The host itself may send to anybody',
      steps: [
        `- sendmail: ${inline({ host: HOST, from: `postmaster@${domain}`, to: STRANGER })}`,
        ...outcomes(['delivered', { to: STRANGER, 'envelope from': `postmaster@${domain}` }]),
      ],
    }),
  ];
}

const rowsOf = (domains: readonly string[]): Record<string, string>[] => domains.map((domain) => ({ domain }));
const AT = '@$' + '{domain}';

function postmaster({ domains, postmaster: endings }: Plan): string[] {
  const lands = (original: string): string[] =>
    outcomes(...(endings?.map((ending) => delivery(ending, original)) ?? [['delivered', { original }] as [string, Record<string, unknown>]]));
  const dialog = [
    '- dialog:',
    '    lines:',
    ...['<- 220', `-> EHLO client.${OUTSIDE.sender}`, '<- 250', `-> MAIL FROM:<${ANN}>`, '<- 250', '-> RCPT TO:<Postmaster>', '<- 250', '-> DATA', '<- 354'].map(
      (line) => `      - ${JSON.stringify(line)}`,
    ),
    '      - message: { subject: Is anybody there? }',
    ...['-> .', '<- 250', '-> QUIT', '<- 221'].map((line) => `      - ${JSON.stringify(line)}`),
  ];
  return [
    scenario({
      title: `Postmaster of \${domain} has mail, as RFC 5321 section 4.5.1 wants`,
      rows: rowsOf(domains),
      steps: [`- send: ${inline({ from: ANN, to: `postmaster${AT}` })}`, ...lands(`postmaster${AT}`)],
    }),
    scenario({ title: 'Postmaster has mail without a domain, too', steps: [...dialog, ...lands('?ostmaster*')] }),
  ];
}

function unknown({ domains }: Plan): string[] {
  const to = `no.such.person${AT}`;
  return [
    scenario({
      title: `Mail to nobody at \${domain} is refused, not returned later`,
      rows: rowsOf(domains),
      steps: [`- send: ${inline({ from: ANN, to })}`, ...outcomes(['refused', { to, stage: 'rcpt', code: 550 }])],
    }),
  ];
}

function aliases({ domains, aliases: entries }: Plan): string[] {
  return entries.map(({ name, endings }) => {
    const to = `${name}${AT}`;
    return scenario({
      title: `Mail to ${to} reaches ${endings.map((ending) => ('user' in ending ? ending.user : ending.address)).join(', ')}`,
      rows: rowsOf(domains),
      steps: [`- send: ${inline({ from: ANN, to })}`, ...outcomes(...endings.map((ending) => delivery(ending, to)))],
    });
  });
}

function queue({ settings: { lifetimeMs, delayMs } }: Plan): string[] {
  if (lifetimeMs === undefined) return [];
  const to = `x@${OUTSIDE.never}`;
  const before = lifetimeMs > 8 * HOUR ? lifetimeMs - 4 * HOUR : lifetimeMs / 2;
  const waits: [string, Record<string, unknown>] = ['queued', { at: HOST, to }];
  const warned: [string, Record<string, unknown>][] = delayMs !== undefined && delayMs <= before ? [['returned', { to, at: OUTSIDE.sender, kind: 'delay' }]] : [];
  return [
    scenario({
      title: `A message that nobody takes waits for ${formatDuration(lifetimeMs)}, and is returned then`,
      steps: [
        `- sendmail: ${inline({ host: HOST, from: ANN, to })}`,
        ...outcomes(waits),
        `- clock: advance ${formatDuration(before)}`,
        ...outcomes(waits, ...warned),
        `- clock: advance ${formatDuration(Math.max(24 * HOUR, lifetimeMs - before))}`,
        ...outcomes(['returned', { to, at: OUTSIDE.sender, action: 'failed' }]),
      ],
    }),
  ];
}
