import { z } from 'zod';
import { MailproofError, quoted } from '../../base/index.ts';
import { type HostModel, joinedManifest } from '../../world/index.ts';
import type { SentMessage } from '../actual.ts';
import type { CheckContext } from '../check-context.ts';
import { enterRoot, newMessageId, withMessageId } from '../hand-over.ts';
import { removals } from '../leftovers.ts';
import { buildMessage, messageSchema } from '../message.ts';
import type { StepContext } from '../run.ts';
import { hostOf } from '../server-address.ts';
import { fedScript } from '../shell.ts';
import { envelopeSchema, labelSchema } from './sending.ts';
import { verb } from './verb.ts';

const schema = z.strictObject({
  host: z.string(),
  user: z
    .string()
    .regex(/^[a-z_][\w-]*\$?$/i, { error: 'not the name of a user of a host' })
    .optional()
    .describe('user of the host that it runs as; root unless told'),
  from: envelopeSchema.optional().describe('-f: envelope sender, and From of a made message; <> is the null one; what the mail server makes of the user unless told'),
  to: z.union([envelopeSchema, z.array(envelopeSchema).min(1)]).describe('given as arguments, unless `arguments` has -t: then the header must name them'),
  message: messageSchema.optional(),
  arguments: z.array(z.string()).min(1).optional().describe('further arguments, before the recipients'),
  as: labelSchema.optional(),
});
type SendmailYaml = z.infer<typeof schema>;

export const sendmail = verb({
  name: 'sendmail',
  description: 'gives a message to /usr/sbin/sendmail on a host, as programs, cron jobs and web applications do',
  schema,
  examples: [
    { host: 'mx', to: 'alice@example.test' },
    { host: 'mx', user: 'www-data', from: 'shop@example.test', to: ['x@hosted.test'], arguments: ['-oi'], message: { subject: 'Your order' }, as: 'order' },
  ],
  given: false,
  changes: () => false,
  summary: (value) =>
    `sendmail on ${value.host}${value.user === undefined ? '' : ` as ${value.user}`}${value.from === undefined ? '' : `, ${value.from}`} -> ${[value.to].flat().join(', ')}`,
  check: (value, context) => {
    if (context.host(['host'], value.host)) checkServer(value.host, context);
    const { raw } = value.message ?? {};
    if (raw !== undefined && withMessageId(Buffer.from(raw)).messageId === undefined)
      context.problem(['message', 'raw'], 'no-message-id', 'the message has no Message-ID, by which the log of the host names it', {
        hint: `add "Message-ID: <\${run}.1@sender.test>", or let \`run\` give it to sendmail, and find it with \`sends\``,
      });
    context.sent.push(value.as);
  },
  run: handToSendmail,
});

/** Servers whose log names no Message-ID: what makes their sendmail tell the final reply, which has the queue id. */
const TELLING: Readonly<Record<string, { argument: string; reply: RegExp }>> = {
  // smtpctl's enqueuer shows its session.
  opensmtpd: { argument: '-v', reply: /^<<< (250 \S+ [0-9a-f]{8} Message accepted for delivery)/m },
};

function tellingOf(host: HostModel | undefined): { argument: string; reply: RegExp } | undefined {
  return host === undefined ? undefined : joinedManifest(host).software.flatMap((software) => TELLING[software] ?? [])[0];
}

function checkServer(name: string, context: CheckContext): void {
  const host = hostOf(context.model, name);
  if (host === undefined || joinedManifest(host).software.some((software) => software in removals)) return;
  context.problem(['host'], 'no-sendmail', `host ${name} (${host.layers.join(', ')}) runs no mail server, so it has no /usr/sbin/sendmail`, { received: name });
}

async function handToSendmail(value: SendmailYaml, context: StepContext): Promise<void> {
  const { run } = context;
  const to = [value.to].flat();
  const from = value.from === '<>' ? '' : value.from;
  const host = hostOf(run.model, value.host);
  const fqdn = host?.fqdn ?? value.host;
  const telling = tellingOf(host);
  const raw = await buildMessage(value.message ?? {}, {
    from,
    to,
    messageId: newMessageId(run, from ?? `x@${fqdn}`),
    date: new Date(run.now()),
    subject: `Message ${run.sent.length + 1} of ${run.token}`,
    root: run.model.root,
  });
  const message: SentMessage = {
    number: run.sent.length + 1,
    ...(value.as === undefined ? {} : { label: value.as }),
    ...withMessageId(raw),
    // Which domain the server gives to a bare user is its own business; its log says so.
    from: from ?? `${value.user ?? 'root'}@${fqdn}`,
    to,
    raw,
    atMs: run.since(run.now()),
  };
  run.sent.push(message);
  const command = commandOf(telling === undefined ? value : { ...value, arguments: [telling.argument, ...(value.arguments ?? [])] }, to);
  const began = performance.now();
  // Programs on a host write lines that end in LF.
  const { status, output } = await run.hub.exec({ host: value.host, script: fedScript(command, Buffer.from(raw.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')) });
  const said = output.trimEnd();
  const ms = Math.round(performance.now() - began);
  context.transcript([
    { ms: 0, mark: '->', text: command },
    ...(said === '' ? [] : said.split('\n').map((text) => ({ ms, mark: '<-' as const, text }))),
    { ms, mark: '--', text: `status ${status}` },
  ]);
  if (status !== 0) context.fail(['host'], `sendmail on ${value.host} did not take the message: it ended with status ${status}; it said:\n${said || '(nothing)'}`);
  enterRoot(run, message, value.host, telling?.reply.exec(output)?.[1] ?? '', to);
  // What lies in a drop directory (Postfix's maildrop) has no queue id to remove it by, and would be taken up in another scenario's time.
  context.undo(`sendmail on ${value.host}`, async () => {
    if (run.ledger.custodies(run.roots.filter((root) => root === message.root)).length === 0)
      throw new MailproofError('INVARIANT', `the log of ${value.host} has not named ${message.messageId}, which may still lie there`);
  });
}

function commandOf(value: SendmailYaml, to: readonly string[]): string {
  const { user, from, arguments: more = [] } = value;
  const recipients = more.includes('-t') ? [] : ['--', ...to.map(quoted)];
  const sender = from === undefined ? [] : ['-f', quoted(from)];
  return [...(user === undefined ? [] : ['runuser', '-u', user, '--']), '/usr/sbin/sendmail', '-i', ...sender, ...more.map(quoted), ...recipients].join(' ');
}
