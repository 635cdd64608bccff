//   mx (203.0.113.10, 2001:db8:a::10) ── VXLAN ── hub ── VXLAN ── store (10.20.0.20)
//                                                  └── everything else: the outside, or nowhere
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import type { Stray, WorldEvent, WorldEventOf } from '../internet/index.ts';
import { loadWorld } from './model.ts';
import { type StartedWorld, startWorld } from './start.ts';

const DEADLINE_MS = 300_000;
const STARTER = path.resolve(import.meta.dirname, '../../scenarios/starter');
const events: WorldEvent[] = [];
let world: StartedWorld;

beforeAll(async () => {
  const engine = await openEngine(() => {});
  world = await startWorld(loadWorld(STARTER, 'exim'), { engine, report: () => {} });
  await world.hub.events(0, (event) => events.push(event)).caughtUp;
}, DEADLINE_MS);
afterAll(() => world?.stop());

/** Tries a TCP connection from a host: `open`, or how it ended, and after how many milliseconds. */
async function tryTcp(host: string, address: string, port: number): Promise<{ end: string; ms: number }> {
  const script = `perl -MIO::Socket::IP -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC -e '
    my $t = clock_gettime(CLOCK_MONOTONIC);
    my $s = IO::Socket::IP->new(PeerHost => "${address}", PeerPort => ${port}, Timeout => 3);
    printf "%s %d\\n", $s ? "open" : "$!" || "$@", 1000 * (clock_gettime(CLOCK_MONOTONIC) - $t)'`;
  const { output } = await world.hub.exec({ host, script });
  const [, end = '', ms = ''] = output.trim().match(/^(.*) (\d+)$/) ?? [];
  return { end, ms: Number(ms) };
}

/** Sends one UDP packet from a host and says whether anything came back within a second. */
async function tryUdp(host: string, address: string, port: number): Promise<string> {
  const script = `perl -MIO::Socket::IP -e '
    my $s = IO::Socket::IP->new(PeerHost => "${address}", PeerPort => ${port}, Proto => "udp") or die "none: $@";
    $s->send("\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\7example\\4test\\0\\0\\1\\0\\1"); my $r = ""; vec($r, fileno($s), 1) = 1;
    print select($r, undef, undef, 1) && defined $s->recv(my $b, 512) ? "answered" : "silence: $!"'`;
  return (await world.hub.exec({ host, script })).output.trim();
}

const strayTo = (strays: Stray[], address: string, port: number): Stray | undefined => strays.find((stray) => stray.to === address && stray.port === port && stray.host === 'mx');

test('a packet to the machine, to its networks, to the resolver of the engine or to a public address ends in the hub, and is listed', async () => {
  const routes = (await world.hub.exec({ host: 'mx', script: 'ip -4 -o addr show dev eth0; ip route; ip -6 route' })).output;
  const own = routes.match(/inet (\d+\.\d+\.\d+)\.\d+\//)?.[1];
  expect(own, routes).toBeDefined();
  // The machine itself is the first address of the cable's network; 172.17.0.1 is it again, on the engine's default bridge.
  const nowhere: [string, number][] = [
    [`${own}.1`, 22],
    ['172.17.0.1', 2375],
    ['10.255.255.53', 53],
    ['192.0.2.80', 80],
    ['8.8.8.8', 53],
    ['2606:4700::1111', 443],
  ];
  for (const [address, port] of nowhere) expect((await tryTcp('mx', address, port)).end, `${address} port ${port}`).not.toBe('open');
  expect(await tryUdp('mx', '127.0.0.11', 53)).toMatch(/^(silence|none)/);
  expect(await tryUdp('mx', '9.9.9.9', 53)).toMatch(/^silence/);
  const strays = await world.hub.strays();
  for (const [address, port] of nowhere) expect(strayTo(strays, address, port), `${address} port ${port} in ${JSON.stringify(strays)}`).toMatchObject({ protocol: 'tcp' });
  expect(strayTo(strays, '9.9.9.9', 53)).toMatchObject({ protocol: 'udp' });
});

test('the control port of the hub cannot be reached from a host, on any of its addresses', async () => {
  const neighbour = (await world.hub.exec({ host: 'mx', script: 'ip route show dev eth0' })).output.trim().split(/\s/)[0] ?? '';
  expect(neighbour).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  for (const address of [neighbour, '169.254.0.1', '198.51.100.53']) expect((await tryTcp('mx', address, 7025)).end, address).not.toBe('open');
});

test('the control port asks for its token', async () => {
  const { host, port } = world.ref;
  for (const headers of [{}, { authorization: 'Bearer wrong' }]) expect((await fetch(`http://${host}:${port}/status`, { headers })).status).toBe(401);
});

test('hosts see each other with their own addresses, and a name that the world does not know is listed', async () => {
  expect((await tryTcp('mx', '10.20.0.20', 24)).end).toBe('open');
  await world.hub.exec({ host: 'mx', script: 'getent hosts nobody-declared-me.test || true' });
  const asked = events.filter((event): event is WorldEventOf<'dns'> => event.type === 'dns' && event.name === 'nobody-declared-me.test');
  expect(asked.map((event) => [event.host, event.known])).toContainEqual(['mx', false]);
});

test('a cut line refuses connections both ways until it is healed', async () => {
  await world.hub.link({ action: 'cut', between: ['mx', 'store'] });
  expect((await tryTcp('mx', '10.20.0.20', 24)).end).toMatch(/No route|unreachable/i);
  expect((await tryTcp('store', '203.0.113.10', 25)).end).toMatch(/No route|unreachable/i);
  await world.hub.link({ action: 'heal', between: ['mx', 'store'] });
  expect((await tryTcp('mx', '10.20.0.20', 24)).end).toBe('open');
});

test('a slow line holds every packet, and a healed one does not', async () => {
  const DELAY_MS = 150;
  const before = await tryTcp('mx', '10.20.0.20', 24);
  await world.hub.link({ action: 'slow', between: ['mx', 'store'], delayMs: DELAY_MS });
  const slow = await tryTcp('mx', '10.20.0.20', 24);
  await world.hub.link({ action: 'heal', between: ['mx', 'store'] });
  expect([before.end, slow.end]).toEqual(['open', 'open']);
  expect(before.ms).toBeLessThan(DELAY_MS);
  expect(slow.ms).toBeGreaterThanOrEqual(2 * DELAY_MS);
});

test('a capture holds the packets of its time', async () => {
  await world.hub.capture.start();
  await tryTcp('mx', '10.20.0.20', 24);
  const pcap = await world.hub.capture.stop();
  // Magic of pcap files in either byte order (pcap-savefile(5)), then the greeting of the store in clear.
  expect(['d4c3b2a1', 'a1b2c3d4', '4d3cb2a1', 'a1b23c4d']).toContain(pcap.subarray(0, 4).toString('hex'));
  expect(pcap.includes(Buffer.from([10, 20, 0, 20]))).toBe(true);
});

test('all hosts move in time together, and one alone when it is skewed', async () => {
  const seconds = async (host: string): Promise<number> => Number((await world.hub.exec({ host, script: 'date +%s' })).output.trim());
  const [mx, store] = [await seconds('mx'), await seconds('store')];
  const FIVE_DAYS_S = 5 * 86_400;
  await world.hub.clock({ advanceMs: FIVE_DAYS_S * 1000 });
  expect((await seconds('mx')) - mx).toBeGreaterThanOrEqual(FIVE_DAYS_S);
  expect((await seconds('store')) - store).toBeGreaterThanOrEqual(FIVE_DAYS_S);
  await world.hub.clock({ skew: { host: 'store', offsetMs: 600_000 } });
  expect((await seconds('store')) - (await seconds('mx'))).toBeGreaterThanOrEqual(599);
});

test('a machine that was killed is unreachable, and serves again when it is started', async () => {
  await world.hub.host({ host: 'store', action: 'kill' });
  expect((await tryTcp('mx', '10.20.0.20', 24)).end).toMatch(/No route|unreachable/i);
  await world.hub.host({ host: 'store', action: 'start' });
  expect((await tryTcp('mx', '10.20.0.20', 24)).end).toBe('open');
});

test('a message that is being taken when a machine is stopped is not lost with it', async () => {
  // The relay thinks about each message for a while; the client resets the connection as soon as it has its 250.
  const edit = async (expression: string): Promise<void> => {
    expect(await world.hub.exec({ host: 'mx', script: `sed -i '${expression}' /etc/exim4/exim4.conf` })).toMatchObject({ status: 0 });
    await world.hub.host({ host: 'mx', action: 'reload', service: 'exim' });
  };
  const client = String.raw`use IO::Socket::INET; use Socket qw(SOL_SOCKET SO_LINGER);
    my $s = IO::Socket::INET->new("203.0.113.10:25") or die "$!"; $s->autoflush(1);
    sub reply { my $r; do { $r = <$s> } while $r =~ /^\d\d\d-/; $r }
    for my $line ("", "EHLO store.example.test", "MAIL FROM:<ann\@sender.test>", "RCPT TO:<alice\@example.test>", "DATA") { print $s "$line
" if $line; reply }
    print $s "Message-ID: <kept\@sender.test>
From: ann\@sender.test

hello
.
";
    open my $told, ">", "/tmp/said"; print $told "dot
"; close $told;
    open my $heard, ">", "/tmp/heard"; print $heard reply; close $heard;
    setsockopt $s, SOL_SOCKET, SO_LINGER, pack "ii", 1, 0;`;
  await edit(String.raw`s/^acl_data:/&\n  warn delay = 2s/`);
  await world.hub.exec({ host: 'store', script: `mkfifo /tmp/said && setsid --fork perl -e '${client}' && read -r word < /tmp/said` });
  await world.hub.host({ host: 'mx', action: 'stop' });
  expect((await world.hub.exec({ host: 'store', script: 'cat /tmp/heard' })).output).toMatch(/^250 OK id=/);
  await world.hub.host({ host: 'mx', action: 'start' });
  await edit('/warn delay = 2s/d');
  const lines = events.flatMap((event) => (event.type === 'log' && event.host === 'mx' ? [event.line] : []));
  const id = lines.find((line) => line.includes('id=kept@sender.test'))?.match(/ (\S{16,23}) <= /)?.[1] ?? 'none';
  expect(lines.filter((line) => line.includes(` ${id} `)).map((line) => line.replace(/^.* (=>|Completed|Spool file).*$/, '$1'))).toEqual([
    expect.stringContaining('<='),
    '=>',
    'Completed',
  ]);
});

test('syslog messages of several processes keep their order', async () => {
  const ROUNDS = 50;
  const script = `for i in $(seq 1 ${ROUNDS}); do perl -MSys::Syslog -e 'openlog("one","","mail"); syslog("info","round '$i' first")'; perl -MSys::Syslog -e 'openlog("two","","mail"); syslog("info","round '$i' second")'; done`;
  const { output } = await world.hub.exec({ host: 'mx', script: `perl -MSys::Syslog -e 1 2>/dev/null && { ${script}; echo done; } || echo no-syslog` });
  expect(output.trim()).toBe('done');
  await world.hub.exec({ host: 'mx', script: 'true' });
  const said = events.flatMap((event) => (event.type === 'log' && event.source === 'syslog' ? (event.line.match(/round (\d+ (?:first|second))/)?.[1] ?? []) : []));
  expect(said).toEqual(Array.from({ length: ROUNDS }, (_, i) => [`${i + 1} first`, `${i + 1} second`]).flat());
});

test('an answer of the hub comes after the log lines that were written before it', async () => {
  for (let round = 0; round < 20; round++) {
    await world.hub.exec({ host: 'store', script: `perl -MSys::Syslog -e 'openlog("fence","","mail"); syslog("info","fence ${round}")'` });
    expect(
      events.some((event) => event.type === 'log' && event.line.endsWith(`fence ${round}`)),
      `round ${round}`,
    ).toBe(true);
  }
});
