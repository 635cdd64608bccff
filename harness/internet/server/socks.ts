import { connect, isIP, isIPv6, type Socket } from 'node:net';
import { messageOf } from '../../base/index.ts';
import { canonicalAddress } from './addresses.ts';
import type { Hub } from './hub.ts';
import { Problem } from './problem.ts';

/** RFC 1928 section 6. */
const REPLY = { granted: 0, failure: 1, notAllowed: 2, networkUnreachable: 3, hostUnreachable: 4, refused: 5, timedOut: 6, commandUnknown: 7, addressUnknown: 8 } as const;
const REPLY_OF_ERROR: Readonly<Record<string, number>> = { ECONNREFUSED: REPLY.refused, ENETUNREACH: REPLY.networkUnreachable, EHOSTUNREACH: REPLY.hostUnreachable, ETIMEDOUT: REPLY.timedOut };

/** Reads exact numbers of octets from a socket, and gives it back with what was not read. */
class Reader {
  readonly #socket: Socket;
  constructor(socket: Socket) {
    this.#socket = socket;
  }
  take(count: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const attempt = (): void => {
        const got: unknown = this.#socket.read(count);
        if (!Buffer.isBuffer(got)) return;
        done();
        if (got.length < count) reject(new Error('the client went away'));
        else resolve(got);
      };
      const gone = (): void => {
        done();
        reject(new Error('the client went away'));
      };
      const done = (): void => {
        this.#socket.off('readable', attempt);
        this.#socket.off('end', gone);
        this.#socket.off('close', gone);
      };
      this.#socket.on('readable', attempt);
      this.#socket.on('end', gone);
      this.#socket.on('close', gone);
      attempt();
    });
  }
}

/**
 * SOCKS5 (RFC 1928) with user name and password (RFC 1929): the user name is the address to connect from,
 * the password the hub's token. The destination may be a host's name.
 */
export async function serveSocks(client: Socket, hub: Hub | undefined, isToken: (text: string) => boolean): Promise<void> {
  client.on('error', () => client.destroy());
  try {
    const reader = new Reader(client);
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

async function destination(reader: Reader, kind: number | undefined): Promise<string | undefined> {
  if (kind === 1) return (await reader.take(4)).join('.');
  if (kind === 4) return canonicalAddress((await reader.take(16)).toString('hex').replace(/(.{4})(?=.)/g, '$1:'));
  if (kind !== 3) return undefined;
  const [length = 0] = await reader.take(1);
  return (await reader.take(length)).toString();
}

async function forward(client: Socket, hub: Hub, from: string, to: string, port: number): Promise<void> {
  const source = await hub.takeSource(from);
  const addresses = isIP(to) === 0 ? hub.addressesOf(to) : [canonicalAddress(to)];
  const address = addresses.find((one) => isIPv6(one) === isIPv6(source));
  if (address === undefined) return answer(client, REPLY.addressUnknown);
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
