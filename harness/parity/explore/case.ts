/** A header field: its name, and its value as it is written. */
export type Header = readonly [name: string, value: string];

/** What is said between DATA and the dot; the default message of `send` where there is none. */
export type CaseMessage = { size: number } | { headers: readonly Header[]; body: string };

/** One message with its envelope, as it is handed over. `${run}` may stand in any text. */
export interface Case {
  /** The world's first client unless told. */
  client?: string | undefined;
  helo?: string | undefined;
  /** TLS where it is offered unless told. */
  tls?: 'never' | undefined;
  /** `<>` is the null reverse-path. */
  from: string;
  to: readonly string[];
  /** Size in bytes that MAIL FROM announces instead of the right one. The message follows only where it is a small one. */
  announced?: number | undefined;
  message?: CaseMessage | undefined;
}

/** An announcement of this size, or of less, is a lie about a message that follows. */
export const SMALL_LIE = 100;

/** A domain that nobody knows, another one in each run. */
export const NOWHERE = `nowhere-\${run}.test`;

export const DATE = 'Tue, 02 Jan 2024 10:00:00 +0000';

/** The fields that an ordinary message has. */
export const plainHeaders = (from: string, to: readonly string[]): Header[] => [
  ['From', from === '<>' ? 'mailer-daemon@invalid.test' : from],
  ['To', to[0] ?? ''],
  ['Subject', `Explored \${run}`],
  ['Date', DATE],
  ['Message-ID', `<\${run}.1@sender.test>`],
];

export const USUAL: readonly string[] = ['From', 'To', 'Subject', 'Date', 'Message-ID'];

/** `mail from ann@sender.test to alice@example.test; client 10.20.0.50; with X-Long`: what a case is, in one line. */
export function describeCase({ client, helo, tls, from, to, announced, message }: Case): string {
  const what = message === undefined ? [] : 'size' in message ? [`${message.size} bytes`] : [describeMessage(message)];
  return [
    `mail from ${short(from)} to ${to.map(short).join(', ')}`,
    ...(client === undefined ? [] : [`client ${client}`]),
    ...(helo === undefined ? [] : [`helo ${short(helo)}`]),
    ...(tls === undefined ? [] : ['in clear']),
    ...(announced === undefined ? [] : [`announced as ${announced} bytes`]),
    ...what,
  ].join('; ');
}

/** The beginning of a long text, and how long it is. */
export const shortened = (text: string, most: number): string => (text.length > most ? `${text.slice(0, Math.round(most * 0.7))}... (${text.length} characters)` : text);
const short = (text: string): string => shortened(text, 60);

function describeMessage({ headers, body }: Extract<CaseMessage, { body: string }>): string {
  const names = headers.map(([name]) => name);
  const missing = USUAL.filter((name) => !names.includes(name));
  const more = names.filter((name, index) => !USUAL.includes(name) || names.indexOf(name) !== index);
  const long = headers.filter(([, value]) => value.length > 200).map(([name]) => name);
  const longest = Math.max(...body.split('\n').map((line) => line.length));
  return [
    ...(missing.length === 0 ? [] : [`without ${missing.join(', ')}`]),
    ...(more.length === 0 ? [] : [`with ${[...new Set(more)].join(', ')}`]),
    ...(long.length === 0 ? [] : [`long ${long.join(', ')}`]),
    `body of ${Buffer.byteLength(body)} bytes${longest > 200 ? ` with a line of ${longest}` : ''}${/[\u0080-\uffff]/.test(body) ? ', 8-bit' : ''}`,
  ].join(', ');
}
