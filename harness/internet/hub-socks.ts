import { connect, isIPv4, isIPv6, type Socket } from 'node:net';
import { MailproofError, messageOf } from '../base/index.ts';
import type { HubAddress } from './hub-client.ts';
import { SocketReader } from './socket-reader.ts';

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
const REASONS: Readonly<Record<number, string>> = {
  1: 'the hub could not connect',
  2: 'that source address belongs to a host of the world',
  3: 'network unreachable',
  4: 'host unreachable',
  5: 'connection refused',
  6: 'timed out',
  8: 'no address of the same family as the source',
};

/**
 * A TCP connection inside the world, through the hub's SOCKS5 proxy (RFC 1928, RFC 1929). Nothing that a server says
 * at once is lost, whenever the caller begins to listen: servers of this world greet within the same packet.
 * @throws MailproofError HUB_REFUSED with the reason, e.g. "connection refused"
 */
export async function connectThroughHub(hub: HubAddress, { from, to, port, deadlineMs = 30_000 }: HubConnection): Promise<Socket> {
  const socket = connect({ host: hub.host, port: hub.port, noDelay: true });
  const what = `no connection from ${from} to ${to} port ${port}`;
  let trouble: string | undefined;
  const onError = (error: Error): void => {
    trouble = messageOf(error);
  };
  socket.on('error', onError);
  const guard = setTimeout(() => socket.destroy(new Error(`no answer in ${deadlineMs} ms`)), deadlineMs);
  try {
    const reader = new SocketReader(socket);
    // Everything the proxy must know is said in one go; it answers in order.
    socket.write(Buffer.concat([Buffer.from([5, 1, 2]), Buffer.from([1]), counted(from), counted(hub.token), Buffer.from([5, 1, 0]), destination(to), portOf(port)]));
    const [, method] = await reader.take(2);
    const [, allowed] = method === 2 ? await reader.take(2) : [];
    if (allowed !== 0) throw new MailproofError('HUB_REFUSED', `${what}: the hub did not take the token, or has no world yet`);
    const [, reply = 1] = await reader.take(10);
    if (reply !== 0) throw new MailproofError('HUB_REFUSED', `${what}: ${REASONS[reply] ?? `SOCKS reply ${reply}`}`);
    socket.off('error', onError);
    return socket;
  } catch (error) {
    socket.destroy();
    if (error instanceof MailproofError) throw error;
    throw new MailproofError('HUB_UNREACHABLE', `${what}: ${trouble ?? messageOf(error)}`, { cause: error });
  } finally {
    clearTimeout(guard);
  }
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function destination(to: string): Buffer {
  if (isIPv4(to)) return Buffer.from([1, ...to.split('.').map(Number)]);
  // An IPv6 address goes as text too: the proxy reads it, and its 16 octets need no encoder here.
  return Buffer.concat([Buffer.from([3]), counted(isIPv6(to) ? to : to.toLowerCase())]);
}

function portOf(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(port);
  return bytes;
}
