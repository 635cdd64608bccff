import type { Socket } from 'node:net';
import { SocksClient } from 'socks';
import { MailproofError, messageOf } from '../base/index.ts';
import type { HubAddress } from './hub-client.ts';

export interface HubConnection {
  /** The outside's address that the connection comes from. */
  from: string;
  /** An address, or the name of a host of the world. */
  to: string;
  port: number;
  /** Guards against a hang, milliseconds; 30 s unless told. */
  deadlineMs?: number;
}

/** RFC 1928 section 6. */
const REASONS: Readonly<Record<string, string>> = {
  Failure: 'the hub could not connect',
  NotAllowed: 'that source address belongs to a host of the world',
  NetworkUnreachable: 'network unreachable',
  HostUnreachable: 'host unreachable',
  ConnectionRefused: 'connection refused',
  TTLExpired: 'timed out',
};

/** A TCP connection inside the world, through the hub's SOCKS5 proxy (RFC 1928, RFC 1929). @throws MailproofError HUB_REFUSED with the reason, e.g. "connection refused" */
export async function connectThroughHub(hub: HubAddress, { from, to, port, deadlineMs = 30_000 }: HubConnection): Promise<Socket> {
  try {
    const { socket } = await SocksClient.createConnection({
      proxy: { host: hub.host, port: hub.port, type: 5, userId: from, password: hub.token },
      command: 'connect',
      destination: { host: to, port },
      timeout: deadlineMs,
      set_tcp_nodelay: true,
    });
    resumeWhenListenedTo(socket);
    return socket;
  } catch (error) {
    const word = /rejected connection - (\w+)/i.exec(messageOf(error))?.[1];
    const reason = (word === undefined ? undefined : REASONS[word]) ?? messageOf(error);
    throw new MailproofError('HUB_REFUSED', `no connection from ${from} to ${to} port ${port}: ${reason}`, { cause: error });
  }
}

/** The library leaves the socket paused; nobody else knows that it is, and what comes before someone listens must not be lost. */
function resumeWhenListenedTo(socket: Socket): void {
  const onListener = (event: string | symbol): void => {
    if (event !== 'data') return;
    socket.off('newListener', onListener);
    socket.resume();
  };
  socket.on('newListener', onListener);
}
