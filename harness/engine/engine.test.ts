import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findEngine } from './discover.ts';
import { openEngine } from './engine.ts';
import { demultiplexed } from './once.ts';
import { directly } from './reach.ts';
import type { ContainerFile, Engine, RunningContainer } from './types.ts';

const VOLUME = '/run/mailproof/world';
const instance = randomBytes(4).toString('hex');
let engine: Engine;
let labels: Record<string, string>;
let image: string;
let volume: string;
let cable: { name: string; id: string };

beforeAll(async () => {
  engine = await openEngine(() => {});
  labels = { 'mailproof.instance': instance, 'mailproof.owner': engine.owner };
  const images = await engine.ensureImages([{ image: 'base/test', release: 'bookworm' }], () => {});
  image = images.get('base/test@bookworm')?.tag ?? '';
  const [network, made] = await Promise.all([engine.createInternalNetwork(labels), engine.createVolume(labels)]);
  cable = network;
  volume = made.name;
}, 300_000);

afterAll(async () => {
  await engine.sweep({ 'mailproof.instance': instance });
}, 60_000);

function startHost(name: string, files: ContainerFile[] = [], tmpfs: Record<string, number> = {}): Promise<RunningContainer> {
  return engine.start({
    name: `mailproof-${instance}-${name}`,
    image,
    hostname: `${name}.example.test`,
    env: { MAILPROOF_HOST: name },
    volumes: [{ volume, path: VOLUME }],
    networks: [cable],
    capabilities: ['NET_ADMIN'],
    devices: [],
    sysctls: { 'net.ipv6.conf.all.disable_ipv6': '0' },
    labels: { ...labels, 'mailproof.role': 'host' },
    files,
    tmpfs,
  });
}

/** Runs a program in a container through the engine, beside the agent. */
async function inside(container: string, command: string[]): Promise<string> {
  const docker = (await findEngine())?.docker;
  const onePipe = ['sh', '-c', 'exec "$@" 2>&1', 'sh', ...command];
  const session = await docker?.getContainer(container).exec({ Cmd: onePipe, AttachStdout: true, AttachStderr: true });
  const stream = await session?.start({});
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk));
  return demultiplexed(Buffer.concat(chunks));
}

const CLIENT = '$s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "no agent: $!\\n"; print $s $ARGV[1]; $s->flush; print while <$s>';

/** One request to a host's agent, from another host that shares the volume, as the hub does it. */
async function ask(from: RunningContainer, host: string, request: string): Promise<string> {
  return inside(from.id, ['perl', '-MIO::Socket::UNIX', '-e', CLIENT, `${VOLUME}/hosts/${host}/agent.sock`, request]);
}
const run = (script: string): string => `run ${Buffer.byteLength(script)}\n${script}`;

test('a host runs scripts that the hub asks for, side by side, and tells how each ended', { timeout: 60_000 }, async () => {
  const [agent, hub] = await Promise.all([startHost('agent'), startHost('asker')]);
  expect(await ask(hub, 'agent', run('echo out; echo err >&2; pwd; id -u; tr "\\0" "\\n" < /proc/1/cmdline'))).toBe('out\nerr\n/\n0\n/opt/mailproof/host-init\n\n\x04exit 0\n');
  expect(await ask(hub, 'agent', run('exit 7'))).toBe('\n\x04exit 7\n');
  expect(await ask(hub, 'agent', run('kill -TERM $$'))).toBe('\n\x04exit 143\n');
  expect(await ask(hub, 'agent', run(''))).toBe('\n\x04exit 0\n');
  expect(await ask(hub, 'agent', run(`# ${'x'.repeat(99_000)}\necho long`))).toBe('long\n\n\x04exit 0\n');
  expect(await ask(hub, 'agent', 'dance\n')).toBe('\n\x04error not a request: dance\n');
  expect(await ask(hub, 'agent', 'signal 99\n')).toBe('\n\x04error not a signal number: 99\n');
  // The first ends only after the second has made the way free: both run at once.
  const [first, second] = await Promise.all([
    ask(hub, 'agent', run('mkfifo /tmp/way; read line < /tmp/way; echo "$line"')),
    ask(hub, 'agent', run('until [ -p /tmp/way ]; do :; done; echo free > /tmp/way')),
  ]);
  expect([first, second]).toEqual(['free\n\n\x04exit 0\n', '\n\x04exit 0\n']);
  // A daemon holds the connection and is left running; the answer comes all the same.
  expect(await ask(hub, 'agent', run('setsid sh -c "exec tail -f /dev/null" & echo $!'))).toSatisfy((answer: string) => answer.endsWith('\n\n\x04exit 0\n'));
  expect(await ask(hub, 'agent', run('pgrep -c tail'))).toBe('1\n\n\x04exit 0\n');
  expect(await ask(hub, 'agent', 'signal 9\n')).toBe('\n\x04exit 0\n');
  // Killed and reaped: nothing is left, not even as a zombie.
  expect(await ask(hub, 'agent', run('ps -e -o comm= > /tmp/processes; sort -u /tmp/processes'))).toBe('host-init\nps\nsh\n\n\x04exit 0\n');
  await Promise.all([agent.remove(), hub.remove()]);
});

// Descriptor 9 is how the shell got it; its children must not inherit it.
test('a script too long for one argument of the shell runs all the same', { timeout: 60_000 }, async () => {
  const host = await startHost('long');
  await inside(host.id, [
    'sh',
    '-c',
    'printf "n=0\\n" > /tmp/s; for i in $(seq 40000); do echo "n=\\$((n+1))"; done >> /tmp/s; echo "echo \\$n; [ -e /proc/\\$\\$/fd/9 ] && echo open || echo closed" >> /tmp/s',
  ]);
  const client = 'open F, "/tmp/s"; local $/; $b = <F>; $s = IO::Socket::UNIX->new(Peer => $ARGV[0]); print $s "run " . length($b) . "\\n$b"; $s->flush; print <$s>';
  const answer = await inside(host.id, ['perl', '-MIO::Socket::UNIX', '-e', client, `${VOLUME}/hosts/long/agent.sock`]);
  expect(answer).toBe('40000\nclosed\n\n\x04exit 0\n');
  await host.remove();
});

test('a script whose caller goes away is ended', { timeout: 60_000 }, async () => {
  const host = await startHost('left');
  const client = '$s = IO::Socket::UNIX->new(Peer => $ARGV[0]); print $s $ARGV[1]; $s->flush; $_ = <$s>; print';
  const script = 'echo begun; tail -f /dev/null';
  expect(await inside(host.id, ['perl', '-MIO::Socket::UNIX', '-e', client, `${VOLUME}/hosts/left/agent.sock`, run(script)])).toBe('begun\n');
  // await-exit ends when the process does; for one that is gone already at once.
  expect(await inside(host.id, ['sh', '-c', 'for pid in $(pgrep tail); do await-exit $pid; done; pgrep -c tail'])).toBe('0\n');
  await host.remove();
});

test('files come with their owner and mode, and directories that were missing are no wider than they must be', { timeout: 60_000 }, async () => {
  const content = Buffer.from('line\n');
  const host = await startHost('files', [
    { path: '/etc/mail/deep/passwd', content, mode: 0o640, gid: 8 },
    { path: '/usr/local/bin/tool', content: Buffer.from('#!/bin/sh\n'), mode: 0o755 },
    { path: '/var/mail/alice', content, mode: 0o600, uid: 1000, gid: 8 },
  ]);
  expect(
    await inside(host.id, ['stat', '-c', '%a %u:%g %n', '/etc/mail/deep', '/etc/mail/deep/passwd', '/usr/local/bin', '/usr/local/bin/tool', '/var/mail', '/var/mail/alice']),
  ).toBe(
    [
      '755 0:0 /etc/mail/deep',
      '640 0:8 /etc/mail/deep/passwd',
      '755 0:0 /usr/local/bin',
      '755 0:0 /usr/local/bin/tool',
      '2775 0:8 /var/mail',
      '600 1000:8 /var/mail/alice',
      '',
    ].join('\n'),
  );
  await host.remove();
});

test('a container that cannot start says why and leaves nothing', { timeout: 60_000 }, async () => {
  const spec = { image, hostname: 'x', env: {}, volumes: [], networks: [cable], capabilities: [], sysctls: { 'net.no.such': '1' }, labels, files: [] };
  await expect(engine.start({ ...spec, name: `mailproof-${instance}-broken` })).rejects.toMatchObject({ code: 'ENGINE_FAILED', message: expect.stringMatching(/net.no.such/) });
  expect((await engine.list(labels)).filter((one) => one.name.endsWith('broken'))).toEqual([]);
});

test('an image or release that is not known is told before anything is built', async () => {
  await expect(engine.ensureImages([{ image: 'sendmail-x', release: 'bookworm' }], () => {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(engine.ensureImages([{ image: 'exim', release: 'potato' }], () => {})).rejects.toMatchObject({ code: 'NOT_FOUND', hint: expect.stringContaining('bookworm') });
});

test('an image of several layers is built on the one that it begins with, which is built once and shared', { timeout: 300_000 }, async () => {
  const wanted = ['exim', 'exim+swaks', 'swaks+exim'].map((layers) => ({ image: layers, release: 'bookworm' }));
  const said: string[] = [];
  const built = await engine.ensureImages(wanted, (line) => said.push(line));
  const begun = said.filter((line) => line.startsWith('building '));
  expect(begun).toEqual([...new Set(begun)]);
  const [alone, layered, other] = wanted.map((one) => built.get(`${one.image}@bookworm`)?.tag ?? '');
  expect([layered, other]).toEqual([expect.stringMatching(/^mailproof\/exim-swaks-bookworm:/), expect.stringMatching(/^mailproof\/swaks-exim-bookworm:/)]);
  const has = 'command -v exim4; command -v swaks';
  for (const tag of [layered, other]) expect((await engine.runOnce({ image: tag ?? '', files: [], script: has })).output).toBe('/usr/sbin/exim4\n/usr/bin/swaks\n');
  const docker = (await findEngine())?.docker;
  const layers = async (tag = ''): Promise<string[]> => (await docker?.getImage(tag).inspect())?.RootFS.Layers ?? [];
  const first = await layers(alone);
  expect(first.length).toBeGreaterThan(0);
  expect((await layers(layered)).slice(0, first.length)).toEqual(first);
  await expect(engine.ensureImages([{ image: 'exim+sendmail-x', release: 'bookworm' }], () => {})).rejects.toMatchObject({ message: 'there is no image "sendmail-x"' });
});

test('a directory can be a file system of its own, which is full at its size', { timeout: 60_000 }, async () => {
  const host = await startHost('small', [], { '/var/spool/small': 1_048_576 });
  const fill =
    'stat -c %a /var/spool/small; head -c 900000 /dev/zero > /var/spool/small/a && echo fits; head -c 900000 /dev/zero > /var/spool/small/b || df --output=size /var/spool/small';
  expect(await inside(host.id, ['sh', '-c', fill])).toMatch(/^1777\nfits\n.*No space left on device\n *1K-blocks\n *1024\n$/);
  await host.remove();
});

test('a script runs once with its files, without a network, and leaves no container', { timeout: 60_000 }, async () => {
  const result = await engine.runOnce({
    image,
    files: [{ path: '/etc/x', content: Buffer.from('laid\n'), mode: 0o644 }],
    script: 'cat /etc/x; ls /sys/class/net; echo wrong >&2; exit 3',
  });
  // Output and errors come by two pipes, and the engine does not say which line was first.
  expect({ status: result.status, lines: result.output.trimEnd().split('\n').sort() }).toEqual({ status: 3, lines: ['laid', 'lo', 'wrong'] });
});

test('sweeping removes containers, networks and volumes of an instance and of no other', { timeout: 60_000 }, async () => {
  const other = { ...labels, 'mailproof.instance': randomBytes(4).toString('hex') };
  const made = await Promise.all([engine.createInternalNetwork(other), engine.createBridge(other), engine.createVolume(other)]);
  expect(made).toHaveLength(3);
  const before = await startHost('stays');
  expect(await engine.sweep({ 'mailproof.instance': other['mailproof.instance'] })).toBe(3);
  expect(await engine.sweep({ 'mailproof.instance': other['mailproof.instance'] })).toBe(0);
  expect((await engine.list(labels)).map((one) => one.name)).toContain(before.name);
  await before.remove();
});

test('what cannot be removed is told, and keeps nothing else from being removed', { timeout: 60_000 }, async () => {
  const which = { 'mailproof.instance': randomBytes(4).toString('hex') };
  const other = { ...labels, ...which };
  const [network] = await Promise.all([engine.createInternalNetwork(other), engine.createBridge(other), engine.createVolume(other)]);
  const docker = (await findEngine())?.docker;
  // Somebody else's container holds the network.
  const holder = await docker?.createContainer({ Image: image, Entrypoint: ['sleep', 'infinity'], HostConfig: { NetworkMode: network.name } });
  await holder?.start();
  const told: string[] = [];
  expect(await engine.sweep(which, (problem) => told.push(problem))).toBe(2);
  expect(told).toEqual([expect.stringMatching(/^a network of \w+ could not be removed/)]);
  await expect(engine.sweep(which)).rejects.toMatchObject({ code: 'ENGINE_FAILED', message: expect.stringMatching(/^1 could not be removed, 0 could:\n {2}a network of \w+/) });
  await holder?.remove({ force: true });
  expect(await engine.sweep(which)).toBe(1);
});

test('a running container says what memory it holds, its small file systems among it', async () => {
  const host = await startHost('memory', [], { '/hold': 32 * 2 ** 20 });
  const own = { ...labels, 'mailproof.role': 'host' };
  const of = async (): Promise<{ bytes: number; processes: number }> => {
    const found = (await engine.memory(own)).find((one) => one.name === host.name);
    if (found === undefined) throw new Error(`${host.name} is not listed`);
    return found;
  };
  const before = await of();
  expect(before.bytes).toBeGreaterThan(0);
  expect(before.bytes).toBeLessThan(64 * 2 ** 20);
  await inside(host.name, ['sh', '-c', 'head -c 16777216 /dev/zero > /hold/file']);
  const after = await of();
  expect(after.bytes - before.bytes).toBeGreaterThan(12 * 2 ** 20);
  expect(after.processes).toBeLessThan(16 * 2 ** 20);
});

test('a published port is reached at the container itself where its bridge is this machine’s, and a container that ended tells how', { timeout: 60_000 }, async () => {
  const own = { ...labels, 'mailproof.role': 'listener' };
  const bridge = await engine.createBridge(own);
  const listener = await engine.start({
    name: `mailproof-${instance}-listener`,
    image,
    hostname: 'listener.example.test',
    env: { MAILPROOF_HOST: 'listener' },
    volumes: [{ volume, path: VOLUME }],
    networks: [bridge],
    publish: 7070,
    capabilities: [],
    sysctls: {},
    labels: own,
    files: [],
  });
  const docker = (await findEngine())?.docker;
  const { NetworkSettings } = (await docker?.getContainer(listener.id).inspect()) ?? {};
  const { Gateway = '', IPAddress = '' } = NetworkSettings?.Networks[bridge.name] ?? {};
  const published = Number(NetworkSettings?.Ports['7070/tcp']?.[0]?.HostPort);
  const near = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === Gateway));
  expect(listener.published(7070)).toEqual(near ? { host: IPAddress, port: 7070 } : { host: engine.host, port: published });
  expect(() => listener.published(25)).toThrow(/port 25 of mailproof-\w+-listener is not published/);
  expect(directly({ [bridge.name]: { Gateway: '192.0.2.1', IPAddress } }, 7070)).toBeUndefined();

  expect(await engine.fate(own)).toMatch(new RegExp(`^${listener.name}: runs since `));
  await docker?.getContainer(listener.id).kill();
  expect(await engine.fate(own)).toMatch(new RegExp(`^${listener.name}: exited with status 137 at .*; its last words:`));
  await listener.remove();
  expect(await engine.fate(own)).toBe('there is no such container any more: it was removed');
});
