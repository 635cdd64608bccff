/**
 * What the harness and the hub say to each other: JSON over HTTP on the hub's one published port
 * (`Authorization: Bearer TOKEN`), and the events of the world as one line of JSON each.
 * The same port speaks SOCKS5 (first byte 5): user name = source address to bind, password = token.
 */
import type { EnvelopeAddress, WorldTime } from '../base/index.ts';

/** Where the world's volume is mounted in the hub and in every host (read-write). */
export const WORLD_VOLUME = '/run/mailproof/world';
/** Where the clock's volume is mounted: writable in the hub, read-only in the hosts. */
export const CLOCK_VOLUME = '/run/mailproof/clock';
/** The hub's control port inside its container. */
export const CONTROL_PORT = 7025;
export const GATEWAY_V4 = '169.254.0.1';
export const GATEWAY_V6 = 'fe80::1';

export type ProbeProtocol = 'smtp' | 'smtps' | 'lmtp' | 'imap' | 'imaps' | 'tcp';

export interface HubService {
  name: string;
  /** Shell scripts, run as root in the host; `start` returns when the server was launched. */
  start: string;
  stop: string;
  reload?: string;
  /** Makes the server look at its queue after the clock moved, retry times respected. */
  nudge?: string;
  /** Answers of the service's own protocol that make it ready, seen through the world. */
  ready: { protocol: ProbeProtocol; port: number }[];
}

export interface HubCertificate {
  names: string[];
  /** Paths in the host; the key is 0640 root:`group`. */
  cert: string;
  key: string;
  group?: string;
}

export interface HubHost {
  name: string;
  /** Host name the kernel and servers see, e.g. `mx.example.test`. */
  fqdn: string;
  addresses: string[];
  /** Host through which its inside addresses reach the outside. */
  gateway?: string;
  /** Files that are laid over its image before anything of it runs: a tar archive in base64. */
  overlay?: string;
  /** Directories whose files are followed line by line (moved into the world's volume, symlinked). */
  logDirs: string[];
  /** Shell scripts run once, in order, after the link is up and before the services start. */
  prepare: string[];
  services: HubService[];
  certificates: HubCertificate[];
  /** Names of hosts that must be ready before this one's services start. */
  after: string[];
  /** Addresses for resolv.conf; the outside's DNS unless told. */
  resolvers: string[];
  /** Offset of this host's clock against the world's, milliseconds. */
  skewMs?: number;
}

export type RecordType = 'A' | 'AAAA' | 'MX' | 'TXT' | 'PTR' | 'CNAME' | 'NS' | 'SRV' | 'CAA' | 'TLSA' | 'SOA';
/** One record in presentation form: `10 mx.example.test`, `v=spf1 -all`, `203.0.113.10`. */
export interface DnsRecord {
  /** Lower case, no trailing dot; `*.example.test` is a wildcard (RFC 4592). */
  name: string;
  type: RecordType;
  value: string;
  /** Seconds. */
  ttl?: number;
}
export type DnsFault = 'servfail' | 'timeout' | 'nxdomain' | 'truncated' | 'refused';
export interface DnsFaultRule {
  name: string;
  /** All types unless told. */
  type?: RecordType;
  fault: DnsFault;
  /** How many questions it applies to; until it is taken back unless told. */
  times?: number;
}
/** Names without a record are NXDOMAIN; names of a known zone with other types are NOERROR without data. */
export interface DnsState {
  records: DnsRecord[];
  faults: DnsFaultRule[];
}

export type Stage = 'connect' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'dot';

/** One small named behaviour of an outside receiver; those of a party are asked in order, the first that applies acts. */
export type Behaviour =
  /** Answers with `reply` (`451 4.3.0 text`) at a stage, the first `times` times (always unless told), to these recipients or reverse-paths only (glob) when told. */
  | { kind: 'reply'; at: Stage; reply: string; times?: number; to?: string; from?: string }
  /** Closes the connection without a reply: before or after it has taken the message. */
  | { kind: 'drop'; at: Stage | 'after-dot'; times?: number }
  /** Accepts connections and never says anything. */
  | { kind: 'silent'; at: Stage; times?: number }
  /** Temporary refusal at RCPT of each new triplet (client network, reverse-path, recipient) for a duration of world time. */
  | { kind: 'greylist'; forMs: number }
  /** Rejects at MAIL/RCPT what SPF fails for. */
  | { kind: 'enforce-spf' }
  /** Rejects at the final dot what fails DMARC where the policy of the From domain is reject. */
  | { kind: 'enforce-dmarc' }
  | { kind: 'no-starttls' }
  | { kind: 'certificate'; is: 'wrong-name' | 'expired' | 'self-signed' }
  /** Every reply takes this long (milliseconds of real time). */
  | { kind: 'slow'; delayMs: number }
  /** Knows only these local parts; others get 550 5.1.1. */
  | { kind: 'knows'; only: string[] }
  | { kind: 'size'; max: number };

/** An MTA-STS policy (RFC 8461): the TXT record, and the host that serves it over HTTPS. */
export interface MtaSts {
  mode: 'enforce' | 'testing' | 'none';
  /** Names or `*.` patterns; the exchangers' names unless told. */
  mx?: string[];
  maxAgeSeconds: number;
  /** 1 to 32 letters and digits; made from the policy unless told, so that it changes with it. */
  id?: string;
  /** `down`: connections to the policy host are refused; the other ones: its certificate is not good. */
  host: 'up' | 'down' | Exclude<CertificateKind, 'good'>;
  /** Of `mta-sts.DOMAIN`; from the pool unless told. */
  addresses?: string[];
}

/** An outside domain with its mail exchangers; the hub makes addresses, certificates and records for what is not told. */
export interface OutsideParty {
  domain: string;
  /** Names and addresses of its exchangers; one `mx.DOMAIN` with an address of each family from the pool unless told. */
  exchangers?: { name: string; addresses: string[]; preference: number; answers: 'smtp' | 'nothing' | 'refuses' }[];
  behaviours: Behaviour[];
  /** Records besides MX, A/AAAA and PTR of the exchangers. */
  records?: DnsRecord[];
  /** Publish no MX (A/AAAA of the domain itself are the exchanger), or the null MX (RFC 7505). */
  mx?: 'published' | 'none' | 'null';
  mtaSts?: MtaSts;
}

export interface HubWorld {
  world: string;
  variant: string;
  instance: string;
  /** VXLAN network identifier. */
  vni: number;
  /** Networks that only their own addresses reach. */
  inside: string[];
  hosts: HubHost[];
  dns: DnsState;
  outside: OutsideParty[];
  /** Addresses that the outside's DNS listens on. */
  nameservers: string[];
  /** Addresses from which harness clients usually connect, so that they have forward and reverse names: address -> name. */
  clients: Record<string, string>;
  /** On a desk real time passes, too: servers look at their queues each so many real milliseconds. Elsewhere only when the clock moves. */
  nudgeEveryMs?: number;
}

/** `POST /exec`: a shell script as root in a host. */
export interface ExecRequest {
  host: string;
  script: string;
  /** Guards against a hang, milliseconds; 60000 unless told. */
  deadlineMs?: number;
}
export interface ExecResult {
  /** Exit status; 128 + signal when killed. */
  status: number;
  /** Standard output and standard error in the order they came. */
  output: string;
}

/** `POST /host`. `stop`: services in an orderly way, then the machine is unreachable. `kill`: power loss. `pause`: frozen, `start` resumes. With `service`, only that one and the machine stays reachable. */
export interface HostRequest {
  host: string;
  action: 'start' | 'stop' | 'kill' | 'pause' | 'restart' | 'reload';
  service?: string;
}

/**
 * `POST /services`: what a host runs from now on, while it runs. What is new is started, then what stays reads its configuration
 * again (a service that cannot is stopped and started, and all are with `restart`), then what is no longer there is stopped.
 */
export interface ServicesRequest {
  host: string;
  services: HubService[];
  then: 'reload' | 'restart';
}

/** `POST /reinstall`: another container has taken the place of a stopped host's; it is linked and booted as this. Answers when its services are ready. */
export interface ReinstallRequest {
  host: HubHost;
}

/** `POST /link`: between two hosts, or a host and an outside domain/address. */
export interface LinkRequest {
  action: 'cut' | 'heal' | 'slow';
  between: [string, string];
  delayMs?: number;
  /** Drop one packet in so many, counted, not by chance. */
  loseOneIn?: number;
}

/** `POST /clock`: all hosts at once; answers when every server was nudged. */
export interface ClockRequest {
  advanceMs?: number;
  /** One host's clock only, against the world's. */
  skew?: { host: string; offsetMs: number };
  /** false: move without nudging the servers. */
  nudge?: boolean;
}
export interface ClockState {
  now: WorldTime;
  offsetMs: number;
  skews: Record<string, number>;
}

/** `POST /outside`: set a party (made when unknown); answers what it was before (null: unknown), to be put back. `DELETE /outside/DOMAIN`. */
export interface OutsideRequest {
  party: OutsideParty;
  /** Who asks: two owners cannot change one domain at the same time (409). */
  owner: string;
}

/** `POST /dns`: sets what these names answer, all types of each; an empty list takes the name away. Answers the previous state of the same names. */
export interface DnsRequest {
  owner: string;
  names: { name: string; records: DnsRecord[]; faults: DnsFaultRule[] }[];
}

/** `POST /names`: what the world file says of names from now on, and the hosts that have names. Answers what it was; overrides of scenarios stay over it. */
export interface NamesRequest {
  records: DnsRecord[];
  hosts: string[];
}

/** `GET /exchangers?domain=DOMAIN`: where mail for a domain goes by the DNS as it is now; `later`: the DNS does not say now, `never`: nobody takes it. */
export type MailRoute =
  | { result: 'found'; exchangers: { name: string; preference: number; addresses: string[] }[] }
  | { result: 'later'; text: string }
  | { result: 'never'; text: string };

/** A message that a step handed over, and what was said to it. */
export interface HandedOver {
  messageId?: string;
  from: EnvelopeAddress;
  to: EnvelopeAddress[];
  /** Keywords of NOTIFY as asked for at RCPT (RFC 3461 section 4.1). */
  notify?: readonly string[];
  /** Each host that took it, for which of the recipients, and its reply to the final dot; empty where the log alone tells that it did. */
  taken: { host: string; to: EnvelopeAddress[]; reply: string; custody?: string }[];
  /** Recipients that were not taken; without a code the connection ended before a reply. */
  refused: { to: string; stage: Stage; code?: number; enhanced?: string; text: string }[];
}

/** `POST /steps`: something that somebody did to the world by hand, for the world's journal. */
export interface StepDone {
  /** A word of the language and its value, as a scenario file has them; none where the language has no word for it. */
  verb?: string;
  value?: unknown;
  /** The command that does the same in the same instance; none where no command does. */
  command?: string;
  /** Number of the last event before it began, and the world time then. */
  after: number;
  began: WorldTime;
  /** What it did, where the command alone does not tell. */
  remark?: string;
  /** Why it did not come to its end. */
  trouble?: string;
  messages?: HandedOver[];
}

/** `GET /strays`: packets to addresses or ports that the world does not know, since the world began. They were dropped in the hub. */
export interface Stray {
  from: string;
  host?: string;
  to: string;
  protocol: 'tcp' | 'udp' | 'icmp' | 'other';
  port: number;
  packets: number;
}

/** `POST /bounce`: an outside party sends a DSN for a message it received; the sending itself is done by the harness. `GET /receipts/ID/raw`: the message as received, bytes. */
export interface AuthResult {
  spf: { result: string; domain: string };
  dkim: { result: string; domain: string; selector: string; aligned: boolean }[];
  dmarc: { result: string; policy: string; domain: string };
  arc: { result: string };
}

/** A message that an outside receiver took: it answered 2xx to the final dot, or took it and dropped the connection. */
export interface Receipt {
  id: string;
  party: string;
  exchanger: string;
  messageId?: string;
  from: EnvelopeAddress;
  to: EnvelopeAddress[];
  /** Address the client connected from and the one it connected to. */
  client: string;
  local: string;
  helo: string;
  tls: { version: string; cipher: string } | false;
  /** The client's ESMTP parameters of MAIL FROM, e.g. `SIZE`, `SMTPUTF8`. */
  parameters: string[];
  bytes: number;
  auth: AuthResult;
  /** false: the final reply was lost on purpose; the client cannot know that it was taken. */
  replySent: boolean;
  reply: string;
}

/**
 * Things that happened in the world, numbered from 1 in the order the hub saw them.
 * `GET /events?since=N` streams those after N and then the new ones.
 */
export type WorldEvent = { seq: number; at: WorldTime } & (
  | { type: 'log'; host: string; source: string; line: string } // source: path of the log file, or `syslog`
  | { type: 'receipt'; receipt: Receipt }
  | { type: 'refusal'; party: string; client: string; stage: Stage; reply: string; from?: EnvelopeAddress; to?: EnvelopeAddress; messageId?: string }
  | { type: 'dropped'; party: string; client: string; stage: Stage | 'after-dot'; from?: EnvelopeAddress; to?: EnvelopeAddress[]; messageId?: string }
  | { type: 'transcript'; party: string; client: string; session: string; lines: TranscriptLine[] } // when the session ended
  | { type: 'dns'; client: string; host?: string; name: string; qtype: string; answer: string; known: boolean }
  | { type: 'policy'; party: string; client: string; host?: string; path: string; answer: string } // a connection to a policy host: path that was asked for (none: ''), `200` and the mode, or why nothing was asked
  | { type: 'host'; host: string; state: 'linked' | 'starting' | 'ready' | 'stopped' | 'killed' | 'paused' | 'failed'; detail?: string }
  | { type: 'clock'; now: WorldTime; advancedMs: number }
  | { type: 'link'; action: 'cut' | 'heal' | 'slow'; between: [string, string] }
  | { type: 'outside'; domain: string; is: 'declared' | 'changed' | 'gone'; behaviours: Behaviour[]; exchangers: Required<OutsideParty>['exchangers'] } // how a domain outside is from now on; declared: as the world file says
  | { type: 'step'; step: StepDone } // it was done by now; what it brought about may have come before this event
);
export type WorldEventOf<T extends WorldEvent['type']> = Extract<WorldEvent, { type: T }>;

/** One line of an SMTP conversation, in swaks's marks: who spoke, and what it meant. */
export interface TranscriptLine {
  /** Milliseconds since the session began. */
  ms: number;
  mark: '->' | '<-' | '<**' | '~>' | '<~' | '<~*' | '--';
  text: string;
}

/** `GET /status`. */
export interface HubStatus {
  world: string;
  variant: string;
  instance: string;
  events: number;
  clock: ClockState;
  hosts: { name: string; state: string; addresses: string[] }[];
  /** PEM of the world's certificate authority. */
  ca: string;
  memoryBytes: number;
}

export type CertificateKind = 'good' | 'wrong-name' | 'expired' | 'self-signed';
/** `POST /certificate`: one of the world's authority (or not, as its kind says), for a client or a server of the harness. */
export interface CertificateRequest {
  names: string[];
  kind: CertificateKind;
}
/** PEM. */
export interface IssuedCertificate {
  cert: string;
  key: string;
}

/** Header of `GET /events` with the number of the last event at the time of asking: a reader that has seen it has caught up. */
export const LAST_EVENT_HEADER = 'x-last-event';
/** Environment variable of the hub's container that holds the token of its control port. */
export const TOKEN_VARIABLE = 'MAILPROOF_TOKEN';

/**
 * Kernel settings that the hub's container is created with (a container cannot write them later). It forwards between
 * hosts; packets it delays come back to it with sources of its own, and must not have been matched to a socket before.
 */
export const HUB_SYSCTLS: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': '1',
  'net.ipv6.conf.all.disable_ipv6': '0',
  'net.ipv6.conf.all.forwarding': '1',
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.default.rp_filter': '0',
  'net.ipv4.conf.all.accept_local': '1',
  'net.ipv4.ip_early_demux': '0',
  // Who connects to a machine that is off hears so at once, however many do.
  'net.ipv4.icmp_ratelimit': '0',
  'net.ipv6.icmp.ratelimit': '0',
};

/** Kernel settings of a host that forwards for others. It has one link, so each packet leaves where it came in: no reason to tell its sender of a better way. */
export const GATEWAY_SYSCTLS: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': '1',
  'net.ipv6.conf.all.forwarding': '1',
  'net.ipv4.conf.all.send_redirects': '0',
  'net.ipv4.conf.default.send_redirects': '0',
};

/** Body of every answer that is not 2xx. */
export interface HubProblem {
  code: string;
  message: string;
  hint?: string;
}
