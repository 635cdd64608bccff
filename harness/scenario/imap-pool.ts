import { ImapFlow } from 'imapflow';
import { formatDuration, MailproofError, messageOf } from '../base/index.ts';
import type { World } from '../world/index.ts';
import type { MailboxAccess } from './run.ts';
import { clientAddress, serverAddress } from './server-address.ts';

export interface ImapLogin {
  user: string;
  password: string;
  /** A host or an address of one; the world's IMAP server unless told. */
  server?: string;
  /** In clear on this port instead of the world's usual way. */
  clear?: { port: number };
}

/** Connections by login, kept between the scenarios that one worker runs in an instance. */
const pools = new WeakMap<World, Map<string, Promise<ImapFlow>>>();

/** Opens a session of its own. @throws Error of imapflow; `authenticationFailed` is true on it when the login was refused */
export async function openImap(run: MailboxAccess, login: ImapLogin): Promise<ImapFlow> {
  const { imap } = run.model.accounts ?? {};
  if (imap === undefined) throw new MailproofError('USAGE', 'the world declares no accounts, so there is no store to look into', { hint: 'add `accounts.imap` to world.yaml' });
  const { host, address } = serverAddress(run.model, login.server ?? imap.host, undefined);
  const { ref, hub } = run.world;
  const proxy = `socks5://${encodeURIComponent(clientAddress(run, undefined, address))}:${encodeURIComponent(ref.token)}@${ref.host.includes(':') ? `[${ref.host}]` : ref.host}:${ref.port}`;
  const client = new ImapFlow({
    host: address,
    port: login.clear?.port ?? imap.port,
    secure: login.clear === undefined && imap.tls === 'implicit',
    ...(login.clear !== undefined ? { doSTARTTLS: false } : imap.tls === 'starttls' ? { doSTARTTLS: true } : {}),
    servername: host.fqdn,
    proxy,
    auth: { user: login.user, pass: login.password },
    tls: { ca: hub.ca, servername: host.fqdn },
    logger: false,
    disableAutoIdle: true,
    disableCompression: true,
    connectionTimeout: 30_000,
  });
  // Without a listener a connection that the server ends would end this process.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** So long a store may say that a part of it is down: Dovecot ends, and starts anew after two seconds, what was starting when the clock moved. */
const UNAVAILABLE_MS = 15_000;

/** RFC 5530: the store itself says that this will pass. */
function isUnavailable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'serverResponseCode' in error && error.serverResponseCode === 'UNAVAILABLE';
}

/**
 * Does something with a user's mailboxes over a kept connection; once more with a new one when the kept one has died, and
 * again while the store says that it is not available just now.
 * @param server the host to look into; the world's IMAP server unless told
 * @throws MailproofError COMMAND_FAILED
 */
export async function withMailbox<T>(run: MailboxAccess, user: string, use: (client: ImapFlow) => Promise<T>, server?: string): Promise<T> {
  const password = run.users[user]?.password;
  if (password === undefined) throw new MailproofError('NOT_FOUND', `there is no account "${user}" in this world, so its mailbox cannot be read`);
  const pool = pools.get(run.world) ?? new Map<string, Promise<ImapFlow>>();
  pools.set(run.world, pool);
  const key = `${user}\0${password}\0${server ?? ''}`;
  const giveUp = performance.now() + UNAVAILABLE_MS;
  const waited = `gave up after ${formatDuration(UNAVAILABLE_MS)} waiting until the store is available: `;
  for (let attempt = 1; ; attempt++) {
    const opening = pool.get(key) ?? openImap(run, { user, password, ...(server === undefined ? {} : { server }) });
    pool.set(key, opening);
    try {
      const client = await opening;
      if (!client.usable) throw new Error('the connection has ended');
      return await use(client);
    } catch (error) {
      pool.delete(key);
      opening.then(
        (client) => client.close(),
        () => {},
      );
      const again = attempt === 1 || (isUnavailable(error) && performance.now() < giveUp);
      if (!again || error instanceof MailproofError)
        throw error instanceof MailproofError
          ? error
          : new MailproofError('COMMAND_FAILED', `the mailbox of ${user} cannot be read over IMAP: ${isUnavailable(error) ? waited : ''}${imapProblem(error)}`, { cause: error });
    }
  }
}

/** What the server said, where imapflow has kept it. */
export function imapProblem(error: unknown): string {
  const said = typeof error === 'object' && error !== null && 'responseText' in error && typeof error.responseText === 'string' ? ` (${error.responseText})` : '';
  return `${messageOf(error)}${said}`;
}

/** That the server said no to the password, here or in what it was caused by. */
export function loginRefused(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return ('authenticationFailed' in error && error.authenticationFailed === true) || (error instanceof Error && loginRefused(error.cause));
}

/** Ends the kept connections of an instance: its store or its accounts change. */
export function forgetMailboxes(world: World): void {
  const pool = pools.get(world);
  pools.delete(world);
  for (const opening of pool?.values() ?? []) {
    opening.then(
      (client) => client.close(),
      () => {},
    );
  }
}
