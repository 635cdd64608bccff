import { expect, test } from 'vitest';
import { openEngine } from './engine.ts';

/**
 * Two addresses of one container: what is sent from the first to the second is marked, routed into the delay, and
 * comes out of it as any packet that arrives.
 *
 *   192.0.2.1 --(mark 9, table 9)--> slow0 [wire-delay] --> 192.0.2.2 (UDP server)
 */
const SCRIPT = `
set -e
ip link set lo up
ip addr add 192.0.2.1/32 dev lo
mkfifo /tmp/ready
wire-delay slow0 200 5 > /tmp/ready &
delay=$!
exec 3< /tmp/ready
read -r line <&3
echo "$line"
ip rule add pref 1 fwmark 9 lookup 9
ip route add default dev slow0 table 9
ip rule add pref 50 lookup local
ip rule del pref 0
ip addr add 192.0.2.2/32 dev lo
node -e '
const dgram = require("node:dgram");
const server = dgram.createSocket("udp4"), client = dgram.createSocket("udp4");
const sent = new Map(), took = [];
server.on("message", (data) => {
  took.push([Number(data), performance.now() - sent.get(Number(data))]);
  if (took.length === 8) {
    console.log("arrived " + took.map(([n]) => n).join(" "));
    console.log("on time " + took.every(([, ms]) => ms >= 199 && ms < 1500));
    server.close(); client.close();
  }
});
server.bind(9999, "192.0.2.2", () => client.bind(0, "192.0.2.1", () => {
  for (let n = 1; n <= 10; n++) { sent.set(n, performance.now()); client.send(String(n), 9999, "192.0.2.2"); }
}));
'
kill $delay
read -r line <&3
echo "$line"
`;

test('a packet is held for its time, and one in so many is dropped, counted', { timeout: 300_000 }, async () => {
  const engine = await openEngine(() => {});
  const images = await engine.ensureImages([{ image: 'internet/tools', release: 'bookworm' }], () => {});
  const nft = 'nft add table ip t; nft add chain ip t out "{ type route hook output priority mangle; }"; nft add rule ip t out ip daddr 192.0.2.2 udp dport 9999 meta mark set 9';
  const result = await engine.runOnce({
    image: images.get('internet/tools@bookworm')?.tag ?? '',
    files: [],
    capabilities: ['NET_ADMIN'],
    devices: ['/dev/net/tun'],
    sysctls: Object.fromEntries(
      ['all', 'default'].flatMap((of) => [
        [`net.ipv4.conf.${of}.rp_filter`, '0'],
        [`net.ipv4.conf.${of}.accept_local`, '1'],
      ]),
    ),
    script: SCRIPT.replace("node -e '", `${nft}\nnode -e '`),
  });
  expect(result).toEqual({ status: 0, output: 'ready\narrived 1 2 3 4 6 7 8 9\non time true\n10 packets, 2 dropped\n' });
});
