import type { Socket as UdpSocket } from 'node:dgram';
import type { Server as TcpServer } from 'node:net';
import { isIPv6 } from 'node:net';
import dns2, { Packet, type Resource } from 'dns2';
import type { DnsRecord } from '../../protocol.ts';
import { canonicalAddress } from '../addresses.ts';
import { TYPE_NAMES, toResource } from './record-types.ts';
import type { Found, Zone } from './zone.ts';

/** Short, so that resolvers in the hosts do not outlive a scenario's change. Seconds. */
const DEFAULT_TTL = 5;
const UDP_PAYLOAD = 4096;
const RCODES = { servfail: Packet.RCODE.SERVFAIL, nxdomain: Packet.RCODE.NXDOMAIN, refused: Packet.RCODE.REFUSED } as const;

export interface DnsQuestion {
  client: string;
  name: string;
  qtype: string;
  answer: string;
  known: boolean;
}
export interface NameServerOptions {
  zone: Zone;
  address: string;
  port?: number;
  onQuestion: (question: DnsQuestion) => void;
}

/** The outside's DNS on one address, UDP and TCP. */
export class NameServer {
  readonly #options: NameServerOptions;
  readonly #udp: UdpSocket;
  readonly #tcp: TcpServer;

  constructor(options: NameServerOptions) {
    this.#options = options;
    const udp = dns2.createUDPServer({ type: isIPv6(options.address) ? 'udp6' : 'udp4' });
    const tcp = dns2.createTCPServer();
    // A host that lost its power or its link meanwhile cannot be answered.
    udp.on('request', (request, send, client) =>
      this.#answer(
        request,
        (response) => void Promise.resolve(send(response)).catch(() => {}),
        'address' in client && typeof client.address === 'string' ? client.address : '',
        false,
      ),
    );
    tcp.on('request', (request, send, client) =>
      this.#answer(request, (response) => void Promise.resolve(send(response)).catch(() => {}), 'remoteAddress' in client ? String(client.remoteAddress) : '', true),
    );
    // A question that cannot be read gets no answer; the asker's own log tells.
    udp.on('requestError', () => {});
    tcp.on('requestError', () => {});
    this.#udp = udp;
    this.#tcp = tcp;
  }

  async listen(): Promise<void> {
    const { address, port = 53 } = this.#options;
    await Promise.all([
      new Promise<void>((resolve, reject) => {
        this.#udp.once('error', reject);
        this.#udp.bind(port, address, resolve);
      }),
      new Promise<void>((resolve, reject) => {
        this.#tcp.once('error', reject);
        this.#tcp.listen(port, address, resolve);
      }),
    ]);
  }

  async close(): Promise<void> {
    await Promise.all([new Promise<void>((resolve) => this.#udp.close(() => resolve())), new Promise<void>((resolve) => this.#tcp.close(() => resolve()))]);
  }

  #answer(request: Packet, send: (response: Packet) => void, client: string, overTcp: boolean): void {
    const question = request.questions[0];
    if (question === undefined) return;
    const qtype = TYPE_NAMES.get(question.type) ?? `TYPE${question.type}`;
    // The same question over TCP is the second half of a truncated answer, not another one.
    const found = this.#options.zone.lookup(question.name, qtype, (fault) => !(overTcp && fault === 'truncated'));
    const report = (answer: string): void => this.#options.onQuestion({ client: canonicalAddress(client), name: question.name, qtype, answer, known: found.known });
    if (found.kind === 'fault' && found.fault === 'timeout') {
      report('timeout');
      return;
    }
    const response = Packet.createResponseFromRequest(request);
    response.header.aa = 1;
    response.header.ra = 1;
    if (request.additionals.some((record) => record.type === Packet.TYPE.EDNS)) response.additionals = [Packet.Resource.EDNS([], { udpPayloadSize: UDP_PAYLOAD })];
    // RFC 2181 section 9: a truncated answer is asked again over TCP, where the whole one comes.
    if (found.kind === 'fault' && found.fault === 'truncated') {
      const whole = overTcp ? this.#options.zone.lookupWithoutFaults(question.name, qtype) : found;
      if (whole.kind === 'fault') response.header.tc = 1;
      else fill(response, whole, question.name);
      report(overTcp ? describe(whole) : 'truncated');
    } else {
      if (found.kind === 'fault') response.header.rcode = found.fault === 'nxdomain' ? RCODES.nxdomain : found.fault === 'refused' ? RCODES.refused : RCODES.servfail;
      else fill(response, found, question.name);
      report(describe(found));
    }
    send(response);
  }
}

function fill(response: Packet, found: Exclude<Found, { kind: 'fault' }>, asked: string): void {
  response.answers = found.records.map((record, index) => resource(record, index === 0 || record.name === asked.toLowerCase() ? asked : record.name));
  if (found.kind === 'nxdomain') response.header.rcode = Packet.RCODE.NXDOMAIN;
  if (found.kind !== 'records') response.authorities = [startOfAuthority(found.zone)];
}

function resource(record: DnsRecord, owner: string): Resource {
  return toResource(record, owner, record.ttl ?? DEFAULT_TTL);
}

/** Lets a resolver cache that there is nothing (RFC 2308), for as short as what there is. */
function startOfAuthority(zone: string): Resource {
  return toResource({ name: zone, type: 'SOA', value: `ns.internet.test hostmaster.internet.test 1 3600 600 86400 ${DEFAULT_TTL}` }, zone, DEFAULT_TTL);
}

function describe(found: Found): string {
  switch (found.kind) {
    case 'records':
      return found.records.map((record) => `${record.type} ${record.value}`).join('; ');
    case 'fault':
      return found.fault;
    case 'no-data':
      return 'no data';
    case 'nxdomain':
      return 'nxdomain';
  }
}
