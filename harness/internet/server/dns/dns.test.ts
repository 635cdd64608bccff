import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import dns2, { Packet } from 'dns2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RECORD_TYPES, toResource } from './record-types.ts';
import { type DnsQuestion, NameServer } from './server.ts';
import { Zone } from './zone.ts';

const zone = new Zone();
const questions: DnsQuestion[] = [];
let server: NameServer;
let port = 0;
const resolver = new Resolver({ timeout: 300, tries: 1 });

beforeAll(async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const bound = holder.address();
  port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  await new Promise((resolve) => holder.close(resolve));
  const a = (name: string, value: string) => ({ name, type: 'A' as const, value });
  zone.setSource('world', [
    a('mx.example.test', '203.0.113.10'),
    { name: 'mx.example.test', type: 'AAAA', value: '2001:db8:a::10' },
    { name: 'mapped.test', type: 'AAAA', value: '::ffff:127.0.0.1' },
    { name: 'example.test', type: 'MX', value: '10 mx.example.test' },
    { name: 'example.test', type: 'TXT', value: `v=spf1 ${'ip4:203.0.113.10 '.repeat(30)}-all` },
    { name: 'null.test', type: 'MX', value: '0 .' },
    { name: '10.113.0.203.in-addr.arpa', type: 'PTR', value: 'mx.example.test' },
    { name: 'www.example.test', type: 'CNAME', value: 'mx.example.test' },
    { name: '*.wild.test', type: 'MX', value: '5 mx.example.test' },
    a('host.wild.test', '198.51.100.1'),
    { name: '_25._tcp.mx.example.test', type: 'TLSA', value: `3 1 1 ${'ab'.repeat(32)}` },
    { name: '_imaps._tcp.example.test', type: 'SRV', value: '0 5 993 imap.example.test' },
    { name: 'example.test', type: 'CAA', value: '0 issue "ca.example.test"' },
    { name: 'Case.Example.TEST', type: 'A', value: '198.51.100.2' },
  ]);
  zone.setFaults([
    { name: 'fail.test', fault: 'servfail' },
    { name: 'twice.test', fault: 'servfail', times: 2 },
    { name: 'slow.test', fault: 'timeout' },
    { name: 'refused.test', type: 'MX', fault: 'refused' },
    { name: 'long.test', fault: 'truncated' },
  ]);
  zone.setSource('faulty', [a('twice.test', '198.51.100.3'), a('long.test', '198.51.100.4'), a('refused.test', '198.51.100.5')]);
  server = new NameServer({ zone, address: '127.0.0.1', port, onQuestion: (question) => questions.push(question) });
  await server.listen();
  resolver.setServers([`127.0.0.1:${port}`]);
});
afterAll(() => server.close());

const codeOf = (asking: Promise<unknown>): Promise<string> =>
  asking.then(
    () => 'answered',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'failed'),
  );

test('answers the records of every common type', async () => {
  expect(await resolver.resolve4('mx.example.test')).toEqual(['203.0.113.10']);
  expect(await resolver.resolve6('mx.example.test')).toEqual(['2001:db8:a::10']);
  expect(await resolver.resolve6('mapped.test')).toEqual(['::ffff:127.0.0.1']);
  expect(await resolver.resolveMx('example.test')).toMatchObject([{ priority: 10, exchange: 'mx.example.test' }]);
  expect(await resolver.resolveMx('null.test')).toMatchObject([{ priority: 0, exchange: '' }]);
  expect(await resolver.reverse('203.0.113.10')).toEqual(['mx.example.test']);
  expect(await resolver.resolveSrv('_imaps._tcp.example.test')).toMatchObject([{ priority: 0, weight: 5, port: 993, name: 'imap.example.test' }]);
  expect(await resolver.resolveCaa('example.test')).toEqual([{ critical: 0, issue: 'ca.example.test', type: 'CAA' }]);
  expect(await resolver.resolve4('case.example.test')).toEqual(['198.51.100.2']);
});

test('a text above 255 octets comes in several strings, over TCP when it must', async () => {
  const [strings] = await resolver.resolveTxt('example.test');
  expect(strings?.length).toBeGreaterThan(1);
  expect(strings?.join('')).toMatch(/^v=spf1 ip4.* -all$/);
});

test('TLSA goes out as RFC 6698 has it', async () => {
  const asked = await dns2.UDPClient({ dns: '127.0.0.1', port })('_25._tcp.mx.example.test', 'ANY');
  expect(asked.answers[0]?.data).toEqual(Buffer.from(`030101${'ab'.repeat(32)}`, 'hex'));
});

test('a CNAME is followed, a wildcard covers what has no name of its own', async () => {
  expect(await resolver.resolve4('www.example.test')).toEqual(['203.0.113.10']);
  expect(await resolver.resolveMx('any.thing.wild.test')).toMatchObject([{ priority: 5, exchange: 'mx.example.test' }]);
  expect(await codeOf(resolver.resolveMx('host.wild.test'))).toBe('ENODATA');
});

test('no name is NXDOMAIN, another type is no data, and both are told apart in the event', async () => {
  expect(await codeOf(resolver.resolve4('none.example.test'))).toBe('ENOTFOUND');
  expect(questions.at(-1)).toMatchObject({ name: 'none.example.test', qtype: 'A', answer: 'nxdomain', known: true, client: '127.0.0.1' });
  expect(await codeOf(resolver.resolve6('host.wild.test'))).toBe('ENODATA');
  expect(questions.at(-1)).toMatchObject({ answer: 'no data', known: true });
  expect(await codeOf(resolver.resolve4('elsewhere.example'))).toBe('ENOTFOUND');
  expect(questions.at(-1)).toMatchObject({ name: 'elsewhere.example', known: false });
});

test('faults: servfail, timeout, refused of one type, a number of times', async () => {
  expect(await codeOf(resolver.resolve4('fail.test'))).toBe('ESERVFAIL');
  expect(await codeOf(resolver.resolve4('slow.test'))).toBe('ETIMEOUT');
  expect(await codeOf(resolver.resolveMx('refused.test'))).toBe('EREFUSED');
  expect(await resolver.resolve4('refused.test')).toEqual(['198.51.100.5']);
  expect(await codeOf(resolver.resolve4('twice.test'))).toBe('ESERVFAIL');
  expect(await codeOf(resolver.resolve4('twice.test'))).toBe('ESERVFAIL');
  expect(await resolver.resolve4('twice.test')).toEqual(['198.51.100.3']);
});

test('a truncated answer comes whole over TCP', async () => {
  expect(await resolver.resolve4('long.test')).toEqual(['198.51.100.4']);
  expect(questions.slice(-2).map((question) => question.answer)).toEqual(['truncated', 'A 198.51.100.4']);
});

test('an owner changes whole names, another cannot, and putting back gives them free', async () => {
  const before = zone.override({ owner: 'one', names: [{ name: 'mx.example.test', records: [{ name: 'mx.example.test', type: 'A', value: '198.51.100.9' }], faults: [] }] });
  expect(await resolver.resolve4('mx.example.test')).toEqual(['198.51.100.9']);
  expect(await codeOf(resolver.resolve6('mx.example.test'))).toBe('ENODATA');
  expect(() => zone.override({ owner: 'two', names: [{ name: 'MX.example.test', records: [], faults: [] }] })).toThrow(/being changed by one/);
  zone.override({ owner: 'one', names: before });
  expect(await resolver.resolve6('mx.example.test')).toEqual(['2001:db8:a::10']);
  zone.override({ owner: 'two', names: [{ name: 'mx.example.test', records: [], faults: [] }] });
  expect(await codeOf(resolver.resolve4('mx.example.test'))).toBe('ENOTFOUND');
  zone.override({ owner: 'two', names: before });
  expect(await resolver.resolve4('mx.example.test')).toEqual(['203.0.113.10']);
});

test.each(Object.entries(RECORD_TYPES))('the example of %s can be encoded', (type, rule) => {
  const name = `${type}.example.test`;
  expect(rule.parse(rule.example)).toBeDefined();
  const packet = new Packet();
  packet.header = new Packet.Header({ id: 1, qr: 1 });
  packet.answers = [new Packet.Resource({ name, type: rule.code, class: 1, ttl: 5, ...rule.parse(rule.example) })];
  expect(Packet.parse(packet.toBuffer()).answers[0]?.type).toBe(rule.code);
});

test('a value in a wrong form is refused with an example', () => {
  expect(() => toResource({ name: 'a.test', type: 'MX', value: 'mx.a.test' }, 'a.test', 5)).toThrow(/10 mx.example.test/);
});
