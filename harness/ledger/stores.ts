import type { WorldTime } from '../base/index.ts';
import type { SeenLine } from './entry.ts';
import type { MailEventBody } from './types.ts';

type StoreEvent = Extract<MailEventBody, { kind: 'stored' | 'store-refused' | 'store-discarded' | 'store-sent' }>;

/** What a store did with one copy that was handed to it. */
export interface StoreRecord {
  host: string;
  user: string;
  session?: string;
  messageId?: string;
  at: WorldTime;
  events: StoreEvent[];
  lines: SeenLine[];
}

/** Dovecot gives the second recipient of a transaction the session `ID:R2`. */
const base = (session: string): string => session.replace(/:.*$/, '');
/** Name of the mailbox that an address leads to: its local part without suffix. */
export const localPart = (address: string): string => (address.split('@')[0] ?? address).split('+')[0]?.toLowerCase() ?? '';

/** Every copy that a store says it has taken, by session and by Message-ID. */
export class Stores {
  readonly #bySession = new Map<string, StoreRecord[]>();
  readonly #byMessage = new Map<string, StoreRecord[]>();

  add(event: StoreEvent, host: string, at: WorldTime, line?: SeenLine): void {
    const known =
      event.session === undefined
        ? undefined
        : this.#bySession.get(`${host} ${base(event.session)}`)?.find((one) => one.user === event.user && one.session === event.session && one.messageId === event.messageId);
    const record = known ?? {
      host,
      user: event.user,
      at,
      events: [],
      lines: [],
      ...(event.session === undefined ? {} : { session: event.session }),
      ...(event.messageId === undefined ? {} : { messageId: event.messageId }),
    };
    record.events.push(event);
    if (line) record.lines.push(line);
    if (known) return;
    if (event.session !== undefined) push(this.#bySession, `${host} ${base(event.session)}`, record);
    if (event.messageId !== undefined) push(this.#byMessage, event.messageId, record);
  }

  /** @param user the recipient that the final reply names */
  bySession(host: string, session: string, user: string): StoreRecord | undefined {
    // Only the very session: another of the same connection is another message's (`:T2`) or another recipient's (`:R2`).
    const all = (this.#bySession.get(`${host} ${base(session)}`) ?? []).filter((one) => one.session === session);
    return all.find((one) => localPart(one.user) === localPart(user)) ?? all[0];
  }

  byMessage(host: string, messageId: string, address: string): StoreRecord | undefined {
    return this.#byMessage.get(messageId)?.find((one) => one.host === host && localPart(one.user) === localPart(address));
  }

  /** Lets go of what is known of the copies of a message. */
  forget(messageId: string | undefined): void {
    const records = this.#byMessage.get(messageId ?? '') ?? [];
    this.#byMessage.delete(messageId ?? '');
    for (const { host, session } of records) {
      if (session === undefined) continue;
      const key = `${host} ${base(session)}`;
      // One LMTP session may have handed over several messages.
      const others = (this.#bySession.get(key) ?? []).filter((one) => one.messageId !== messageId);
      if (others.length > 0) this.#bySession.set(key, others);
      else this.#bySession.delete(key);
    }
  }

  ofMessage(messageId: string): readonly StoreRecord[] {
    return this.#byMessage.get(messageId) ?? [];
  }
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
