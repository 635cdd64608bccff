import { addressee } from './entry.ts';
import type { Recipient } from './types.ts';

export interface MailboxSpec {
  /** Host whose MTA delivers into maildirs by itself. */
  host: string;
  /** Path of a user's maildir, `{user}` in it. */
  maildir: string;
}

/** A copy in a mailbox, as a store would tell it. */
export interface MailboxPlace {
  host: string;
  user: string;
  folder: string;
}

/** Which local deliveries of a host are copies in mailboxes: those into a maildir, and those to a bare local part. */
export class Mailboxes {
  readonly #host: string | undefined;
  readonly #path: RegExp | undefined;

  constructor(spec: MailboxSpec | undefined) {
    this.#host = spec?.host;
    if (spec === undefined) return;
    const escaped = spec.maildir.replace(/\/+$/, '').replace(/[\\^$.*+?()[\]|]/g, '\\$&');
    this.#path = new RegExp(`^${escaped.replaceAll('{user}', '(?<user>[^/]+)').replace(/\{\w+\}/g, '[^/]+')}(?:/(?<folder>\\.[^/]+)?)?/?$`);
  }

  placeOf(recipient: Recipient): MailboxPlace | undefined {
    const { state } = recipient;
    if (state.end !== 'stored' || state.host !== this.#host || state.local === undefined) return undefined;
    const groups = this.#path?.exec(state.local)?.groups;
    // Maildir++: `.A.B` is the folder B within A.
    if (groups?.user !== undefined) return { host: state.host, user: groups.user, folder: groups.folder?.slice(1).replaceAll('.', '/') ?? 'INBOX' };
    if (/^[|/>]/.test(state.local)) return undefined;
    return { host: state.host, user: (addressee(recipient).split('@')[0] ?? '').replace(/\+.*$/, ''), folder: 'INBOX' };
  }
}
