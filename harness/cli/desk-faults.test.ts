import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Project, type Said } from './testing.ts';

// Each step is a command of its own, on real servers.
vi.setConfig({ testTimeout: 180_000 });

/**
 * What goes wrong with machines, links and the outside, by hand:
 *
 *   people -> mx (Exim) -> store (Dovecot)
 *               mx      -> hosted.test
 */
const project = new Project({});
let instance = '';
const on = (...args: string[]): Promise<Said> => project.run([...args, '--on', instance]);
const send = (...args: string[]): Promise<Said> => on('send', '--no-log', ...args);
async function done(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await on(...args);
  expect(status, `${args.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}
const stateOf = async (host: string): Promise<string> => {
  const rows: { instance: string; hosts: { name: string; state: string }[] }[] = JSON.parse((await project.run(['ps', '--json'])).stdout);
  return rows.find((row) => row.instance === instance)?.hosts.find(({ name }) => name === host)?.state ?? 'not there';
};

beforeAll(async () => {
  const { stdout, stderr, status } = await project.run(['up', 'starter', '--variant', 'exim', '--json']);
  expect(status, stderr).toBe(0);
  instance = JSON.parse(stdout).instance;
}, 120_000);
afterAll(async () => {
  if (instance !== '') expect((await project.run(['down', instance])).status).toBe(0);
  project.remove();
}, 60_000);

test('a host that is stopped keeps its mail waiting elsewhere; started again, it gets it when its time has come', async () => {
  expect(await done('stop', 'store')).toBe('store is stopped\n');
  expect(await stateOf('store')).toBe('stopped');
  const waiting = await send('--to', 'alice@example.test');
  expect(waiting.stdout).toMatch(/waits on mx: alice@example\.test: No route to host/);
  expect(waiting.status).toBe(1);
  expect(await done('start', 'store')).toBe('store is started\n');
  await done('clock', 'advance', '20m');
  expect((await on('trace', 'alice@example.test')).stdout).toContain('stored in store:alice/INBOX');
});

test('a host is frozen, or loses its power, and comes back', async () => {
  await done('pause', 'store');
  expect(await stateOf('store')).toBe('paused');
  await done('start', 'store');
  await done('kill', 'mx');
  expect(await stateOf('mx')).toBe('killed');
  expect((await send('--to', 'alice@example.test')).stdout).toContain('not accepted');
  await done('start', 'mx');
  expect((await send('--to', 'alice@example.test')).status).toBe(0);
});

test('a host that goes away between the final dot and its reply may have taken the message: so it is told', async () => {
  // The process that takes it ends itself, as if its machine had lost its power.
  const gone = String.raw`s/^acl_data:/&\n  warn senders = lost@sender.test\n       condition = \${run{\/bin\/kill -9 $pid}{yes}{no}}/`;
  await done('shell', 'mx', `sed -i.kept '${gone}' /etc/exim4/exim4.conf`);
  await done('restart', 'mx/exim');
  const lost = await send('--from', 'lost@sender.test', '--to', 'alice@example.test');
  expect(lost.stdout).toContain('not known whether it was accepted: mx did not answer the final dot, and the log does not tell so far');
  expect(lost.status).toBe(5);
  await done('shell', 'mx', 'mv /etc/exim4/exim4.conf.kept /etc/exim4/exim4.conf');
  await done('restart', 'mx/exim');
});

test('one service is stopped and restarted, its host stays up', async () => {
  await done('stop', 'mx/exim');
  expect(await stateOf('mx')).toBe('ready');
  expect((await send('--to', 'alice@example.test')).stdout).toContain('connection refused');
  await done('start', 'mx/exim');
  await done('restart', 'mx/exim');
  expect((await send('--to', 'alice@example.test')).status).toBe(0);
});

test('a link is cut and healed', async () => {
  await done('cut', 'mx', 'store');
  expect((await send('--to', 'bob@example.test')).stdout).toMatch(/waits on mx: bob@example\.test/);
  await done('heal', 'mx', 'store');
  await done('clock', 'advance', '20m');
  expect((await on('trace', 'bob@example.test')).stdout).toContain('stored in store:bob/INBOX');
});

test('a link is slowed, and as fast as before when it is healed', async () => {
  const greeted = async (): Promise<number> =>
    Number(await done('shell', 'mx', `bash -c 'began=$(date +%s%3N); exec 3<>/dev/tcp/10.20.0.20/24; read -r line <&3; echo $(($(date +%s%3N) - began))'`));
  expect(await done('slow', 'mx', 'store', '3s')).toBe('slow mx and store, delay 3s\n');
  expect(await greeted()).toBeGreaterThanOrEqual(6000);
  await done('heal', 'mx', 'store');
  expect(await greeted()).toBeLessThan(6000);
});

test('a domain outside behaves as it is told, and then as before', async () => {
  await done('outside', 'hosted.test', 'reply: "451 4.3.0 come back later", at: rcpt', 'no starttls');
  const deferred = await send('--user', 'alice', '--to', 'pat@hosted.test');
  expect(deferred.stdout).toMatch(/waits on mx: pat@hosted\.test: .*come back later/);
  expect(await done('outside', 'hosted.test', '--restore')).toBe('hosted.test behaves as the world file says\n');
  await done('clock', 'advance', '20m');
  const traced = (await on('trace', 'pat@hosted.test')).stdout;
  expect(traced).toMatch(/hosted\.test/);
  expect(await done('queue')).toBe('nothing waits\n');
});

test('a domain that nobody knew is made', async () => {
  await done('outside', 'new.test', 'knows: [ann]');
  expect((await send('--user', 'alice', '--to', 'ann@new.test')).stdout).toContain('delivered: ann@new.test in new.test');
});

test('packets are recorded into a file', async () => {
  await done('capture', 'start');
  await done('send', '--to', 'carol@example.test', '--tls', 'never');
  await done('capture', 'stop', 'mail.pcap');
  const packets = readFileSync(path.join(project.root, 'mail.pcap'));
  // Magic number of the format, in the byte order of who wrote it.
  expect([packets.readUInt32LE(0), packets.readUInt32BE(0)]).toContain(0xa1b2c3d4);
  expect(packets.includes('RCPT TO:<carol@example.test>')).toBe(true);
  expect((await on('capture', 'stop', 'none.pcap')).stderr).toContain('no capture is running');
});

test.each([
  [['stop', 'stor'], 'did you mean "store"?'],
  [['start', 'stor'], 'did you mean "store"?'],
  [['kill', 'mx/exim'], 'a single service can only be stopped'],
  [['stop', 'mx/postfix'], 'no service "postfix"'],
  [['stop'], 'mailproof stop takes a host'],
  [['cut', 'mx'], 'takes two ends'],
  [['cut', 'mx', 'hosted.tst'], 'did you mean "hosted.test"?'],
  [['slow', 'mx', 'store', 'soon'], 'not a duration'],
  [['slow', 'mx', 'store'], 'neither "delay" nor "lose one in" is given'],
  [['outside', 'hosted.test'], 'takes a domain and how it behaves'],
  [['outside', 'hosted.test', 'greylst: 5m'], 'greylst'],
  [['outside', 'mx.example.test', 'greylist: 5m'], 'is the name of host mx'],
  [['capture', 'stop'], 'is not understood'],
  [['capture', 'stop', 'no/such/folder/x.pcap'], 'cannot write no/such/folder/x.pcap'],
  [['reload', 'mxx'], 'no host "mxx"'],
])('what makes no sense is said: %s', async (args, said) => {
  const { status, stderr } = await on(...args);
  expect(stderr).toContain(said);
  expect(status).toBe(3);
  expect(existsSync(path.join(project.root, 'no'))).toBe(false);
});
