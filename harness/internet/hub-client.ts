import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { type ErrorCode, MailproofError, messageOf } from '../base/index.ts';
import { followEvents, type HubEvents } from './hub-events.ts';
import { connectThroughHub, type HubConnection } from './hub-socks.ts';
import type {
  CertificateRequest,
  ClockRequest,
  ClockState,
  DnsRequest,
  ExecRequest,
  ExecResult,
  HostRequest,
  HubProblem,
  HubStatus,
  HubWorld,
  IssuedCertificate,
  LinkRequest,
  MailRoute,
  NamesRequest,
  OutsideParty,
  OutsideRequest,
  ReinstallRequest,
  ServicesRequest,
  StepDone,
  Stray,
  WorldEvent,
} from './protocol.ts';
import { LAST_EVENT_HEADER } from './protocol.ts';

export type { HubEvents } from './hub-events.ts';
export type { HubConnection } from './hub-socks.ts';

/** Where the hub's published port is reached. */
export interface HubAddress {
  host: string;
  port: number;
  token: string;
}

/** Problem codes of the hub that have an error code of their own; the others are HUB_REFUSED. */
const ERROR_OF_PROBLEM: Readonly<Record<string, ErrorCode>> = {
  'host-not-up': 'HOST_NOT_UP',
  // A script of a service (stop, reload, nudge) ended badly in a host that runs.
  'host-step': 'COMMAND_FAILED',
  deadline: 'DEADLINE',
  'unknown-host': 'NOT_FOUND',
  'unknown-receipt': 'NOT_FOUND',
  'unknown-service': 'NOT_FOUND',
};
const CONNECT_ATTEMPT_MS = 20;
/** Ten hubs that start at once on a slow machine took more than 15 s to listen. */
const HUB_DEADLINE_MS = 120_000;

/**
 * The hub as the harness sees it. Every method throws MailproofError: HUB_UNREACHABLE when the connection fails,
 * HUB_REFUSED (or HOST_NOT_UP, COMMAND_FAILED, NOT_FOUND, DEADLINE) with what the hub said. An answer comes after all events that
 * happened before it were handed to this client's streams.
 */
export class HubClient {
  readonly address: HubAddress;
  /** PEM of the world's certificate authority; empty until a world was put. */
  ca = '';
  readonly #agent = new Agent({ keepAlive: true });
  readonly #streams = new Set<HubEvents>();

  constructor(address: HubAddress) {
    this.address = address;
  }

  /** Wires and starts everything; answers when every service of every host is ready. */
  async putWorld(world: HubWorld): Promise<HubStatus> {
    const status = await this.#json<HubStatus>('PUT', '/world', world);
    this.ca = status.ca;
    return status;
  }

  /** @param signal ends the waiting for the answer */
  async status(signal?: AbortSignal): Promise<HubStatus> {
    const status = await this.#json<HubStatus>('GET', '/status', undefined, signal);
    this.ca = status.ca;
    return status;
  }

  /** Runs a shell script as root in a host; a status other than 0 is an answer, not an error. */
  exec(ask: ExecRequest): Promise<ExecResult> {
    return this.#json('POST', '/exec', ask);
  }

  async host(ask: HostRequest): Promise<void> {
    await this.#json('POST', '/host', ask);
  }

  /** Changes what a running host runs; answers when it is ready again. */
  async services(ask: ServicesRequest): Promise<void> {
    await this.#json('POST', '/services', ask);
  }

  /** Boots another container in a stopped host's place; answers when its services are ready. */
  async reinstall(ask: ReinstallRequest): Promise<void> {
    await this.#json('POST', '/reinstall', ask);
  }

  async link(ask: LinkRequest): Promise<void> {
    await this.#json('POST', '/link', ask);
  }

  /** Moves the world's clock forward, or skews one host's; answers when the servers were nudged. */
  clock(ask: ClockRequest): Promise<ClockState> {
    return this.#json('POST', '/clock', ask);
  }

  /** Sets an outside party; answers what it was (null: unknown), to be put back. */
  outside(ask: OutsideRequest): Promise<OutsideParty | null> {
    return this.#json('POST', '/outside', ask);
  }

  /** Takes away a party that the world file does not name, or puts one that it does name back as it was. */
  async removeOutside(domain: string, owner: string): Promise<void> {
    await this.#json('DELETE', `/outside/${encodeURIComponent(domain)}?owner=${encodeURIComponent(owner)}`);
  }

  /** Sets what names answer; answers what they answered before, to be put back. */
  dns(ask: DnsRequest): Promise<DnsRequest['names']> {
    return this.#json('POST', '/dns', ask);
  }

  /** Sets what the world file says of names; answers what it said before, to be put back. */
  names(ask: NamesRequest): Promise<NamesRequest> {
    return this.#json('POST', '/names', ask);
  }

  /** Where mail for a domain goes by the world's DNS as it is now, best exchanger first. */
  exchangers(domain: string): Promise<MailRoute> {
    return this.#json('GET', `/exchangers?domain=${encodeURIComponent(domain)}`);
  }

  /** Writes into the world's journal what was done to it by hand; whoever reads its events finds it there. */
  async noteStep(step: StepDone): Promise<void> {
    await this.#json('POST', '/steps', step);
  }

  /** Packets to what the world does not know, since it began. */
  strays(): Promise<Stray[]> {
    return this.#json('GET', '/strays');
  }

  certificate(ask: CertificateRequest): Promise<IssuedCertificate> {
    return this.#json('POST', '/certificate', ask);
  }

  /** The message as an outside receiver took it, bytes. */
  receipt(id: string): Promise<Buffer> {
    return this.#bytes('GET', `/receipts/${encodeURIComponent(id)}/raw`);
  }

  /** Packet capture on the world's wire; one at a time. `stop` answers a pcap file. */
  readonly capture = {
    start: async (): Promise<void> => {
      await this.#bytes('POST', '/capture');
    },
    stop: (): Promise<Buffer> => this.#bytes('DELETE', '/capture'),
  };

  /** Hands over the events after number `since` (0: from the world's beginning), in order, until closed. */
  events(since: number, onEvent: (event: WorldEvent) => void): HubEvents {
    const stream = followEvents(this.address, since, onEvent);
    this.#streams.add(stream);
    return stream;
  }

  /** A TCP connection inside the world, from any address that no host owns. */
  connect(connection: HubConnection): Promise<Socket> {
    return connectThroughHub(this.address, connection);
  }

  /** Closes the connections of this client; the world goes on. */
  close(): void {
    for (const stream of this.#streams) stream.close();
    this.#agent.destroy();
  }

  async #json<T>(method: string, path: string, body?: object, signal?: AbortSignal): Promise<T> {
    const bytes = await this.#bytes(method, path, body, signal);
    return JSON.parse(bytes.toString());
  }

  #bytes(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Buffer> {
    const { host, port, token } = this.address;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = { authorization: `Bearer ${token}`, ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }) };
    return new Promise((resolve, reject) => {
      const unreachable = (error: unknown): void =>
        reject(
          new MailproofError('HUB_UNREACHABLE', `the hub at ${host}:${port} cannot be reached for ${method} ${path}: ${messageOf(error)}`, {
            cause: error,
            hint: 'has the world been stopped? `mailproof ps` lists those that run',
          }),
        );
      const asking = request({ host, port, method, path, headers, agent: this.#agent, ...(signal === undefined ? {} : { signal }) }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', unreachable);
        answer.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const last = Number(answer.headers[LAST_EVENT_HEADER] ?? 0);
          if (answer.statusCode !== undefined && answer.statusCode < 300) void Promise.all([...this.#streams].map((stream) => stream.reached(last))).then(() => resolve(bytes));
          else reject(refusal(bytes, `${method} ${path}`, answer.statusCode));
        });
      });
      asking.on('error', unreachable);
      asking.end(payload);
    });
  }
}

function refusal(bytes: Buffer, what: string, status: number | undefined): MailproofError {
  try {
    const problem: HubProblem = JSON.parse(bytes.toString());
    return new MailproofError(ERROR_OF_PROBLEM[problem.code] ?? 'HUB_REFUSED', problem.message, problem.hint === undefined ? {} : { hint: problem.hint });
  } catch {
    return new MailproofError('HUB_REFUSED', `the hub answered ${status} to ${what}: ${bytes.toString().slice(0, 200)}`);
  }
}

/**
 * Reaches a hub that is starting or running, and takes the world's certificate authority from it.
 * @param deadlineMs guards against a hub that never listens; real time
 * @throws MailproofError HUB_UNREACHABLE
 */
export async function connectHub(address: HubAddress, deadlineMs = HUB_DEADLINE_MS): Promise<HubClient> {
  const client = new HubClient(address);
  // The address of a hub that was taken away may be nobody's: what is sent there is never answered.
  const giveUp = AbortSignal.timeout(deadlineMs);
  for (;;) {
    try {
      await client.status(giveUp);
      return client;
    } catch (error) {
      // Refused connections are expected until it listens, and reset ones where the engine's proxy listens before it does.
      const starting = error instanceof MailproofError && error.code === 'HUB_UNREACHABLE';
      if (!starting || giveUp.aborted) {
        client.close();
        throw error;
      }
      await new Promise((again) => setTimeout(again, CONNECT_ATTEMPT_MS));
    }
  }
}
