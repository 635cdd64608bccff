import net from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { type Delivery, deliver } from './deliver.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function server(options: SMTPServerOptions): Promise<net.Socket> {
  const smtp = new SMTPServer({ logger: false, disabledCommands: ['STARTTLS', 'AUTH'], ...options });
  smtp.on('error', () => {});
  const listening = smtp.listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  open.push({ close: () => smtp.close(() => {}) });
  const address = listening.address();
  const socket = net.connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

const delivery = (socket: net.Socket, more: Partial<Delivery> = {}): Delivery => ({
  socket,
  helo: 'client.test',
  tls: 'never',
  trust: { ca: '', verify: false },
  envelope: { from: 'ann@sender.test', to: ['a@x.test', 'b@x.test'], eightBit: false },
  message: Buffer.from('Subject: Hello\r\n\r\nbody\r\n.dot\r\n'),
  deadlineMs: 5000,
  ...more,
});

const failing = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code });

test('a message that is taken has a reply for every command', async () => {
  const taken: Buffer[] = [];
  const socket = await server({
    onData: (stream, _session, done) => {
      stream.on('data', (chunk: Buffer) => taken.push(chunk));
      stream.on('end', () => done(null, 'Ok: queued as R1'));
    },
  });
  const report = await deliver(delivery(socket));
  expect(report.replies.map(({ to, code }) => [to, code])).toEqual([
    ['connect', 220],
    ['EHLO', 250],
    ['MAIL FROM:<ann@sender.test>', 250],
    ['RCPT TO:<a@x.test>', 250],
    ['RCPT TO:<b@x.test>', 250],
    ['DATA', 354],
    ['dot', 250],
  ]);
  expect(report).toMatchObject({ accepted: ['a@x.test', 'b@x.test'], refused: [], unanswered: false, final: { to: 'dot', text: expect.stringContaining('queued as R1') } });
  expect(Buffer.concat(taken).toString()).toBe('Subject: Hello\r\n\r\nbody\r\n.dot\r\n');
  expect(report.transcript.map((line) => line.mark)).toContain('->');
});

test.each(['PLAIN', 'LOGIN'] as const)('a password that is refused is refused at auth, with %s', async (mechanism) => {
  const socket = await server({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true, onAuth: (_auth, _session, done) => done(failing(535, 'no')) });
  const report = await deliver(delivery(socket, { auth: { user: 'ann', password: 'wrong', mechanism } }));
  expect(report.refused).toMatchObject([
    { to: 'a@x.test', stage: 'auth', reply: { code: 535 } },
    { to: 'b@x.test', stage: 'auth', reply: { code: 535 } },
  ]);
});

test('one refused recipient leaves the other one delivered', async () => {
  const socket = await server({
    onRcptTo: (address, _session, done) => (address.address.startsWith('b') ? done(failing(550, 'no such user')) : done()),
    onData: (stream, _session, done) => {
      stream.on('end', () => done());
      stream.resume();
    },
  });
  const report = await deliver(delivery(socket));
  expect(report.accepted).toEqual(['a@x.test']);
  expect(report.refused).toMatchObject([{ to: 'b@x.test', stage: 'rcpt', reply: { code: 550 } }]);
  expect(report.final?.to).toBe('dot');
});

test.for([
  { stage: 'connect', options: { onConnect: (_s, done) => done(failing(554, 'go away')) } satisfies SMTPServerOptions, code: 554 },
  { stage: 'mail', options: { onMailFrom: (_a, _s, done) => done(failing(450, 'later')) } satisfies SMTPServerOptions, code: 450 },
  { stage: 'rcpt', options: { onRcptTo: (_a, _s, done) => done(failing(550, 'no')) } satisfies SMTPServerOptions, code: 550 },
  {
    stage: 'dot',
    options: {
      onData: (stream, _s, done) => {
        stream.on('end', () => done(failing(552, 'too big')));
        stream.resume();
      },
    } satisfies SMTPServerOptions,
    code: 552,
  },
])('a refusal at $stage is one for every recipient, with its stage and code', async ({ stage, options, code }) => {
  const report = await deliver(delivery(await server(options)));
  expect(report.accepted).toEqual([]);
  expect(report.refused).toMatchObject([
    { to: 'a@x.test', stage, reply: { code } },
    { to: 'b@x.test', stage, reply: { code } },
  ]);
  expect(report.final?.code).toBe(code);
});

test('a connection that is lost after the final dot may have left a message behind', async () => {
  const socket = await server({
    onData: (stream, _session, _done) => {
      stream.on('end', () => socket.destroy());
      stream.resume();
    },
  });
  const report = await deliver(delivery(socket));
  expect(report).toMatchObject({ accepted: [], unanswered: true, refused: [{ stage: 'dot' }, { stage: 'dot' }] });
});

test('a greeting that comes before anybody listens is not lost', async () => {
  const socket = await server({
    onData: (stream, _session, done) => {
      stream.on('end', () => done());
      stream.resume();
    },
  });
  // As the SOCKS client does it: the socket flows already when it is handed over.
  socket.pause();
  setImmediate(() => socket.resume());
  await new Promise((resolve) => socket.once('readable', resolve));
  expect((await deliver(delivery(socket))).accepted).toHaveLength(2);
});
