import { isIP } from 'node:net';
import { InputError, MailproofError, messageOf } from '../../base/index.ts';
import { type Ledger, settle } from '../../ledger/index.ts';
import { domainSchema, normalName, type World, type WorldModel } from '../../world/index.ts';
import { behaving, doByHand } from '../by-hand/do-step.ts';
import { sendByHand } from '../by-hand/send.ts';
import { hostOf } from '../server-address.ts';
import { type ComparedRecipient, compareEnds } from './compare.ts';
import { type End, endsOf, refusedEnds } from './end.ts';
import { Mapping, pseudonyms } from './mapping.ts';
import { type LeftOut, type LoggedMessage, type ReadLog, readLog } from './read-log.ts';

/** Guards against a message that never comes to rest; milliseconds. */
const DEADLINE_MS = 120_000;
const LOOPBACK = /^(?:127\.|::1$)/;
/** Smaller ones cannot be made: that is what the headers take. */
const SMALLEST = 600;

export interface ReplayOptions {
  /** `OLD=NEW`, see `Mapping`. */
  map: readonly string[];
  pseudonymise: boolean;
  /** Host that is written to; the one of the log's name, else the world's entrance, unless told. */
  server?: string;
  /** Says what is being done, now and then. */
  report: (line: string) => void;
}

export interface ReplayedMessage {
  id: string;
  from: string;
  client?: string;
  recipients: ComparedRecipient[];
  /** So often production saw the same. */
  times: number;
}

export interface Replay {
  lines: ReadLog['lines'];
  unparsed: ReadLog['unparsed'];
  messages: ReplayedMessage[];
  leftOut: LeftOut[];
  /** What the log does not say, and what was done to the world for it. */
  remarks: string[];
}

/**
 * Sends the messages of a production log again in a running world, each once, and says of each recipient what became of it there and here.
 * @throws MailproofError NOT_FOUND for a log without a message; DEADLINE
 */
export async function replayLog({ world, ledger }: { world: World; ledger: Ledger }, lines: readonly string[], options: ReplayOptions): Promise<Replay> {
  const log = readLog(lines);
  if (log.lines.mail === 0)
    throw new MailproofError('NOT_FOUND', `none of the ${log.lines.all} lines is of Exim or Postfix`, {
      hint: "Exim's main log as it writes it (2026-11-21 01:58:33 1xUaN7-...), Postfix's lines as syslog writes them (... postfix/smtpd[135]: ...)",
    });
  const mapping = new Mapping(options.map, options.pseudonymise ? pseudonyms(world.ref.token, (address) => isOwn(world.model, address)) : undefined);
  const replaying = new Replaying(world, ledger, mapping, options);
  const plans = log.messages.flatMap((message) => replaying.plan(message));
  await replaying.prepare(plans);
  const messages = await replaying.send(plans);
  const unused = mapping.unused().map((old) => `nothing in the log is called ${old}, which --map names`);
  const hidden = ({ id, why }: LeftOut): LeftOut => ({ id, why: mapping.text(why) });
  return {
    lines: log.lines,
    unparsed: log.unparsed.map((one) => ({ ...one, samples: one.samples.map((line) => mapping.text(line)) })),
    messages,
    leftOut: [...log.leftOut.map(hidden), ...replaying.leftOut],
    remarks: [...replaying.remarks(), ...unused],
  };
}

/** How somebody outside answers from now on. */
interface Answer {
  reply: string;
  at: string;
  to?: string;
}

/** A message as it is to be sent here. */
interface Plan {
  message: LoggedMessage;
  verb: 'send' | 'submit';
  value: { from: string; to: string | string[]; client?: string };
  production: End[];
}

class Replaying {
  readonly leftOut: LeftOut[] = [];
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #mapping: Mapping;
  readonly #options: ReplayOptions;
  /** How many messages lack what. */
  readonly #lacks = new Map<string, number>();
  /** Domains that were made outside, and those that answer as they did. */
  readonly #made: string[] = [];
  readonly #answering: string[] = [];

  constructor(world: World, ledger: Ledger, mapping: Mapping, options: ReplayOptions) {
    this.#world = world;
    this.#ledger = ledger;
    this.#mapping = mapping;
    this.#options = options;
  }

  plan(message: LoggedMessage): Plan[] {
    const { model } = this.#world;
    const leave = (why: string): [] => {
      this.leftOut.push({ id: message.id, why });
      return [];
    };
    const client = message.client.address === undefined ? undefined : this.#mapping.client(message.client.address);
    if (client !== undefined && (LOOPBACK.test(client) || isIP(client) === 0))
      return leave(`came from ${client}, the host itself, most likely a filter that hands it back: --map ${client}=ADDRESS says where it comes from here`);
    const owner = model.hosts.find(({ addresses }) => client !== undefined && addresses.includes(client));
    if (owner !== undefined) return leave(`came from ${client}, which is host ${owner.name} here: --map ${message.client.address}=ADDRESS says who it is here`);
    const user = message.auth === undefined ? undefined : this.#userOf(message.auth);
    if (user === null) return leave(`was submitted as ${message.auth}, who has no account here: --map ${bareUser(message.auth ?? '')}=USER, or the address`);
    const value = {
      from: message.from === '' ? '<>' : this.#mapping.address(message.from),
      to: only(message.to.map((one) => this.#mapping.address(one))),
      ...(client === undefined ? {} : { client }),
      ...this.#greeting(message),
      ...this.#server(message),
      ...(user === undefined ? this.#tls(message) : { user }),
      message: { subject: `Once more ${message.id}`, ...(message.bytes === undefined || message.bytes < SMALLEST ? {} : { size: message.bytes }) },
    };
    if (client === undefined) this.#lack('the client, so it is the first of the world');
    if (message.bytes === undefined) this.#lack('the size, so the message is small');
    return [{ message, verb: user === undefined ? 'send' : 'submit', value, production: message.ends.map((end) => this.#here(end)) }];
  }

  /** Makes the domains outside that are spoken of, and has them answer as they answered in production. */
  async prepare(plans: readonly Plan[]): Promise<void> {
    const { model } = this.#world;
    const domains = new Map<string, Answer[]>();
    const note = (address: string): Answer[] | undefined => {
      const domain = normalName(address.slice(address.lastIndexOf('@') + 1));
      if (!address.includes('@') || isOwn(model, address) || !domainSchema.safeParse(domain).success) return undefined;
      const known = domains.get(domain) ?? [];
      domains.set(domain, known);
      return known;
    };
    for (const { value, production } of plans) {
      for (const address of [value.from, value.to].flat()) note(address);
      for (const end of production) {
        const replies = end.is === 'failed' || end.is === 'deferred' ? note(end.address) : undefined;
        const said = replies === undefined ? undefined : remoteReply(end.text);
        if (said !== undefined && !replies?.some(({ to }) => to === end.address)) replies?.push(said.at === 'connect' ? said : { ...said, to: end.address });
      }
    }
    for (const [domain, replies] of domains) {
      const known = model.outside.some((party) => party.domain === domain) || model.dns.some(({ name }) => name === domain) || model.hosts.some(({ fqdn }) => fqdn === domain);
      if (known && replies.length === 0) continue;
      const { behaves = [] } = model.outsideYaml[domain] ?? {};
      await doByHand(this.#world, { verb: 'outside', value: behaving(this.#world, domain, [...replies, ...behaves]) });
      if (!known) this.#made.push(domain);
      if (replies.length > 0) this.#answering.push(domain);
    }
  }

  async send(plans: readonly Plan[]): Promise<ReplayedMessage[]> {
    const sent: { plan: Plan; roots: string[]; refused: End[] }[] = [];
    for (const [index, plan] of plans.entries()) {
      if (index > 0 && index % 50 === 0) this.#options.report(`${index} of ${plans.length} messages are sent`);
      const outcome = await this.#sendOne(plan);
      if (outcome !== undefined) sent.push({ plan, ...outcome });
    }
    const { book } = this.#ledger;
    const roots = sent.flatMap((one) => one.roots);
    if (roots.length > 0) await settle({ ledger: this.#ledger, hub: this.#world.hub, roots, deadlineMs: DEADLINE_MS });
    return sent.map(({ plan, roots: own, refused }) => {
      const starts = this.#ledger.startsOf(own).flatMap((id) => book.entries.get(id) ?? []);
      const here = [...refused, ...starts.flatMap((entry) => endsOf(book, entry))];
      const recipients = compareEnds({ production: plan.production, here }, (name) => this.#hostOf(name) !== undefined);
      const { id, times } = plan.message;
      return { id, times, from: plan.value.from, ...(plan.value.client === undefined ? {} : { client: plan.value.client }), recipients: recipients.map((one) => this.#shown(one)) };
    });
  }

  remarks(): string[] {
    return [
      ...[...this.#lacks].map(([what, count]) => `of ${count} ${count === 1 ? 'message' : 'messages'} the log does not say ${what}`),
      ...(this.#made.length === 0 ? [] : [`made outside, since this world did not know them: ${this.#made.join(', ')} (--map makes one domain another)`]),
      ...(this.#answering.length === 0 ? [] : [`answer from now on as they did in production: ${this.#answering.join(', ')}`]),
    ];
  }

  async #sendOne({ message, verb, value }: Plan): Promise<{ roots: string[]; refused: End[] } | undefined> {
    try {
      const { roots, messages, trouble } = await sendByHand({ world: this.#world, ledger: this.#ledger }, verb, value);
      if (messages.length > 0) return { roots, refused: messages.flatMap(refusedEnds) };
      this.leftOut.push({ id: message.id, why: `could not be sent: ${trouble ?? 'nobody was there to take it'}` });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.leftOut.push({ id: message.id, why: `cannot be sent here: ${messageOf(error)}` });
    }
    return undefined;
  }

  #shown({ recipient, production, here, ...rest }: ComparedRecipient): ComparedRecipient {
    const hidden = (end: End): End => ({
      ...end,
      original: this.#mapping.hidden(end.original),
      address: this.#mapping.hidden(end.address),
      text: this.#mapping.hiddenText(end.text),
    });
    const why = rest.why === undefined ? {} : { why: this.#mapping.hiddenText(rest.why) };
    return { recipient: this.#mapping.hidden(recipient), production: production.map(hidden), here: here.map(hidden), ...rest, ...why };
  }

  /** Production's end in the names of this world. */
  #here(end: End): End {
    const next = end.next === undefined ? undefined : this.#mapping.client(this.#mapping.name(end.next));
    const isSame = end.address.toLowerCase() === end.original.toLowerCase();
    return {
      ...end,
      original: this.#mapping.address(end.original),
      address: isSame ? this.#mapping.address(end.address) : this.#mapping.renamed(end.address),
      text: this.#mapping.text(end.text),
      ...(next === undefined ? {} : { next: this.#hostOf(next) ?? next }),
    };
  }

  #hostOf(name: string): string | undefined {
    return hostOf(this.#world.model, name)?.name ?? this.#world.model.hosts.find(({ fqdn }) => fqdn === normalName(name))?.name;
  }

  #greeting({ client }: LoggedMessage): { helo?: string } {
    if (client.helo !== undefined) return { helo: /^\[/.test(client.helo) ? client.helo : this.#mapping.name(client.helo) };
    this.#lack("HELO, so it is the client's name");
    return {};
  }

  #tls({ tls, ends }: LoggedMessage): { tls?: string } {
    if (tls === false) return { tls: 'never' };
    if (tls === undefined && ends.some(({ is }) => is !== 'refused')) this.#lack('whether there was TLS, so it is used where it is offered');
    return {};
  }

  #server({ host }: LoggedMessage): { server?: string } {
    const { server } = this.#options;
    if (server !== undefined) return { server };
    const named = host === undefined ? undefined : this.#hostOf(this.#mapping.name(host));
    return named === undefined || named === this.#world.model.entrance ? {} : { server: named };
  }

  /** The account here of who logged in; null: none. */
  #userOf(auth: string): string | null {
    const { accounts } = this.#world.model;
    const login = bareUser(auth);
    const mapped = login.includes('@') ? this.#mapping.address(login) : this.#mapping.name(login);
    const user = mapped.toLowerCase().endsWith(`@${accounts?.domain.toLowerCase()}`) ? mapped.slice(0, mapped.lastIndexOf('@')) : mapped;
    return accounts !== undefined && Object.hasOwn(accounts.users, user) ? user : null;
  }

  #lack(what: string): void {
    this.#lacks.set(what, (this.#lacks.get(what) ?? 0) + 1);
  }
}

/** Exim names the authenticator before the login: `A=plain_login:alice`. */
const bareUser = (auth: string): string => auth.slice(auth.indexOf(':') + 1);

const only = <T>(list: readonly T[]): T | T[] => {
  const [one, ...more] = list;
  return one !== undefined && more.length === 0 ? one : [...list];
};

/** Mail for it is the system's own business: nobody outside answers for it. */
function isOwn(model: WorldModel, address: string): boolean {
  const domain = normalName(address.slice(address.lastIndexOf('@') + 1));
  const names = new Set(model.hosts.map(({ fqdn }) => fqdn));
  const exchangers = model.dns.filter(({ name, type }) => name === domain && type === 'MX').map(({ value }) => normalName(value.split(/\s+/)[1] ?? ''));
  return domain === normalName(model.accounts?.domain ?? '') || names.has(domain) || exchangers.some((exchanger) => names.has(exchanger));
}

/** What another host answered, as Exim and Postfix quote it, and to which command. */
function remoteReply(text: string): { reply: string; at: string } | undefined {
  const quoted = /\b(?:said|refused to talk to me): (?<postfix>.*)$|(?:SMTP error from remote|LMTP error).*?: (?<exim>[45]\d\d.*)$/s.exec(text)?.groups;
  // Without these words the host has failed by itself, or nobody has answered.
  const reply = /^[45]\d\d[ -](?:[45]\.\d{1,3}\.\d{1,3} )?[^\r\n\\(]*/.exec(quoted?.postfix ?? quoted?.exim ?? '')?.[0];
  if (reply === undefined) return undefined;
  const stage = STAGES.find(({ words }) => words.test(text))?.at ?? 'rcpt';
  return { reply: reply.trim().replace(/^(\d{3})-/, '$1 '), at: stage };
}

/** How the logs name the command that was answered so. */
const STAGES: readonly { words: RegExp; at: string }[] = [
  { words: /end of (?:DATA|message)|sending data block|after BDAT/i, at: 'dot' },
  { words: /refused to talk to me|after initial connection/, at: 'connect' },
  { words: /(?:after|in reply to) (?:pipelined )?MAIL\b/, at: 'mail' },
  { words: /(?:after|in reply to) (?:pipelined )?DATA\b/, at: 'data' },
];
