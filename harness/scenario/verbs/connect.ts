import { z } from 'zod';
import { connectTo } from '../connect.ts';
import type { ObservedReply } from '../result.ts';
import { DEADLINE_MS } from '../run.ts';
import { clientAddress, hostOf, serverAddress } from '../server-address.ts';
import { Conversation } from '../smtp/conversation.ts';
import { readReply, showReply } from '../smtp/replies.ts';
import { verb } from './verb.ts';

/** How a connection was greeted: with a code, not at all, or not let in. */
const greetingKey = z.string().regex(/^([2-5]\d\d|closed|refused)$/, { error: 'not a code, "closed" (ended without a greeting) or "refused" (no connection)' });

interface Greeting {
  key: string;
  text: string;
  reply: ObservedReply;
  conversation?: Conversation;
}

/**
 * So many wait at most to be taken by the server. A server's queue of those may be short (Exim's `smtp_connect_backlog` is 20); the
 * kernel forgets what overruns it, and the client, which has been told that it is connected, would wait for a greeting for ever.
 */
const WAITING = 8;

const noReply = (text: string): ObservedReply => ({ to: 'connect', code: 0, text, tls: false });

export const connect = verb({
  name: 'connect',
  description: 'opens connections from one address and leaves them open until `hang up` or the end of the scenario; they must be greeted as counted',
  schema: z.strictObject({
    server: z.string().optional().describe('host or address of a host; the entrance unless told'),
    port: z.int().min(1).max(65535).optional(),
    client: z.union([z.ipv4(), z.ipv6()]).optional(),
    times: z.int().positive().max(200),
    greeted: z.record(greetingKey, z.int().positive()).describe('so many with each code; `closed`: ended without a greeting, `refused`: no connection'),
    as: z.string().optional().describe('label for `hang up`'),
  }),
  examples: [{ server: 'mx', times: 6, greeted: { 220: 5, 421: 1 }, as: 'crowd' }],
  given: false,
  // They use up what other scenarios need.
  changes: () => true,
  summary: (value) => `connect ${value.times} times to ${value.server ?? 'the entrance'}${value.port === undefined ? '' : ` port ${value.port}`}`,
  check: (value, context) => {
    if (value.server !== undefined && hostOf(context.model, value.server) === undefined) context.host(['server'], value.server);
    const counted = Object.values(value.greeted).reduce((sum, count) => sum + count, 0);
    if (counted !== value.times) context.problem(['greeted'], 'bad-count', `${counted} connections are counted, and ${value.times} are made`);
    if (value.as === undefined) return;
    if (context.connections.includes(value.as)) context.problem(['as'], 'label-twice', 'other connections of this scenario are called so too', { received: value.as });
    context.connections.push(value.as);
  },
  run: async (value, context) => {
    const { run } = context;
    const server = serverAddress(run.model, value.server ?? run.model.entrance, value.client);
    const client = clientAddress(run, value.client, server.address);
    const greet = async (): Promise<Greeting> => {
      const socket = await connectTo(run, { from: client, to: server.address, port: value.port ?? 25 });
      if ('unreachable' in socket) return { key: 'refused', text: socket.unreachable, reply: noReply('refused') };
      const conversation = new Conversation(socket, DEADLINE_MS);
      run.hangUps.push(() => conversation.end());
      const heard = await conversation.reply();
      if ('closed' in heard) return { key: 'closed', text: heard.closed, reply: noReply('closed') };
      const reply = readReply('connect', heard.raw, false);
      return { key: String(reply.code), text: showReply(reply), reply, conversation };
    };
    const greetings: Greeting[] = [];
    let left = value.times;
    const greetSome = async (): Promise<void> => {
      while (left-- > 0) greetings.push(await greet());
    };
    await Promise.all(Array.from({ length: WAITING }, greetSome));
    // Which of them is let in is chance, how many are is not.
    context.replies(
      'connect',
      greetings.toSorted((one, other) => one.key.localeCompare(other.key)).map(({ reply }) => reply),
    );
    const came = Map.groupBy(greetings, ({ key }) => key);
    const shown = [...came]
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([key, list]) => ({ key, count: list.length, texts: [...new Set(list.map(({ text }) => text))] }));
    context.transcript(
      shown.flatMap(({ count, texts }) =>
        texts.slice(0, 3).map((text) => ({ ms: 0, mark: /^[45]/.test(text) ? ('<**' as const) : ('<-' as const), text: `${count} times: ${text}` })),
      ),
    );
    if (value.as !== undefined)
      run.connections.set(
        value.as,
        greetings.flatMap(({ conversation }) => conversation ?? []),
      );
    const keys = new Set([...came.keys(), ...Object.keys(value.greeted)]);
    if ([...keys].every((key) => (came.get(key)?.length ?? 0) === (value.greeted[key] ?? 0))) return;
    context.fail(
      ['greeted'],
      [
        `of ${value.times} connections from ${client} to ${server.host.name}, expected ${Object.entries(value.greeted)
          .map(([key, count]) => `${count} to be answered ${key}`)
          .join(' and ')}, but there were`,
        ...shown.map(({ key, count, texts }) => `  ${count} ${key}: ${texts.slice(0, 3).join(' | ')}`),
      ].join('\n'),
    );
  },
});

export const hangUp = verb({
  name: 'hang up',
  description: 'ends connections of `connect`, and waits until the server has ended them too',
  schema: z.string().describe('label of a `connect`'),
  examples: ['crowd'],
  given: false,
  changes: () => true,
  summary: (label) => `hang up ${label}`,
  check: (label, context) => {
    context.known([], 'connection', label, context.connections, 'is opened before this step');
  },
  run: async (label, context) => {
    const { connections } = context.run;
    const open = connections.get(label);
    if (open === undefined) return context.fail([], `the connections ${label} have ended already`);
    connections.delete(label);
    await Promise.all(open.map(leave));
  },
});

/** Says QUIT and hears the server out; Exim ends the session when the client has closed (or 200 ms after QUIT). */
async function leave(conversation: Conversation): Promise<void> {
  conversation.say('QUIT');
  while ('raw' in (await conversation.reply()));
  conversation.end();
}
