import { generateKeyPairSync } from 'node:crypto';
import { connect } from 'node:net';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitUntil, worldTime } from '../../../base/index.ts';
import type { Behaviour } from '../../protocol.ts';
import { AddressPool } from '../addresses.ts';
import { CertificateAuthority } from '../certificates.ts';
import { resolverOf } from '../dns/resolver.ts';
import { Zone } from '../dns/zone.ts';
import type { News } from '../events.ts';
import { OutsideListener } from '../listener.ts';
import { Outside } from '../outside.ts';
import { BEHAVIOURS, reactionOf } from './behaviours/index.ts';
import { messageIdOf } from './session.ts';

const authority = new CertificateAuthority('mailproof world test');
const zone = new Zone();
const listener = new OutsideListener(true);
const kept: Buffer[] = [];
const news: News[] = [];
const watching = new Set<() => void>();
let now = worldTime(Date.now());
const outside = new Outside(
  new AddressPool(),
  zone,
  { smtp: listener, https: new OutsideListener(false) },
  {
    authority,
    now: () => now,
    resolve: resolverOf(zone),
    keep: (raw) => `R${kept.push(raw)}`,
    report: (item) => {
      news.push(item);
      for (const again of watching) again();
    },
  },
);
const dkim = generateKeyPairSync('rsa', { modulusLength: 2048 });
let hosts = 0;

beforeAll(async () => {
  await listener.listen(0, '0.0.0.0');
  const key = dkim.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  zone.setSource('senders', [
    { name: 'sender.test', type: 'TXT', value: 'v=spf1 ip4:127.0.0.1 -all' },
    { name: '_dmarc.sender.test', type: 'TXT', value: 'v=DMARC1; p=reject' },
    { name: 'k1._domainkey.sender.test', type: 'TXT', value: `v=DKIM1; k=rsa; p=${key}` },
    { name: '_dmarc.quarantined.test', type: 'TXT', value: 'v=DMARC1; p=quarantine' },
    { name: 'strict.test', type: 'TXT', value: 'v=spf1 -all' },
  ]);
});
afterAll(() => listener.close());

/** A party of its own for each test, at an address of its own. */
function party(...behaviours: Behaviour[]): { domain: string; host: string } {
  const host = `127.0.1.${++hosts}`;
  const domain = `party${hosts}.test`;
  outside.set({ owner: 'test', party: { domain, behaviours, exchangers: [{ name: `mx.${domain}`, addresses: [host], preference: 10, answers: 'smtp' }] } });
  return { domain, host };
}

interface Sending {
  from?: string;
  to?: string[];
  text?: string;
  sign?: boolean;
  /** From of the message, where it is not that of the envelope. */
  header?: string;
  tls?: boolean;
}

async function send(
  { domain, host }: { domain: string; host: string },
  { from = 'ann@sender.test', to = [`x@${domain}`], text = 'hello', sign = false, tls = true, header }: Sending = {},
): Promise<string> {
  const transport = createTransport({
    host,
    port: listener.port,
    name: 'client.sender.test',
    localAddress: '127.0.0.1',
    ...(tls ? { requireTLS: true, tls: { ca: authority.certificate, servername: `mx.${domain}` } } : { ignoreTLS: true }),
    ...(sign ? { dkim: { domainName: 'sender.test', keySelector: 'k1', privateKey: dkim.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() } } : {}),
  });
  try {
    const sent = await transport.sendMail({ envelope: { from, to }, from: header ?? (from === '' ? 'ann@sender.test' : from), to, subject: 'test', text });
    return sent.response;
  } catch (error) {
    return error instanceof Error && 'response' in error && typeof error.response === 'string' ? error.response : `error: ${error instanceof Error ? error.message : error}`;
  } finally {
    transport.close();
  }
}

const of = <T extends News['type']>(type: T, domain: string) =>
  news.filter((item): item is Extract<News, { type: T }> => item.type === type && (item.type === 'receipt' ? item.receipt.party : 'party' in item ? item.party : '') === domain);
const oneOf = <T extends News['type']>(type: T, domain: string) =>
  waitUntil({
    what: `a ${type} of ${domain} is reported`,
    deadlineMs: 3000,
    look: () => {
      const found = of(type, domain)[0];
      return found === undefined ? { met: false as const, missing: news.map((item) => item.type).join(' ') } : { met: true as const, value: found };
    },
    subscribe: (again) => {
      watching.add(again);
      return () => watching.delete(again);
    },
  });

test('a message is taken over TLS, verified, kept and reported', async () => {
  const there = party();
  expect(await send(there, { sign: true })).toMatch(/^250 2\.0\.0 Ok: queued as R\d+$/);
  const { receipt } = await oneOf('receipt', there.domain);
  expect(receipt).toMatchObject({
    party: there.domain,
    exchanger: `mx.${there.domain}`,
    from: 'ann@sender.test',
    to: [`x@${there.domain}`],
    client: '127.0.0.1',
    local: there.host,
    helo: 'client.sender.test',
    replySent: true,
  });
  expect(receipt.tls).toMatchObject({ version: 'TLSv1.3' });
  expect(receipt.auth).toMatchObject({
    spf: { result: 'pass', domain: 'sender.test' },
    dkim: [{ result: 'pass', domain: 'sender.test', selector: 'k1', aligned: true }],
    dmarc: { result: 'pass', policy: 'reject' },
    arc: { result: 'none' },
  });
  const raw = kept[Number(receipt.id.slice(1)) - 1];
  expect(raw?.toString()).toContain('\r\n\r\nhello\r\n');
  expect(receipt.messageId).toBe(messageIdOf(raw ?? Buffer.alloc(0)));
  const { lines } = await oneOf('transcript', there.domain);
  expect(lines.map((line) => `${line.mark} ${line.text.split(' ')[0]}`)).toEqual(
    expect.arrayContaining(['<- 220', '-> EHLO', '-> STARTTLS', '~> MAIL', '<~ 250', '~> RCPT', '~> DATA', '<~ 354', '~> .']),
  );
});

test.each<[string, Behaviour, string]>([
  ['connect', { kind: 'reply', at: 'connect', reply: '554 5.7.1 go away' }, '554 5.7.1 go away'],
  ['ehlo', { kind: 'reply', at: 'ehlo', reply: '550 5.5.1 not you' }, '550 5.5.1 not you'],
  ['starttls', { kind: 'reply', at: 'starttls', reply: '454 4.7.0 no TLS now' }, '454 4.7.0 no TLS now'],
  ['mail', { kind: 'reply', at: 'mail', reply: '451 4.3.0 later' }, '451 4.3.0 later'],
  ['rcpt', { kind: 'reply', at: 'rcpt', reply: '550 5.1.1 no such user' }, '550 5.1.1 no such user'],
  ['data', { kind: 'reply', at: 'data', reply: '451 4.3.0 not now' }, '451 4.3.0 not now'],
  ['dot', { kind: 'reply', at: 'dot', reply: '554 5.6.0 not this' }, '554 5.6.0 not this'],
])('a reply at %s is sent as it is written, and reported as a refusal', async (stage, behaviour, reply) => {
  const there = party(behaviour);
  expect(await send(there)).toContain(reply.slice(4));
  expect(await oneOf('refusal', there.domain)).toMatchObject({ stage, reply, client: '127.0.0.1' });
  expect(of('receipt', there.domain)).toEqual([]);
});

test('a reply applies as often as it says, to whom it says', async () => {
  const there = party({ kind: 'reply', at: 'rcpt', reply: '451 4.3.0 later', times: 2, to: 'bob@*' });
  const [bob, ann] = [`bob@${there.domain}`, `ann@${there.domain}`];
  expect(await send(there, { to: [ann] })).toMatch(/^250/);
  expect(await send(there, { to: [bob] })).toMatch(/^451 4\.3\.0 later/);
  expect(await send(there, { to: [bob, ann] })).toMatch(/^250/);
  expect(await send(there, { to: [bob] })).toMatch(/^250/);
  expect(of('receipt', there.domain).map(({ receipt }) => receipt.to)).toEqual([[ann], [ann], [bob]]);
});

test('a drop before the dot is answered takes nothing, one after it takes the message', async () => {
  const before = party({ kind: 'drop', at: 'dot', times: 1 });
  expect(await send(before)).toMatch(/^error/);
  expect(await oneOf('dropped', before.domain)).toMatchObject({ stage: 'dot', from: 'ann@sender.test', to: [`x@${before.domain}`] });
  expect(of('receipt', before.domain)).toEqual([]);
  expect(await send(before)).toMatch(/^250/);
  const after = party({ kind: 'drop', at: 'after-dot', times: 1 });
  expect(await send(after)).toMatch(/^error/);
  expect((await oneOf('receipt', after.domain)).receipt.replySent).toBe(false);
  expect((await oneOf('dropped', after.domain)).messageId).toBe(of('receipt', after.domain)[0]?.receipt.messageId);
});

test('a greylisted triplet is taken after its time in the world', async () => {
  const there = party({ kind: 'greylist', forMs: 300_000 });
  expect(await send(there)).toMatch(/^451 4\.7\.1/);
  now = worldTime(now + 299_000);
  expect(await send(there)).toMatch(/^451 4\.7\.1/);
  now = worldTime(now + 1_000);
  expect(await send(there)).toMatch(/^250/);
  expect(await send(there, { from: 'bob@sender.test' })).toMatch(/^451 4\.7\.1/);
});

test('SPF is enforced, also for another name with the same receiver', async () => {
  const there = party({ kind: 'enforce-spf' });
  expect(await send(there, { from: 'ann@strict.test' })).toMatch(/^550 5\.7\.23/);
  expect(await send(there)).toMatch(/^250/);
});

test('what fails DMARC is rejected where the policy of the From domain is reject, and nowhere else', async () => {
  const there = party({ kind: 'enforce-dmarc' });
  expect(await send(there, { header: 'eve@sender.test', from: 'eve@neutral.test' })).toMatch(/^550 5\.7\.1 rejected by the DMARC policy of sender\.test/);
  expect(await oneOf('refusal', there.domain)).toMatchObject({ stage: 'dot' });
  expect(await send(there)).toMatch(/^250/);
  expect(await send(there, { header: 'eve@sender.test', from: 'eve@neutral.test', sign: true })).toMatch(/^250/);
  expect(await send(there, { header: 'eve@quarantined.test', from: 'eve@neutral.test' })).toMatch(/^250/);
});

test('only known users are taken, small messages only, by what SIZE says and by what comes', async () => {
  const knows = party({ kind: 'knows', only: ['ann'] });
  expect(await send(knows, { to: [`eve@${knows.domain}`] })).toMatch(/^550 5\.1\.1 <eve@/);
  expect(await send(knows, { to: [`Ann@${knows.domain}`] })).toMatch(/^250/);
  const small = party({ kind: 'size', max: 600 });
  expect(await send(small, { text: 'x'.repeat(70).concat('\n').repeat(20) })).toMatch(/^552 5\.3\.4/);
  expect(await send(small)).toMatch(/^250/);
});

test.each(['expired', 'self-signed', 'wrong-name'] as const)('a client that verifies does not trust the %s certificate', async (is) => {
  const there = party({ kind: 'certificate', is });
  expect(await send(there)).toMatch(/^error: .*(certificate|altnames)/i);
  expect(await send(there, { tls: false })).toMatch(/^250/);
});

test('without STARTTLS a client that insists gives up, one that does not is served', async () => {
  const there = party({ kind: 'no-starttls' });
  expect(await send(there)).not.toMatch(/^250/);
  expect(await send(there, { tls: false })).toMatch(/^250/);
  expect((await oneOf('receipt', there.domain)).receipt.tls).toBe(false);
});

test('behaviours compose: slow, greylisting and one refusal in order', async () => {
  const there = party({ kind: 'slow', delayMs: 20 }, { kind: 'reply', at: 'mail', reply: '421 4.3.2 busy', times: 1 }, { kind: 'greylist', forMs: 1000 });
  const began = performance.now();
  expect(await send(there)).toMatch(/421 4\.3\.2 busy/);
  expect(performance.now() - began).toBeGreaterThan(60);
  expect(await send(there)).toMatch(/^451 4\.7\.1/);
  now = worldTime(now + 1000);
  expect(await send(there)).toMatch(/^250/);
});

test('a silent exchanger says nothing and keeps the connection', async () => {
  const there = party({ kind: 'silent', at: 'connect', times: 1 });
  const heard = (): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ host: there.host, port: listener.port, localAddress: '127.0.0.1' });
      const guard = setTimeout(() => {
        socket.destroy();
        resolve('nothing');
      }, 150);
      socket.on('data', (chunk) => {
        clearTimeout(guard);
        socket.destroy();
        resolve(chunk.toString());
      });
    });
  expect(await heard()).toBe('nothing');
  expect(await heard()).toMatch(/^220 mx\./);
});

test('a client that sends the dot with QUIT and closes its side gets its answers', async () => {
  const there = party({ kind: 'no-starttls' });
  const heard = await new Promise<string>((resolve, reject) => {
    const socket = connect({ host: there.host, port: listener.port, localAddress: '127.0.0.1' });
    let text = '';
    let asked = false;
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (asked || !text.startsWith('220')) return;
      asked = true;
      socket.write(`EHLO client.sender.test\r\nMAIL FROM:<ann@sender.test>\r\nRCPT TO:<x@${there.domain}>\r\nDATA\r\n`);
      socket.end('Subject: x\r\n\r\nhello\r\n.\r\nQUIT\r\n');
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  expect(heard).toMatch(/250 2\.0\.0 Ok: queued as R\d+\r\n221 /);
  expect(await oneOf('transcript', there.domain)).toBeDefined();
});

test('a client that leaves in the middle of a message has given nothing, and its session ends', async () => {
  const there = party();
  const socket = connect({ host: there.host, port: listener.port, localAddress: '127.0.0.1' });
  socket.on('data', (chunk) => {
    if (chunk.toString().startsWith('220')) socket.end(`EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<x@${there.domain}>\r\nDATA\r\nSubject: x\r\n\r\nhal`);
  });
  expect((await oneOf('transcript', there.domain)).lines.at(-1)?.text).toBe('connection closed');
  expect(of('receipt', there.domain)).toEqual([]);
});

test('a party is put back as it was, and another owner cannot change it meanwhile', async () => {
  outside.found({ domain: 'file.test', behaviours: [], exchangers: [{ name: 'mx.file.test', addresses: ['127.0.2.1'], preference: 10, answers: 'smtp' }] });
  const before = outside.set({ owner: 'one', party: { domain: 'file.test', behaviours: [{ kind: 'no-starttls' }] } });
  expect(() => outside.set({ owner: 'two', party: { domain: 'file.test', behaviours: [] } })).toThrow(/being changed by one/);
  expect(await send({ domain: 'file.test', host: '127.0.2.1' })).not.toMatch(/^250/);
  expect(before).not.toBeNull();
  if (before) outside.set({ owner: 'one', party: before });
  expect(await send({ domain: 'file.test', host: '127.0.2.1' })).toMatch(/^250/);
  outside.set({ owner: 'two', party: { domain: 'file.test', behaviours: [] } });
  outside.remove('file.test', 'two');
});

test('a new party gets an exchanger, addresses of both families and records', () => {
  expect(outside.set({ owner: 'test', party: { domain: 'new.test', behaviours: [] } })).toBeNull();
  const [v4 = '', v6 = ''] = outside.addressesOf('new.test') ?? [];
  expect(zone.lookupWithoutFaults('new.test', 'MX')).toMatchObject({ records: [{ value: '10 mx.new.test' }] });
  expect(zone.lookupWithoutFaults('mx.new.test', 'A')).toMatchObject({ records: [{ value: v4 }] });
  expect(zone.lookupWithoutFaults('mx.new.test', 'AAAA')).toMatchObject({ records: [{ value: v6 }] });
  outside.remove('new.test', 'test');
  expect(zone.lookupWithoutFaults('new.test', 'MX').kind).toBe('nxdomain');
});

test.each(Object.entries(BEHAVIOURS))('the example of the behaviour %s is one that it takes', (kind, { example }) => {
  expect(example.kind).toBe(kind);
  expect(reactionOf(example)).toBeDefined();
});

test('a reply that refuses nothing is said to be wrong', () => {
  expect(() => reactionOf({ kind: 'reply', at: 'rcpt', reply: '250 fine' })).toThrow(/not a 4xx or 5xx/);
});
