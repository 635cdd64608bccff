import { connect, isIP, isIPv6, type Socket } from 'node:net';
import { messageOf } from '../../base/index.ts';
import { SocketReader } from '../socket-reader.ts';
import { canonicalAddress } from './addresses.ts';
import type { Hub } from './hub.ts';
import { Problem } from './problem.ts';

/** RFC 1928 section 6. */
const REPLY = { granted: 0, failure: 1, notAllowed: 2, networkUnreachable: 3, hostUnreachable: 4, refused: 5, timedOut: 6, commandUnknown: 7, addressUnknown: 8 } as const;
const REPLY_OF_ERROR: Readonly<Record<string, number>> = {
  ECONNREFUSED: REPLY.refused,
  ENETUNREACH: REPLY.networkUnreachable,
  EHOSTUNREACH: REPLY.hostUnreachable,
  ETIMEDOUT: REPLY.timedOut,
};

/**
 * SOCKS5 (RFC 1928) with user name and password (RFC 1929): the user name is the address to connect from,
 * the password the hub's token. The destination may be a host's name.
 */
export async function serveSocks(client: Socket, hub: Hub | undefined, isToken: (text: string) => boolean): Promise<void> {
  client.on('error', () => client.destroy());
  try {
    const reader = new SocketReader(client);
    const [, methods = 0] = await reader.take(2);
    if (!(await reader.take(methods)).includes(2)) return void client.end(Buffer.from([5, 0xff]));
    client.write(Buffer.from([5, 2]));
    const [, nameLength = 0] = await reader.take(2);
    const from = (await reader.take(nameLength)).toString();
    const [passwordLength = 0] = await reader.take(1);
    if (!isToken((await reader.take(passwordLength)).toString()) || hub === undefined) return void client.end(Buffer.from([1, 1]));
    client.write(Buffer.from([1, 0]));
    const [, wanted, , kind] = await reader.take(4);
    const to = await destination(reader, kind);
    const port = (await reader.take(2)).readUInt16BE();
    if (wanted !== 1) return answer(client, REPLY.commandUnknown);
    if (to === undefined) return answer(client, REPLY.addressUnknown);
    await forward(client, hub, from, to, port);
  } catch (error) {
    if (error instanceof Problem) answer(client, error.status === 403 ? REPLY.notAllowed : REPLY.failure);
    else client.destroy();
  }
}

async function destination(reader: SocketReader, kind: number | undefined): Promise<string | undefined> {
  if (kind === 1) return (await reader.take(4)).join('.');
  if (kind === 4) return canonicalAddress((await reader.take(16)).toString('hex').replace(/(.{4})(?=.)/g, '$1:'));
  if (kind !== 3) return undefined;
  const [length = 0] = await reader.take(1);
  return (await reader.take(length)).toString();
}

async function forward(client: Socket, hub: Hub, from: string, to: string, port: number): Promise<void> {
  const source = await hub.takeSource(from);
  const addresses = isIP(to) === 0 ? hub.addressesOf(to) : [canonicalAddress(to)];
  const address = hub.addressFor(source, addresses);
  if (address === undefined) return answer(client, REPLY.addressUnknown);
  if (!hub.isReachable(source, address)) return answer(client, REPLY.networkUnreachable);
  if (hub.isOff(address)) return answer(client, REPLY.hostUnreachable);
  const server = connect({ host: address, port, localAddress: source, family: isIPv6(address) ? 6 : 4, allowHalfOpen: true, noDelay: true });
  let established = false;
  const registered = hub.proxied(address, () => {
    // The client must see a broken connection, not an orderly end.
    if (established) client.resetAndDestroy();
    server.destroy();
  });
  server.on('connect', () => {
    established = true;
    answer(client, REPLY.granted);
    client.setNoDelay(true);
    client.pipe(server);
    server.pipe(client);
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (!established) answer(client, REPLY_OF_ERROR[error.code ?? ''] ?? REPLY.failure);
    else if (messageOf(error) !== '') client.resetAndDestroy();
  });
  server.on('close', () => {
    registered();
    if (established && !client.destroyed && !client.writableEnded) client.end();
  });
  client.on('close', () => server.destroy());
}

function answer(client: Socket, reply: number): void {
  const bytes = Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]);
  if (reply === REPLY.granted) client.write(bytes);
  else client.end(bytes);
}
