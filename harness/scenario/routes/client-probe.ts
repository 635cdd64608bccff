import { messageOf } from '../../base/index.ts';
import type { HubClient } from '../../internet/index.ts';
import { connectTo } from '../connect.ts';
import { DEADLINE_MS } from '../run.ts';
import type { ServerAddress } from '../server-address.ts';
import { Conversation } from '../smtp/conversation.ts';
import { answerOf, type Said } from './answer.ts';
import type { Answer } from './model.ts';

/** Who offers a recipient to a host, and where. */
export interface Offer {
  server: ServerAddress;
  client: string;
  helo: string;
  /** Empty for the null reverse-path. */
  from: string;
  recipient: string;
}

/**
 * Offers a recipient as a client outside does: MAIL, RCPT and QUIT, with TLS where it is offered. Nothing is sent.
 * @throws MailproofError DEADLINE when the server stays silent; HUB_REFUSED, HUB_UNREACHABLE
 */
export async function offerAsClient(hub: HubClient, { server, client, helo, from, recipient }: Offer): Promise<Answer> {
  const socket = await connectTo({ hub }, { from: client, to: server.address, port: 25 });
  if ('unreachable' in socket) return { taken: false, stage: 'connect', code: 0, text: socket.unreachable };
  const conversation = new Conversation(socket, DEADLINE_MS);
  const said: Said = { replies: [] };
  const hear = async (command: string): Promise<string | undefined> => {
    const heard = await conversation.reply();
    if ('closed' in heard) {
      said.trouble = heard.closed;
      return undefined;
    }
    said.replies.push({ command, raw: heard.raw });
    return heard.raw;
  };
  const ask = async (command: string): Promise<string | undefined> => {
    conversation.say(command);
    const raw = await hear(command);
    return raw !== undefined && /^[23]/.test(raw) ? raw : undefined;
  };
  try {
    const greeting = await hear('connect');
    if (greeting === undefined || !greeting.startsWith('2')) return answerOf(said);
    const offered = await ask(`EHLO ${helo}`);
    if (offered !== undefined && /^250[ -]STARTTLS\b/im.test(offered) && (await ask('STARTTLS')) !== undefined) {
      try {
        await conversation.startTls({ ca: hub.ca, servername: server.host.fqdn, verify: false });
      } catch (error) {
        said.trouble = messageOf(error);
        return answerOf(said);
      }
      await ask(`EHLO ${helo}`);
    } else if (offered === undefined) await ask(`HELO ${helo}`);
    if ((await ask(`MAIL FROM:<${from}>`)) !== undefined) await ask(`RCPT TO:<${recipient}>`);
    const answer = answerOf(said);
    conversation.say('QUIT');
    return answer;
  } finally {
    conversation.end();
  }
}
