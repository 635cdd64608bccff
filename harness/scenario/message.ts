import { readFileSync } from 'node:fs';
import path from 'node:path';
import MailComposer from 'nodemailer/lib/mail-composer';
import { z } from 'zod';
import { MailproofError, messageOf } from '../base/index.ts';
import { parseSize } from '../world/index.ts';
import { headerValue, splitMessage } from './mail-text.ts';

export const messageSchema = z
  .strictObject({
    subject: z.string().optional(),
    body: z.string().optional(),
    headers: z.record(z.string().regex(/^[!-9;-~]+$/, { error: 'not a header field name (RFC 5322 section 2.2)' }), z.string()).optional(),
    '8bit': z.boolean().optional().describe('the body goes out as 8bit instead of quoted-printable (RFC 6152)'),
    size: z
      .union([z.int().positive(), z.string().regex(/^\d+[KM]?$/)])
      .optional()
      .describe('the body is filled up until the whole message is so long'),
    attach: z.array(z.string()).min(1).optional().describe('names of attachments; their content is made up'),
    file: z.string().optional().describe('a message in a file, relative to the repository; Message-ID and Date are added where they are missing'),
    raw: z.string().optional().describe('the message as it is, header and all; nothing is added'),
  })
  .superRefine((message, context) => {
    const whole = (['file', 'raw'] as const).filter((key) => message[key] !== undefined);
    const parts = Object.keys(message).filter((key) => key !== 'file' && key !== 'raw');
    if (whole.length > 0 && (parts.length > 0 || whole.length > 1)) {
      context.addIssue({
        code: 'custom',
        message: `"${whole[0]}" is the whole message: ${[...whole.slice(1), ...parts].map((key) => `"${key}"`).join(', ')} cannot be beside it`,
        path: [parts[0] ?? whole[1] ?? ''],
      });
    }
  });
export type MessageYaml = z.infer<typeof messageSchema>;

export interface MessageContext {
  /** Undefined: the message has no From, as programs leave it to sendmail. */
  from: string | undefined;
  to: string[];
  /** With angle brackets. */
  messageId: string;
  date: Date;
  /** Subject unless the message has one. */
  subject: string;
  /** Folder that `file` is relative to. */
  root: string;
}

/** The bytes that are handed over, CRLF line ends. @throws MailproofError NOT_FOUND for a file that cannot be read */
export async function buildMessage(yaml: MessageYaml, context: MessageContext): Promise<Buffer> {
  if (yaml.raw !== undefined) return crlf(Buffer.from(yaml.raw, 'utf8'));
  if (yaml.file !== undefined) return completed(crlf(readMessage(yaml.file, context.root)), context);
  const built = await compose(yaml, context, yaml.body ?? 'A message of mailproof.\r\n');
  if (yaml.size === undefined) return built;
  const missing = parseSize(yaml.size) - built.length;
  return missing > 0 ? await compose(yaml, context, `${yaml.body ?? ''}${filler(missing + (yaml.body === undefined ? 'A message of mailproof.\r\n'.length : 0))}`) : built;
}

const CRLF = Buffer.from('\r\n');
/** nodemailer encodes any text with long lines or 8-bit characters; this stands for one that goes out as it is. */
const PLACEHOLDER = 'mailproof-body-as-it-is';

async function compose(yaml: MessageYaml, context: MessageContext, body: string): Promise<Buffer> {
  const content = body.replace(/\r?\n/g, '\r\n');
  // ASCII goes out as 7bit, so that `size` and `body: intact` mean what is written.
  const ascii = /^[\t\r\n\x20-\x7e]*$/.test(content) && content.split('\r\n').every((line) => line.length <= 998);
  const asItIs = yaml['8bit'] === true ? '8bit' : ascii ? '7bit' : undefined;
  const told = new Set(Object.keys(yaml.headers ?? {}).map((name) => name.toLowerCase()));
  const composer = new MailComposer({
    ...(context.from === undefined || told.has('from')
      ? {}
      : { from: context.from === '' ? 'Mail Delivery System <mailer-daemon@invalid.test>' : { name: '', address: context.from } }),
    ...(told.has('to') ? {} : { to: context.to.map((address) => ({ name: '', address })) }),
    subject: yaml.subject ?? context.subject,
    messageId: context.messageId,
    date: context.date,
    headers: Object.entries(yaml.headers ?? {}).map(([key, value]) => ({ key, value })),
    text: asItIs === undefined ? content : PLACEHOLDER,
    attachments: (yaml.attach ?? []).map((filename) => ({ filename, content: `Content of ${filename}.\r\n` })),
    newline: 'win',
  });
  const built = await new Promise<Buffer>((resolve, reject) => {
    composer.compile().build((error, bytes) => {
      if (error || bytes === undefined) reject(new MailproofError('USAGE', `the message cannot be built: ${messageOf(error)}`));
      else resolve(bytes);
    });
  });
  return asItIs === undefined ? built : inPlace(built, Buffer.from(content, 'utf8'), asItIs);
}

function inPlace(built: Buffer, content: Buffer, encoding: '7bit' | '8bit'): Buffer {
  const at = built.indexOf(PLACEHOLDER);
  const before = built.subarray(0, at).toString('latin1');
  const field = before.toLowerCase().lastIndexOf('content-transfer-encoding: 7bit');
  const head = encoding === '7bit' ? before : `${before.slice(0, field)}Content-Transfer-Encoding: 8bit${before.slice(field + 'Content-Transfer-Encoding: 7bit'.length)}`;
  const rest = built.subarray(at + PLACEHOLDER.length);
  const endsTwice = content.subarray(-2).equals(CRLF) && rest.subarray(0, 2).equals(CRLF);
  return Buffer.concat([Buffer.from(head, 'latin1'), content, endsTwice ? rest.subarray(2) : rest]);
}

function readMessage(file: string, root: string): Buffer {
  try {
    return readFileSync(path.resolve(root, file));
  } catch (error) {
    throw new MailproofError('NOT_FOUND', `message file ${file} cannot be read: ${messageOf(error)}`, { hint: `paths are relative to ${root}`, cause: error });
  }
}

function completed(message: Buffer, context: MessageContext): Buffer {
  const { headers } = splitMessage(message);
  const missing: string[] = [];
  if (headerValue(headers, 'Message-ID') === undefined) missing.push(`Message-ID: ${context.messageId}\r\n`);
  if (headerValue(headers, 'Date') === undefined) missing.push(`Date: ${context.date.toUTCString().replace('GMT', '+0000')}\r\n`);
  return Buffer.concat([Buffer.from(missing.join('')), message]);
}

function crlf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/\r\n|\n/g, '\r\n'), 'latin1');
}

/** Lines of 76 characters and CRLF, `length` octets in all. */
function filler(length: number): string {
  const line = `${'0123456789'.repeat(8).slice(0, 76)}\r\n`;
  const text = line.repeat(Math.ceil(length / line.length)).slice(0, Math.max(0, length - 2));
  return `${text}\r\n`;
}
