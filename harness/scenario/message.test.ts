import { expect, test } from 'vitest';
import { headerValue, splitMessage } from './mail-text.ts';
import { buildMessage, type MessageYaml, messageSchema } from './message.ts';

const build = (yaml: MessageYaml): Promise<Buffer> =>
  buildMessage(yaml, { from: 'ann@sender.test', to: ['a@x.test'], messageId: '<1@sender.test>', date: new Date(0), subject: 'Hello', root: import.meta.dirname });

test('a plain message has the header fields of RFC 5322 and its body as written', async () => {
  const { headers, body } = splitMessage(await build({ body: 'one\ntwo\n', headers: { 'X-Own': 'yes' } }));
  expect(headerValue(headers, 'Subject')).toBe('Hello');
  expect(headerValue(headers, 'Message-ID')).toBe('<1@sender.test>');
  expect(headerValue(headers, 'Date')).toBe('Thu, 01 Jan 1970 00:00:00 +0000');
  expect(headerValue(headers, 'X-Own')).toBe('yes');
  expect(headerValue(headers, 'Content-Transfer-Encoding')).toBe('7bit');
  expect(body.toString()).toBe('one\r\ntwo\r\n');
});

test.for(['5K', '150K', 4321])('a message of size %s is so long to the octet', async (size) => {
  expect((await build({ size })).length).toBe(typeof size === 'number' ? size : Number(size.slice(0, -1)) * 1024);
});

test('an 8-bit body goes out as 8bit when that is asked for, else encoded', async () => {
  const plain = splitMessage(await build({ body: 'café\n', '8bit': true }));
  expect(headerValue(plain.headers, 'Content-Transfer-Encoding')).toBe('8bit');
  expect(plain.body.toString('utf8')).toBe('café\r\n');
  expect(headerValue(splitMessage(await build({ body: 'café\n' })).headers, 'Content-Transfer-Encoding')).toBe('quoted-printable');
});

test('a long line stays one line', async () => {
  const line = 'x'.repeat(900);
  expect(splitMessage(await build({ body: `${line}\n` })).body.toString()).toBe(`${line}\r\n`);
});

test('attachments have the names that were asked for', async () => {
  expect((await build({ attach: ['tax.exe'] })).toString()).toContain('filename=tax.exe');
});

test('a raw message is left as it is, but for its line ends', async () => {
  expect((await build({ raw: 'Subject: x\n\nbody\n' })).toString()).toBe('Subject: x\r\n\r\nbody\r\n');
});

test('raw beside other keys is refused, as these would be ignored', () => {
  expect(messageSchema.safeParse({ raw: 'x', subject: 'y' }).success).toBe(false);
});

test('From and To may be others than those of the envelope', async () => {
  const fields = splitMessage(await build({ headers: { From: 'Eve <eve@strict.test>', To: 'list@x.test' } })).headers.filter(([name]) => /^(from|to)$/i.test(name));
  expect(fields.map(([name, value]) => `${name}: ${value}`)).toEqual(['From: Eve <eve@strict.test>', 'To: list@x.test']);
});
