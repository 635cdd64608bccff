import net from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { Conversation } from './conversation.ts';
import { readDialogLine, replyDifference } from './dialog-line.ts';
import { commandName, readReply, stageExamples, stageOf } from './replies.ts';
import { stuffed, Transaction } from './transaction.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function connectTo(listening: net.Server): Promise<net.Socket> {
  await new Promise<void>((resolve) => (listening.listening ? resolve() : listening.once('listening', () => resolve())));
  const address = listening.address();
  return net.connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
}

test('a session with a real server: multi-line replies, STARTTLS, and the end of the connection', async () => {
  const smtp = new SMTPServer({ logger: false, authOptional: true });
  open.push({ close: () => smtp.close(() => {}) });
  const conversation = new Conversation(await connectTo(smtp.listen(0, '127.0.0.1')), 5000);
  expect(await conversation.reply()).toMatchObject({ raw: expect.stringMatching(/^220 /) });
  conversation.say('EHLO client.test');
  const ehlo = await conversation.reply();
  const reply = readReply('EHLO', 'raw' in ehlo ? ehlo.raw : '', false);
  expect(replyDifference({ code: 250, has: ['STARTTLS', 'PIPELINING'], lacks: ['DSN'] }, reply)).toBeUndefined();
  expect(replyDifference({ code: 250, has: ['DSN'] }, reply)).toBe('no line is "DSN"');
  expect(replyDifference({ code: 250, lacks: ['START*'] }, reply)).toBe('a line is "START*"');
  conversation.say('STARTTLS');
  expect(await conversation.reply()).toMatchObject({ raw: expect.stringMatching(/^220 /) });
  await conversation.startTls({ ca: '', verify: false });
  conversation.say('NOOP');
  expect(await conversation.reply()).toMatchObject({ raw: expect.stringMatching(/^250 /) });
  conversation.say('QUIT');
  await conversation.reply();
  expect(await conversation.close()).toEqual({ closed: expect.any(String) });
  expect(conversation.transcript.lines.filter((line) => line.mark === '~>').map((line) => line.text)).toEqual(['NOOP', 'QUIT']);
  conversation.end();
});

test('a reply that comes in pieces is one, and a server that says nothing is a deadline', async () => {
  const listening = net.createServer((socket) => {
    socket.write('220-on');
    setImmediate(() => socket.write('e\r\n220 two\r\n'));
  });
  listening.listen(0, '127.0.0.1');
  open.push(listening);
  const conversation = new Conversation(await connectTo(listening), 100);
  expect(await conversation.reply()).toEqual({ raw: '220-one\r\n220 two\r\n' });
  await expect(conversation.reply()).rejects.toMatchObject({ code: 'DEADLINE' });
  conversation.end();
});

test('replies are read with their enhanced code, also of several lines', () => {
  expect(readReply('RCPT', '550-5.1.1 one\r\n550 5.1.1 two\r\n', false)).toEqual({ to: 'RCPT', code: 550, enhanced: '5.1.1', text: 'one\ntwo', tls: false });
  expect(readReply('EHLO', '250-mx.test\r\n250 SIZE 10\r\n', true)).toEqual({ to: 'EHLO', code: 250, text: 'mx.test\nSIZE 10', tls: true });
});

test.for([
  { line: '-> MAIL FROM:<a@b>', read: { kind: 'say', text: 'MAIL FROM:<a@b>' } },
  { line: '->', read: { kind: 'say', text: '' } },
  { line: '<- 250', read: { kind: 'reply', pattern: { code: 250 } } },
  { line: '<- 5xx 5.7.1 *relay*', read: { kind: 'reply', pattern: { code: '5xx', enhanced: '5.7.1', text: '*relay*' } } },
  { line: '<- 220 mx.example.test*', read: { kind: 'reply', pattern: { code: 220, text: 'mx.example.test*' } } },
  { line: '<- closed', read: { kind: 'closed' } },
  { line: '~> tls', read: { kind: 'tls' } },
  { line: '<- 25', read: undefined },
  { line: 'EHLO x', read: undefined },
])('the dialog line "$line" is read', ({ line, read }) => {
  expect(readDialogLine(line)).toEqual(read);
});

test('commands are named without parameters and secrets, and belong to stages', () => {
  expect(commandName('MAIL FROM:<a@b> SIZE=10 BODY=8BITMIME')).toBe('MAIL FROM:<a@b>');
  expect(commandName('rcpt to:<"a b"@c>')).toBe('RCPT TO:<"a b"@c>');
  expect(commandName('AUTH PLAIN AGE=')).toBe('AUTH PLAIN');
  expect(commandName('.')).toBe('dot');
  for (const { example, stage } of stageExamples) expect(stageOf(commandName(example) === 'CONNECT' ? 'connect' : example)).toBe(stage);
});

test('the message that a raw session hands over is known with its sender and the recipients that were taken', () => {
  const transaction = new Transaction();
  const say = (to: string, code: number): unknown => transaction.replied(readReply(to, `${code} x\r\n`, false));
  say('MAIL FROM:<ann@a.test>', 250);
  say('RCPT TO:<b@b.test>', 250);
  say('RCPT TO:<c@b.test>', 550);
  say('DATA', 354);
  expect(transaction.inData).toBe(true);
  expect(transaction.content(stuffed(Buffer.from('Subject: x\r\n\r\n.dot\r\n')))).toBe(false);
  expect(transaction.content(Buffer.from('.\r\n'))).toBe(true);
  expect(say('dot', 250)).toEqual({ from: 'ann@a.test', to: ['b@b.test'], raw: Buffer.from('Subject: x\r\n\r\n.dot\r\n') });
});
