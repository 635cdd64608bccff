import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MailproofError } from '../../base/index.ts';
import { connectHub, HubClient } from '../index.ts';
import { ControlPort } from './control.ts';
import { waitUntilReady } from './probe.ts';

const port = new ControlPort('right');
beforeAll(() => port.listen(0, '127.0.0.1'));
afterAll(() => port.close());
const client = (token: string): HubClient => new HubClient({ host: '127.0.0.1', port: port.port, token });

test('the port answers HTTP with the token, and without it nothing but 401', async () => {
  const hub = await connectHub({ host: '127.0.0.1', port: port.port, token: 'right' });
  expect(await hub.status()).toMatchObject({ world: '', hosts: [] });
  await expect(client('wrong').status()).rejects.toThrow(/without its token/);
  hub.close();
});

test('before a world was put, requests say so', async () => {
  await expect(client('right').strays()).rejects.toThrow(/no world was put/);
});

test('the same port speaks SOCKS5, for those who know the token', async () => {
  await expect(client('wrong').connect({ from: '198.51.100.77', to: '203.0.113.10', port: 25 })).rejects.toThrow(/token/);
  const socket = connect({ host: '127.0.0.1', port: port.port });
  socket.write(Buffer.from([5, 1, 0]));
  const [answer] = await once(socket, 'data');
  expect(answer).toEqual(Buffer.from([5, 0xff]));
});

test('a hub that is not there is unreachable, with its address in the message', async () => {
  await expect(connectHub({ host: '127.0.0.1', port: 1, token: 'x' }, 50)).rejects.toSatisfy(
    (error) => error instanceof MailproofError && error.code === 'HUB_UNREACHABLE' && /127\.0\.0\.1:1/.test(error.message),
  );
});

test('a hub that takes the connection and says nothing is given up when its time is over', async () => {
  const silent = createServer((socket) => void socket.on('error', () => {}));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const bound = silent.address();
  await expect(connectHub({ host: '127.0.0.1', port: typeof bound === 'object' && bound !== null ? bound.port : 0, token: 'x' }, 100)).rejects.toSatisfy(
    (error) => error instanceof MailproofError && error.code === 'HUB_UNREACHABLE',
  );
  silent.close();
});

test('a probe waits for the greeting of the protocol, and says what it got instead', async () => {
  let greeting = '421 busy\r\n';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(greeting);
    greeting = '220 ready\r\n';
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const served = typeof bound === 'object' && bound !== null ? bound.port : 0;
  await waitUntilReady('exim of mx', 'smtp', '127.0.0.1', served, 2000);
  await expect(waitUntilReady('dovecot of store', 'imap', '127.0.0.1', served, 100)).rejects.toThrow(/dovecot of store answers imap on 127\.0\.0\.1.*it said "220 ready"/s);
  server.close();
});
