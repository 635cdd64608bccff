import { type HeaderField, headerValue, splitMessage } from './mail-text.ts';

/** What a delivery status notification says of one recipient (RFC 3464 section 2.3). */
export interface DsnRecipient {
  /** Final-Recipient, without its type. */
  recipient: string;
  original?: string;
  action: string;
  status: string;
  diagnostic?: string;
  remote?: string;
}

export interface Dsn {
  reporting?: string;
  recipients: DsnRecipient[];
  /** What of the original came back: the message, its header, or nothing. */
  returned: 'full' | 'headers' | 'none';
  /** Header fields of the original, where it came back. */
  originalHeaders: HeaderField[];
}

interface Part {
  type: string;
  body: Buffer;
}

/** Reads a multipart/report of type delivery-status; undefined when the message is none (RFC 3464, RFC 6522, RFC 6533). */
export function parseDsn(raw: Buffer): Dsn | undefined {
  const { headers, body } = splitMessage(raw);
  const contentType = headerValue(headers, 'Content-Type') ?? '';
  if (!/^multipart\/report\b/i.test(contentType) || !/report-type\s*=\s*"?delivery-status"?/i.test(contentType)) return undefined;
  const boundary = parameter(contentType, 'boundary');
  if (boundary === undefined) return undefined;
  const parts = splitParts(body, boundary);
  const status = parts.find((part) => /^message\/(global-)?delivery-status$/.test(part.type));
  if (!status) return undefined;
  const [perMessage, ...groups] = fieldGroups(status.body);
  const original = parts.find((part) => /^(message\/(global|rfc822)(-headers)?|text\/rfc822-headers)$/.test(part.type));
  const reporting = typed(headerValue(perMessage ?? [], 'Reporting-MTA'));
  return {
    ...(reporting === undefined ? {} : { reporting }),
    recipients: groups.filter((group) => headerValue(group, 'Final-Recipient') !== undefined || headerValue(group, 'Original-Recipient') !== undefined).map(recipientOf),
    returned: original === undefined ? 'none' : original.type.endsWith('-headers') || splitMessage(original.body).body.length === 0 ? 'headers' : 'full',
    originalHeaders: original === undefined ? [] : splitMessage(original.body).headers,
  };
}

function recipientOf(group: HeaderField[]): DsnRecipient {
  const final = typed(headerValue(group, 'Final-Recipient'));
  const original = typed(headerValue(group, 'Original-Recipient'));
  const diagnostic = typed(headerValue(group, 'Diagnostic-Code'));
  const remote = typed(headerValue(group, 'Remote-MTA'));
  return {
    recipient: final ?? original ?? '',
    ...(original === undefined ? {} : { original }),
    action: (headerValue(group, 'Action') ?? '').toLowerCase(),
    status: /[245]\.\d+\.\d+/.exec(headerValue(group, 'Status') ?? '')?.[0] ?? '',
    ...(diagnostic === undefined ? {} : { diagnostic }),
    ...(remote === undefined ? {} : { remote }),
  };
}

/** `rfc822; ann@a.test` -> `ann@a.test` */
function typed(value: string | undefined): string | undefined {
  return value
    ?.replace(/^[\w-]+\s*;\s*/, '')
    .trim()
    .replace(/^<(.*)>$/, '$1');
}

function fieldGroups(body: Buffer): HeaderField[][] {
  return body
    .toString('utf8')
    .trim()
    .split(/(?:\r?\n){2,}/)
    .map((group) => splitMessage(Buffer.from(group)).headers);
}

export function parameter(value: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(value);
  return found?.[1] ?? found?.[2];
}

function splitParts(body: Buffer, boundary: string): Part[] {
  const lines = body.toString('latin1').split(/\r?\n/);
  const parts: Part[] = [];
  let current: string[] | undefined;
  const close = (): void => {
    if (!current) return;
    const { headers, body: content } = splitMessage(Buffer.from(current.join('\r\n'), 'latin1'));
    parts.push({ type: (headerValue(headers, 'Content-Type') ?? 'text/plain').split(';')[0]?.trim().toLowerCase() ?? '', body: content });
    current = undefined;
  };
  for (const line of lines) {
    if (line.trimEnd() === `--${boundary}`) {
      close();
      current = [];
    } else if (line.trimEnd() === `--${boundary}--`) {
      close();
      break;
    } else current?.push(line);
  }
  close();
  return parts;
}

/** A notification as a careful receiver writes it: three parts, the header of the original (RFC 3464). */
export function composeDsn(input: {
  from: string;
  to: string;
  reporting: string;
  messageId: string;
  date: Date;
  recipients: { recipient: string; action: 'failed' | 'delayed'; status: string; diagnostic: string }[];
  original: HeaderField[];
  originalMessageId?: string;
}): Buffer {
  const boundary = `report-${input.messageId.replace(/[^A-Za-z0-9]/g, '').slice(0, 40)}`;
  const groups = input.recipients.map((r) =>
    [`Final-Recipient: rfc822; ${r.recipient}`, `Action: ${r.action}`, `Status: ${r.status}`, `Diagnostic-Code: smtp; ${r.diagnostic}`].join('\r\n'),
  );
  const lines = [
    `From: Mail Delivery System <mailer-daemon@${input.from}>`,
    `To: <${input.to}>`,
    'Subject: Undelivered Mail Returned to Sender',
    `Date: ${input.date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: ${input.messageId}`,
    'Auto-Submitted: auto-replied',
    ...(input.originalMessageId === undefined ? [] : [`References: ${input.originalMessageId}`]),
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'The message could not be delivered to:',
    ...input.recipients.map((r) => `  ${r.recipient}: ${r.diagnostic}`),
    '',
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    `Reporting-MTA: dns; ${input.reporting}`,
    '',
    groups.join('\r\n\r\n'),
    '',
    `--${boundary}`,
    'Content-Type: text/rfc822-headers',
    '',
    ...input.original.map(([name, value]) => `${name}: ${value}`),
    '',
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'utf8');
}
