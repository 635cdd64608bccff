import type { Socket } from 'node:net';
import { MailproofError } from '../base/index.ts';
import type { HubConnection } from '../internet/index.ts';
import type { Run } from './run.ts';

/** What the hub says when it was the server that could not be reached. Anything else is the hub's own trouble, or a mistake in what it was asked. */
const SERVER_TROUBLES: readonly { text: RegExp; example: string }[] = [
  {
    text: /: (connection refused|host unreachable|network unreachable|timed out|the hub could not connect)$/,
    example: 'no connection from 198.51.100.77 to 203.0.113.10 port 25: connection refused',
  },
];
export const serverTroubles = SERVER_TROUBLES;

/** A connection that was given its own patience has none left: packets vanish on the way to the server. */
const NO_ANSWER = /: no answer in \d+ ms$/;

/**
 * Connects to a server under test.
 * @param connection with `deadlineMs`, no answer within it means that the server cannot be reached
 * @returns the connection, or why the server could not be reached: a fault of the system under test
 * @throws MailproofError when it is the hub that cannot be reached, or that refuses to be asked
 */
export async function connectTo(run: Pick<Run, 'hub'>, connection: HubConnection): Promise<Socket | { unreachable: string }> {
  try {
    return await run.hub.connect(connection);
  } catch (error) {
    if (!(error instanceof MailproofError)) throw error;
    const silent = connection.deadlineMs !== undefined && NO_ANSWER.test(error.message);
    if (silent || SERVER_TROUBLES.some(({ text }) => text.test(error.message))) return { unreachable: error.message };
    throw error;
  }
}
