//   inside 10.61.0.0/16, fd61::/48                          outside
//   app (10.61.1.25) ─┐                                ┌─ web (203.0.113.80): a host with a public address
//   db (10.61.2.30)   ├─ gw (10.61.1.1 │ 203.0.113.11) ┤
//   edge (10.61.1.26 │ 203.0.113.21), without a gateway └─ hosted.test, nameserver, clients
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import type { WorldEvent, WorldEventOf } from '../internet/index.ts';
import { loadWorld } from './model.ts';
import { type StartedWorld, startWorld } from './start.ts';

const DEADLINE_MS = 300_000;
const WORLD = `world: site
description: an inside network behind a gateway
entrance: edge
default: [plain]
inside: [10.61.0.0/16, "fd61::/48"]
hosts:
  gw: { image: nftables, fqdn: gw.example.test, addresses: [10.61.1.1, "fd61:0:0:1::1", 203.0.113.11, "2001:db8:61:1::1"], files: [fixtures/gw] }
  app: { image: nftables, fqdn: app.example.test, addresses: [10.61.1.25, "fd61:0:0:1::25"], gateway: gw }
  db: { image: nftables, fqdn: db.example.test, addresses: [10.61.2.30, "fd61:0:0:2::30"] }
  edge: { image: nftables, fqdn: edge.example.test, addresses: [203.0.113.21, "2001:db8:61:1::25", 10.61.1.26, "fd61:0:0:1::26"] }
  web: { image: nftables, fqdn: web.example.test, addresses: [203.0.113.80, "2001:db8:61:9::80"] }
outside:
  hosted.test: { exchangers: { mx.hosted.test: { addresses: [198.51.100.25, "2001:db8:66::25"] } } }
clients: { 198.51.100.77: client.sender.test, "2001:db8:66::77": client.sender.test, 10.61.9.9: desk.example.test, "fd61:0:0:9::9": desk.example.test }
nameservers: [198.51.100.53]
variants: { plain: {} }
`;
const RULES = `table inet nat {
  chain out {
    type nat hook postrouting priority srcnat;
    ip saddr 10.61.0.0/16 ip daddr != 10.61.0.0/16 snat to 203.0.113.11
    ip6 saddr fd61::/48 ip6 daddr != fd61::/48 snat to 2001:db8:61:1::1
  }
}
`;
/** Says to whom connects where that one comes from. */
const SERVER = `setsid --fork perl -MIO::Socket::IP -e '
  my $l = IO::Socket::IP->new(LocalHost => "::", V6Only => 0, LocalPort => 2525, Listen => 9, ReuseAddr => 1) or die "$@"; close STDOUT;
  while (my $c = $l->accept) { my $from = $c->peerhost; $from =~ s/^::ffff://; print $c "$from\\n"; next if fork; <$c>; exit }' < /dev/null 2> /dev/null`;
const root = mkdtempSync(path.join(tmpdir(), 'mailproof-inside-'));
const events: WorldEvent[] = [];
let world: StartedWorld;

beforeAll(async () => {
  const dir = path.join(root, 'scenarios', 'site');
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'world.yaml'), WORLD);
  mkdirSync(path.join(root, 'fixtures', 'gw', 'etc'), { recursive: true });
  writeFileSync(path.join(root, 'fixtures', 'gw', 'etc', 'nftables.conf'), RULES);
  world = await startWorld(loadWorld(dir), { engine: await openEngine(() => {}), report: () => {} });
  await world.hub.events(0, (event) => events.push(event)).caughtUp;
  for (const host of ['gw', 'app', 'db', 'edge', 'web']) await world.hub.exec({ host, script: SERVER });
}, DEADLINE_MS);
afterAll(async () => {
  await world?.stop();
  rmSync(root, { recursive: true, force: true });
}, DEADLINE_MS);

/** The first line that a server says to a host, or why there is no connection; how long it took. */
async function connectFrom(host: string, address: string, port = 2525, from?: string): Promise<{ said: string; ms: number }> {
  const local = from === undefined ? '' : `LocalHost => "${from}", `;
  const { output } = await world.hub.exec({
    host,
    script: `perl -MIO::Socket::IP -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC -e '
    my $t = clock_gettime(CLOCK_MONOTONIC);
    my $s = IO::Socket::IP->new(${local}PeerHost => "${address}", PeerPort => ${port}, Timeout => 2);
    my $e = "$!"; my $said = $s ? <$s> : $e; chomp $said;
    printf "%d %s\\n", 1000 * (clock_gettime(CLOCK_MONOTONIC) - $t), $said'`,
  });
  const [, ms = '', said = ''] = output.trim().match(/^(\d+) (.*)$/) ?? [];
  return { said, ms: Number(ms) };
}
const saidTo = async (host: string, address: string, port?: number, from?: string): Promise<string> => (await connectFrom(host, address, port, from)).said;
const client = async (from: string, to: string, port = 2525): Promise<string> => {
  const socket = await world.hub.connect({ from, to, port });
  const said = await new Promise<string>((resolve, reject) => {
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
    socket.once('error', reject);
  });
  socket.destroy();
  return said;
};

const NO_ROUTE = /^Network is unreachable$/;
const DOWN = /^No route to host$/;
const FAMILIES = [
  {
    family: 'IPv4',
    gw: '203.0.113.11',
    gwIn: '10.61.1.1',
    app: '10.61.1.25',
    db: '10.61.2.30',
    edge: '203.0.113.21',
    edgeIn: '10.61.1.26',
    web: '203.0.113.80',
    mx: '198.51.100.25',
    client: '198.51.100.77',
    inner: '10.61.9.9',
  },
  {
    family: 'IPv6',
    gw: '2001:db8:61:1::1',
    gwIn: 'fd61:0:0:1::1',
    app: 'fd61:0:0:1::25',
    db: 'fd61:0:0:2::30',
    edge: '2001:db8:61:1::25',
    edgeIn: 'fd61:0:0:1::26',
    web: '2001:db8:61:9::80',
    mx: '2001:db8:66::25',
    client: '2001:db8:66::77',
    inner: 'fd61:0:0:9::9',
  },
];

describe.each(FAMILIES)('$family', (at) => {
  test('hosts inside see each other by their inside addresses, and a host with both uses the one of that side', async () => {
    expect(await saidTo('app', at.db)).toBe(at.app);
    expect(await saidTo('db', at.app)).toBe(at.db);
    expect(await saidTo('edge', at.db)).toBe(at.edgeIn);
    expect(await saidTo('edge', at.web)).toBe(at.edge);
    expect(await saidTo('app', at.edgeIn)).toBe(at.app);
    expect(await saidTo('app', at.gwIn)).toBe(at.app);
  });

  test('the outside sees the gateway, and its answers come back', async () => {
    expect(await saidTo('app', at.web)).toBe(at.gw);
    expect(await saidTo('app', at.edge)).toBe(at.gw);
    expect(await saidTo('app', at.mx, 25)).toMatch(/^220 /);
  });

  test('nobody outside reaches an address inside: there is no route, and it is no stray', async () => {
    for (const inner of [at.app, at.db, at.edgeIn, at.gwIn]) {
      expect(await saidTo('web', inner), inner).toMatch(NO_ROUTE);
      await expect(client(at.client, inner), inner).rejects.toThrow(/network unreachable/);
    }
    // One that no host has is not known to anybody outside, either.
    expect(await saidTo('web', at.inner)).toMatch(NO_ROUTE);
    expect(await saidTo('edge', at.db, 2525, at.edge)).toMatch(NO_ROUTE);
    expect((await world.hub.strays()).filter(({ to }) => [at.app, at.db, at.edgeIn, at.gwIn, at.inner].includes(to))).toEqual([]);
  });

  test('nobody inside reaches the outside without a gateway: there is no route, and what the world knows is no stray', async () => {
    expect(await saidTo('db', at.web)).toMatch(NO_ROUTE);
    expect(await saidTo('db', at.mx, 25)).toMatch(NO_ROUTE);
    expect(await saidTo('edge', at.web, 2525, at.edgeIn)).toMatch(NO_ROUTE);
    await expect(client(at.inner, at.web)).rejects.toThrow(/network unreachable/);
    expect((await world.hub.strays()).filter(({ to }) => [at.web, at.mx].includes(to))).toEqual([]);
  });

  test("mailproof's own clients reach the inside from an address inside, and the outside from any other", async () => {
    expect(await client(at.inner, at.db)).toBe(at.inner);
    expect(await client(at.inner, at.edgeIn)).toBe(at.inner);
    expect(await client(at.inner, at.app)).toBe(at.inner);
    await expect(client(at.inner, at.app, 25)).rejects.toThrow(/refused/);
    await expect(client(at.inner, at.db, 25)).rejects.toThrow(/refused/);
    expect(await client(at.client, at.edge)).toBe(at.client);
    expect(await client(at.client, 'edge')).toBe(at.client);
    expect(await client(at.inner, 'edge')).toBe(at.inner);
  });

  test('an unknown address outside is a stray of the gateway, one inside of the host', async () => {
    const [nowhere, innerNowhere] = isIPv6(at.app) ? ['2001:db8:dead::1', 'fd61:0:0:7::7'] : ['192.0.2.99', '10.61.7.7'];
    expect(await saidTo('app', nowhere, 8025)).not.toMatch(/^\d/);
    expect(await saidTo('app', innerNowhere, 8025)).not.toMatch(/^\d/);
    const strays = await world.hub.strays();
    expect(strays.find(({ to }) => to === nowhere)).toMatchObject({ host: 'gw', port: 8025 });
    expect(strays.find(({ to }) => to === innerNowhere)).toMatchObject({ host: 'app', port: 8025 });
  });

  test('a gateway that is stopped, killed or cut off takes its hosts from the outside, not from each other', async () => {
    for (const action of ['stop', 'kill'] as const) {
      await world.hub.host({ host: 'gw', action });
      const tried = await connectFrom('app', at.web);
      expect(tried.said, action).toMatch(DOWN);
      expect(tried.ms, action).toBeLessThan(900);
      expect(await saidTo('app', at.db), action).toBe(at.app);
      await world.hub.host({ host: 'gw', action: 'start' });
      await world.hub.exec({ host: 'gw', script: SERVER });
      expect(await saidTo('app', at.web), action).toBe(at.gw);
    }
    await world.hub.link({ action: 'cut', between: ['app', 'gw'] });
    const cut = await connectFrom('app', at.web);
    expect(cut.said).toMatch(DOWN);
    expect(cut.ms).toBeLessThan(900);
    expect(await saidTo('app', at.db)).toBe(at.app);
    await world.hub.link({ action: 'heal', between: ['app', 'gw'] });
    for (const far of ['gw', 'app']) {
      await world.hub.link({ action: 'cut', between: [far, 'web'] });
      expect(await saidTo('app', at.web), far).not.toBe(at.gw);
      expect(await saidTo('app', at.edge), far).toBe(at.gw);
      await world.hub.link({ action: 'heal', between: [far, 'web'] });
    }
    expect(await saidTo('app', at.web)).toBe(at.gw);
  });

  test('a gateway that does not translate is no way out', async () => {
    await world.hub.exec({ host: 'gw', script: 'nft flush ruleset' });
    expect(await saidTo('app', at.web)).toMatch(NO_ROUTE);
    expect(await saidTo('app', at.mx, 25)).toMatch(NO_ROUTE);
    await world.hub.exec({ host: 'gw', script: 'nft -f /etc/nftables.conf' });
    expect(await saidTo('app', at.web)).toBe(at.gw);
  });

  test('a connection by way of a gateway is lost with it', async () => {
    const script = `setsid --fork perl -MIO::Socket::IP -e 'my $s = IO::Socket::IP->new(PeerHost => "${at.web}", PeerPort => 2525) or die; <$s>; open my $f, ">", "/tmp/up"; close $f;
      my $r = sysread $s, my $b, 1; my $e = defined $r ? "end" : "$!"; open $f, ">", "/tmp/lost"; print $f $e; close $f' < /dev/null > /dev/null 2>&1`;
    await world.hub.exec({ host: 'app', script: `rm -f /tmp/up /tmp/lost; mkfifo /tmp/up /tmp/lost; ${script}; cat /tmp/up` });
    await world.hub.host({ host: 'gw', action: 'kill' });
    expect((await world.hub.exec({ host: 'app', script: 'timeout 5 cat /tmp/lost', deadlineMs: 10_000 })).output).toMatch(/reset|abort|end/i);
    await world.hub.host({ host: 'gw', action: 'start' });
    await world.hub.exec({ host: 'gw', script: SERVER });
  });

  test('a slow line to the gateway, and to somebody behind it, holds what goes by it', async () => {
    const DELAY_MS = 400;
    for (const between of [
      ['app', 'gw'],
      ['gw', 'web'],
      ['app', 'web'],
    ] as [string, string][]) {
      await world.hub.link({ action: 'slow', between, delayMs: DELAY_MS });
      const slow = await connectFrom('app', at.web);
      expect(slow, between.join(' ')).toMatchObject({ said: at.gw });
      expect(slow.ms, between.join(' ')).toBeGreaterThanOrEqual(2 * DELAY_MS);
      expect((await connectFrom('app', at.db)).ms).toBeLessThan(DELAY_MS);
      await world.hub.link({ action: 'heal', between });
    }
    // What a delay gives back is no way round.
    await world.hub.link({ action: 'slow', between: ['web', 'db'], delayMs: 10 });
    expect(await saidTo('web', at.db)).toMatch(NO_ROUTE);
    expect(await saidTo('db', at.web)).toMatch(NO_ROUTE);
    await world.hub.link({ action: 'heal', between: ['web', 'db'] });
  });
});

test('names are asked by way of the gateway; a host with both sides is called by another name inside', async () => {
  const { output } = await world.hub.exec({
    host: 'app',
    script: 'getent ahosts edge.example.test | cut -d" " -f1 | sort -u; getent ahosts edge.inside.example.test | cut -d" " -f1 | sort -u; getent hosts 10.61.1.26 | tr -s " "',
  });
  expect(output.trim().split('\n')).toEqual(['2001:db8:61:1::25', '203.0.113.21', '10.61.1.26', 'fd61:0:0:1::26', '10.61.1.26 edge.inside.example.test']);
  const asked = events.filter((event): event is WorldEventOf<'dns'> => event.type === 'dns' && event.name === 'edge.inside.example.test');
  expect(new Set(asked.map(({ host }) => host))).toEqual(new Set(['gw']));
});

test('from inside, with a gateway or without, neither the control port nor the cable nor the machine can be reached', async () => {
  for (const host of ['app', 'db', 'gw']) {
    const routes = (await world.hub.exec({ host, script: 'ip -4 -o addr show dev eth0; ip route show dev eth0' })).output;
    const cable = routes.match(/inet (\d+\.\d+\.\d+)\.\d+\//)?.[1];
    const hubOnCable = routes.match(/^(\d+\.\d+\.\d+\.\d+) scope link/m)?.[1] ?? '';
    expect(hubOnCable, routes).toMatch(/^\d/);
    const others = (await world.hub.exec({ host: 'web', script: 'ip -4 -o addr show dev eth0' })).output.match(/inet ([\d.]+)\//)?.[1] ?? '';
    for (const [address, port] of [
      [hubOnCable, 7025],
      ['169.254.0.1', 7025],
      ['198.51.100.53', 7025],
      [`${cable}.1`, 22],
      [`${cable}.1`, 2375],
      [others, 2525],
      ['172.17.0.1', 2375],
      ['8.8.8.8', 53],
      ['2606:4700::1111', 443],
    ] as [string, number][]) {
      expect(await saidTo(host, address, port), `${host} to ${address} port ${port}`).toMatch(
        /unreachable|refused|No route|timed out|in progress|denied|not permitted|prohibited/i,
      );
    }
  }
});
