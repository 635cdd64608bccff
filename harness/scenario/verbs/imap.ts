import type { ImapFlow } from 'imapflow';
import { z } from 'zod';
import { newMessageId } from '../hand-over.ts';
import { imapProblem, loginRefused, openImap } from '../imap-pool.ts';
import { headerValue, splitMessage } from '../mail-text.ts';
import { inFolder } from '../mailbox.ts';
import { buildMessage, messageSchema } from '../message.ts';
import { matches, patternSchema, showPattern } from '../pattern.ts';
import type { StepContext } from '../run.ts';
import { hostOf } from '../server-address.ts';
import { verb } from './verb.ts';

const actionSchema = z.union([
  z.literal('login refused'),
  z.strictObject({
    append: z.strictObject({ folder: z.string(), message: messageSchema.optional(), refused: patternSchema.optional().describe('the server must refuse it, saying so') }),
  }),
  z.strictObject({ move: z.strictObject({ from: z.string(), to: z.string(), subject: patternSchema }) }),
  z.strictObject({ delete: z.strictObject({ folder: z.string(), subject: patternSchema }) }),
  z.strictObject({ read: z.strictObject({ folder: z.string(), subject: patternSchema }) }),
  z.strictObject({ create: z.strictObject({ folder: z.string() }) }),
  z.strictObject({
    has: z.strictObject({
      folder: z.string(),
      subject: patternSchema,
      count: z.int().min(0).optional(),
      flags: z.array(z.string()).optional().describe('flags that each has; an empty list: none at all'),
    }),
  }),
]);
const CHANGING = { readOnly: false };
type ImapAction = z.infer<typeof actionSchema>;

export const imap = verb({
  name: 'imap',
  description: 'works in a mailbox over IMAP',
  schema: z.strictObject({
    user: z.string(),
    password: z.string().optional().describe("the account's unless told"),
    server: z.string().optional().describe("host that serves the mailboxes, or an address of one; the world's IMAP server unless told"),
    tls: z.literal('never').optional().describe('tries in clear, on port 143 unless `port` says another'),
    port: z.int().min(1).max(65535).optional(),
    do: z.array(actionSchema).min(1),
  }),
  examples: [
    {
      user: 'alice',
      do: [
        { create: { folder: 'Old' } },
        { move: { from: 'INBOX', to: 'Old', subject: 'Hello*' } },
        { has: { folder: 'Old', subject: 'Hello*', count: 1 } },
        { read: { folder: 'Old', subject: 'Hello*' } },
        { delete: { folder: 'Old', subject: '*' } },
      ],
    },
    { user: 'alice', password: 'wrong', do: ['login refused'] },
  ],
  given: false,
  changes: () => false,
  summary: (value) => `imap as ${value.user}: ${value.do.map((action) => (typeof action === 'string' ? action : Object.keys(action)[0])).join(', ')}`,
  check: (value, context) => {
    if (context.model.accounts === undefined) context.problem([], 'no-accounts', 'world.yaml declares no accounts');
    else if (value.password === undefined) context.user(['user'], value.user);
    if (value.server !== undefined && hostOf(context.model, value.server) === undefined) context.host(['server'], value.server);
    const refusal = value.do.indexOf('login refused');
    if (refusal >= 0 && value.do.length > 1)
      context.problem(['do', refusal], 'after-refusal', 'after a refused login nothing else can be done', { hint: 'make it a step of its own' });
    if (value.port !== undefined && value.tls === undefined) context.problem(['port'], 'needless', '"port" is for `tls: never`; the usual port is in world.yaml');
  },
  run: async (value, context) => {
    const { run } = context;
    const password = value.password ?? run.users[value.user]?.password ?? '';
    const wantsRefusal = value.do.includes('login refused');
    let client: ImapFlow;
    try {
      client = await openImap(run, {
        user: value.user,
        password,
        ...(value.server === undefined ? {} : { server: value.server }),
        ...(value.tls === 'never' ? { clear: { port: value.port ?? 143 } } : {}),
      });
    } catch (error) {
      if (wantsRefusal) return refusedAsWanted(error, context);
      return context.fail(['user'], `IMAP login of ${value.user} failed: ${imapProblem(error)}`, { cause: error });
    }
    try {
      if (wantsRefusal) context.fail(['do', value.do.indexOf('login refused')], `the login of ${value.user} was accepted, but it must be refused`);
      for (const [index, action] of value.do.entries()) await act(client, action, index, context);
    } finally {
      await client.logout().catch(() => client.close());
    }
  },
});

/** A login counts as refused when the server said no, not when it could not be reached. */
function refusedAsWanted(error: unknown, context: StepContext): void {
  const refused = loginRefused(error) || /LOGINDISABLED|login is disabled|No supported/i.test(imapProblem(error));
  if (!refused) context.fail(['do', 0], `expected the login to be refused, but there was no answer to it: ${imapProblem(error)}`, { cause: error });
}

async function act(client: ImapFlow, action: ImapAction, index: number, context: StepContext): Promise<void> {
  if (typeof action === 'string') return;
  const [name = ''] = Object.keys(action);
  try {
    if ('append' in action) await append(client, action.append, index, context);
    else if ('create' in action) await client.mailboxCreate(action.create.folder);
    else if ('move' in action) {
      const { from, to, subject } = action.move;
      await inFolder(client, from, CHANGING, async () => {
        const uids = await need(client, from, subject, ['do', index, 'move', 'subject'], context);
        await client.messageMove(uids, to, { uid: true });
      });
    } else if ('delete' in action) {
      const { folder, subject } = action.delete;
      await inFolder(client, folder, CHANGING, async () => {
        await client.messageDelete(await need(client, folder, subject, ['do', index, 'delete', 'subject'], context), { uid: true });
      });
    } else if ('read' in action) {
      const { folder, subject } = action.read;
      await inFolder(client, folder, CHANGING, async () => {
        await client.messageFlagsAdd(await need(client, folder, subject, ['do', index, 'read', 'subject'], context), ['\\Seen'], { uid: true });
      });
    } else await has(client, action.has, index, context);
  } catch (error) {
    if (error instanceof Error && error.name === 'ExpectationError') throw error;
    context.fail(['do', index], `imap ${name} failed: ${imapProblem(error)}`, { cause: error });
  }
}

async function append(
  client: ImapFlow,
  value: { folder: string; message?: z.infer<typeof messageSchema>; refused?: z.infer<typeof patternSchema> },
  index: number,
  context: StepContext,
): Promise<void> {
  const { run } = context;
  const domain = run.model.accounts?.domain ?? 'mailproof.test';
  const address = `someone@${domain}`;
  const raw = await buildMessage(value.message ?? {}, {
    from: address,
    to: [address],
    messageId: newMessageId(run, address),
    date: new Date(run.now()),
    subject: `Appended by ${run.token}`,
    root: run.model.root,
  });
  let problem: string | undefined;
  try {
    if ((await client.append(value.folder, raw)) === false) problem = 'refused without a word';
  } catch (error) {
    problem = imapProblem(error);
  }
  if (value.refused === undefined && problem !== undefined) context.fail(['do', index, 'append'], `appending to ${value.folder} failed: ${problem}`);
  if (value.refused !== undefined && problem === undefined) context.fail(['do', index, 'append', 'refused'], `appending to ${value.folder} was accepted, but it must be refused`);
  if (value.refused !== undefined && !matches(value.refused, problem) && !matches(`*${String(value.refused)}*`, problem))
    context.fail(['do', index, 'append', 'refused'], `appending was refused with "${problem}", expected ${showPattern(value.refused)}`);
}

async function has(
  client: ImapFlow,
  value: { folder: string; subject: z.infer<typeof patternSchema>; count?: number; flags?: string[] },
  index: number,
  context: StepContext,
): Promise<void> {
  await inFolder(client, value.folder, CHANGING, async () => {
    const found = await bySubject(client, value.subject);
    const wanted = value.count ?? 1;
    if (found.length !== wanted)
      context.fail(['do', index, 'has'], `${value.folder} holds ${found.length} messages with subject ${showPattern(value.subject)}, expected ${wanted}`);
    for (const message of found) {
      const missing = (value.flags ?? []).filter((flag) => !message.flags.includes(flag));
      if (missing.length > 0)
        context.fail(['do', index, 'has', 'flags'], `"${message.subject}" in ${value.folder} has the flags ${message.flags.join(' ') || 'none'}, ${missing.join(' ')} is missing`);
      // \Recent says that no session has seen it before (RFC 3501 section 2.3.2): it comes and goes by itself.
      const set = message.flags.filter((flag) => flag !== '\\Recent');
      if (value.flags?.length === 0 && set.length > 0)
        context.fail(['do', index, 'has', 'flags'], `"${message.subject}" in ${value.folder} has the flags ${set.join(' ')}, expected none`);
    }
  });
}

async function bySubject(client: ImapFlow, subject: z.infer<typeof patternSchema>): Promise<{ uid: number; subject: string; flags: string[] }[]> {
  if (!client.mailbox || client.mailbox.exists === 0) return [];
  const messages = await client.fetchAll('1:*', { uid: true, flags: true, headers: ['subject'] });
  return messages
    .map((message) => ({ uid: message.uid, flags: [...(message.flags ?? [])], subject: headerValue(splitMessage(message.headers ?? Buffer.alloc(0)).headers, 'Subject') ?? '' }))
    .filter((message) => matches(subject, message.subject));
}

async function need(client: ImapFlow, folder: string, subject: z.infer<typeof patternSchema>, path: (string | number)[], context: StepContext): Promise<number[]> {
  const found = await bySubject(client, subject);
  if (found.length === 0) context.fail(path, `${folder} holds no message with subject ${showPattern(subject)}`);
  return found.map((message) => message.uid);
}
