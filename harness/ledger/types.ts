import type { EnvelopeAddress, QueueId, WorldTime } from '../base/index.ts';
import type { Receipt, TranscriptLine } from '../internet/index.ts';

/** `mx/1tDf3x-0000Ab-1C`, or `hosted.test/R17` for an outside receiver; unique in a world instance. */
export type CustodyId = string;

/** One line of a server's log, understood. Every parser turns its lines into these. */
export type MailEvent = {
  host: string;
  at: WorldTime;
} & (
  | {
      kind: 'accepted';
      queueId: QueueId;
      from?: EnvelopeAddress;
      messageId?: string;
      bytes?: number;
      client?: { address?: string; name?: string; helo?: string };
      protocol?: string;
      tls?: string;
      auth?: string;
      /** Queue id, on the same host, of the message that this one reports on or was made from. */
      parent?: QueueId;
      /** Envelope recipients where the log names them. */
      recipients?: EnvelopeAddress[];
      /** No line need say that the message is done (Sendmail below LogLevel 10): its queue tells. */
      quiet?: boolean;
    }
  | {
      kind: 'known';
      queueId: QueueId;
      messageId?: string;
      from?: EnvelopeAddress;
      bytes?: number;
      recipientCount?: number;
      client?: { address?: string; name?: string };
      auth?: string;
      process?: string;
    } // further facts of a message under way (Postfix spreads them over lines)
  | {
      kind: 'delivered';
      queueId: QueueId;
      to: EnvelopeAddress;
      /** The recipient that it was made from by aliases. */
      original?: EnvelopeAddress;
      /** The addresses between the two, the nearest first, as far as the log names them. */
      parents?: EnvelopeAddress[];
      /** Where to; absent for a final local delivery. */
      next?: { name?: string; address?: string; port?: number };
      reply?: string;
      tls?: string;
      /** What decided: Exim router/transport, Postfix service. */
      by: string;
      /** Final local delivery: file, pipe, mailbox. */
      local?: string;
      envelopeFrom?: EnvelopeAddress;
      /** Queue id, on the same host, of the new message that it went on as (Postfix local(8): `forwarded as`). */
      child?: QueueId;
    }
  | {
      kind: 'deferred';
      queueId: QueueId;
      to: EnvelopeAddress;
      original?: EnvelopeAddress;
      parents?: EnvelopeAddress[];
      reason: string;
      by?: string;
      next?: { name?: string; address?: string };
      /** false: retry time not reached. */
      attempted: boolean;
      /** true: it failed before a transport was chosen, so that other addresses may come of this one yet. */
      routing?: boolean;
      /** The final reply was lost: the next hop may have taken the message (RFC 5321 section 4.5.3.2.6, RFC 1047). */
      indeterminate?: boolean;
    }
  | {
      kind: 'failed';
      queueId: QueueId;
      to: EnvelopeAddress;
      original?: EnvelopeAddress;
      parents?: EnvelopeAddress[];
      reason: string;
      reply?: string;
      status?: string;
      by?: string;
      next?: { name?: string; address?: string };
    }
  | { kind: 'expired'; queueId: QueueId; to?: EnvelopeAddress; original?: EnvelopeAddress; reason: string }
  | { kind: 'notified'; queueId: QueueId; dsn: QueueId; what: 'failure' | 'delay' | 'success' | 'postmaster' } // this message's sender, or only the postmaster, was told by message `dsn`
  | { kind: 'reported'; queueId: QueueId; to: EnvelopeAddress } // a message with the null reverse-path to this address; whether it is a notice of the host's own, and of which message, the log does not say (OpenSMTPD)
  | { kind: 'aliased'; queueId: QueueId; from: EnvelopeAddress; to: EnvelopeAddress[] } // these addresses stand in for that one from now on (Sendmail says it in a line of its own)
  | { kind: 'untold'; queueId: QueueId; to: EnvelopeAddress; original?: EnvelopeAddress; parents?: EnvelopeAddress[]; reason: string } // no notice is made of this recipient's failure, and why
  | { kind: 'discarded'; queueId: QueueId; to: EnvelopeAddress; original?: EnvelopeAddress; rule: string }
  | { kind: 'answered'; queueId: QueueId; to: EnvelopeAddress; original?: EnvelopeAddress; parents?: EnvelopeAddress[]; rule: string } // a reply of a recipient's filter, which is a message of its own
  | { kind: 'frozen'; queueId: QueueId; reason: string }
  | { kind: 'thawed'; queueId: QueueId } // it was frozen and is tried again
  | { kind: 'attempt'; queueId: QueueId; recipientCount: number } // a delivery attempt begins for so many recipients (Postfix says it, Exim does not)
  | { kind: 'held'; queueId: QueueId; reason: string } // not tried until somebody asks for it: queue_only, hold
  | { kind: 'fate'; process: string; fate: 'discarded' | 'held'; reason: string } // decided for the next message of this server process, before it has a queue id (Postfix access(5))
  | { kind: 'removed'; queueId: QueueId; rule: string } // taken out of the queue by an administrator
  | { kind: 'returned'; queueId: QueueId; reason: string } // given up for all recipients that are left (Exim: `cancelled by`)
  | { kind: 'completed'; queueId: QueueId } // no line of this message follows on this host
  | {
      kind: 'refused';
      client?: { address?: string; name?: string; helo?: string };
      stage: string;
      from?: EnvelopeAddress;
      to?: EnvelopeAddress;
      reply: string;
      messageId?: string;
      queueId?: QueueId;
    }
  | { kind: 'stored'; user: string; folder: string; messageId?: string; session?: string } // a store put a copy into a mailbox
  | { kind: 'store-refused'; user: string; messageId?: string; session?: string; reason: string }
  | { kind: 'store-discarded'; user: string; messageId?: string; session?: string; rule: string } // taken and thrown away by a rule of the user (Sieve)
  | { kind: 'store-sent'; user: string; messageId?: string; session?: string; to: EnvelopeAddress; what: 'redirect' | 'auto' | 'reject' } // the store sent a message of its own because of this one
  | { kind: 'crash'; process: string; signal: number } // a process of the server ended by itself, with a signal that tells of a fault in it
  | { kind: 'stray'; text: string } // the server tried something that the world does not know
  | { kind: 'note'; topic: string; queueId?: QueueId } // understood and without meaning for mail (connections, start, stop), or for what becomes of this message
);

/** What became of one recipient of a message at one host. */
export type RecipientEnd =
  | { end: 'pending' }
  | { end: 'waiting'; since: WorldTime; reason: string; nextTry?: WorldTime; frozen?: boolean }
  | { end: 'relayed'; next: string; reply: string; child?: CustodyId; tls?: string; at: WorldTime }
  | {
      end: 'stored';
      host: string;
      user?: string;
      folder?: string;
      local?: string;
      at: WorldTime;
      /** More copies that the store made of it, by a rule of the user. */
      also?: { user: string; folder: string }[];
    }
  /** `untold`: why no notice of it was made (null reverse-path, `NOTIFY=NEVER`). */
  | { end: 'failed'; reason: string; reply?: string; status?: string; dsn?: CustodyId; untold?: string; at: WorldTime }
  | { end: 'discarded'; rule: string; at: WorldTime };

export interface Recipient {
  address: EnvelopeAddress;
  /** Recipient of the message that the host accepted, before aliases. */
  original: EnvelopeAddress;
  /** The addresses between the two, the nearest first, as far as the log names them. */
  parents?: EnvelopeAddress[];
  state: RecipientEnd;
  attempts: { at: WorldTime; result: 'delivered' | 'deferred' | 'failed'; text: string }[];
}

/** One host's responsibility for one message, from its 250 to its end. */
export interface Custody {
  id: CustodyId;
  host: string;
  queueId: QueueId;
  messageId?: string;
  from: EnvelopeAddress;
  bytes?: number;
  acceptedAt: WorldTime;
  client?: { address?: string; name?: string; helo?: string };
  protocol?: string;
  tls?: string;
  auth?: string;
  parents: CustodyId[];
  cause: 'received' | 'bounce' | 'delay' | 'generated';
  recipients: Recipient[];
  completed: boolean;
  receipt?: Receipt;
  /** It was taken, but the final reply was lost: who handed it over may do so again. */
  indeterminate?: boolean;
  /** A next hop failed, whoever took it then: the host may remember that. */
  nextHopFailed?: boolean;
}

export type MessageKind = 'mail' | 'bounce' | 'delay' | 'auto';

/** How one copy ended, as a scenario names it. */
export type Outcome =
  | {
      kind: 'delivered';
      /** Recipient at the last hop, and as the sender gave it. */
      to: EnvelopeAddress;
      original: EnvelopeAddress;
      envelopeFrom: EnvelopeAddress;
      message: MessageKind;
      place: { mailbox: { host: string; user: string; folder: string } } | { outside: { party: string; receipt: Receipt } } | { local: { host: string; what: string } };
      /** Hosts and outside parties, in order. */
      route: string[];
      messageId?: string;
      root: string;
      /** The copy may exist twice because a final reply was lost. */
      indeterminate?: boolean;
      custody: CustodyId;
    }
  | {
      kind: 'queued';
      host: string;
      to: EnvelopeAddress;
      original: EnvelopeAddress;
      envelopeFrom: EnvelopeAddress;
      message: MessageKind;
      reason: string;
      nextTry?: WorldTime;
      frozen: boolean;
      root: string;
      route: string[];
      custody: CustodyId;
    }
  | { kind: 'discarded'; host: string; to: EnvelopeAddress; original: EnvelopeAddress; rule: string; message: MessageKind; root: string; route: string[]; custody: CustodyId }
  | {
      kind: 'failed';
      host: string;
      to: EnvelopeAddress;
      original: EnvelopeAddress;
      reason: string;
      reply?: string;
      status?: string;
      dsn?: CustodyId;
      message: MessageKind;
      root: string;
      route: string[];
      custody: CustodyId;
    };

/** A message that a scenario brought about: handed over, and taken by a host (2xx to the final dot, status 0 of sendmail), or made by the system. */
export interface Root {
  id: string;
  host: string;
  /** The final reply, from which the queue id is read; empty where there was none, and the Message-ID has to tell. */
  reply: string;
  messageId?: string;
  /** What it began with, where the log was asked first. */
  custody?: CustodyId;
  from: EnvelopeAddress;
  to: EnvelopeAddress[];
  /** Keywords of NOTIFY as asked for at RCPT, in any case (RFC 3461 section 4.1); failures are reported unless told. */
  notify?: readonly string[];
}

/** A server that ended by itself. */
export interface Crash {
  /** Number of the event that told of it. */
  seq: number;
  host: string;
  process: string;
  signal: number;
}

export interface Violation {
  code: 'conservation' | 'duplicate' | 'bounce-to-bounce' | 'loop' | 'stray' | 'unknown-name' | 'truth' | 'orphan' | 'crash';
  message: string;
  host?: string;
  custody?: CustodyId;
}

/** One message's way through the world, for people and for JSON. */
export interface Trace {
  root: string;
  messageId?: string;
  hops: {
    custody: CustodyId;
    host: string;
    queueId: string;
    at: WorldTime;
    from: string;
    client?: string;
    cause: Custody['cause'];
    recipients: { address: string; original: string; state: RecipientEnd }[];
    parents: CustodyId[];
    /** `host`: whose log it is, which a store's is not the one that handed the message to it. */
    lines: { at: WorldTime; host: string; source: string; line: string }[];
  }[];
  transcripts?: { with: string; lines: TranscriptLine[] }[];
}

/** A line of a known server that no rule understood. */
export interface Unparsed {
  host: string;
  software: string;
  count: number;
  /** The first few, whole. */
  samples: string[];
}

/** An event of one host's log without the host and the time, as a rule of a table makes it. */
export type MailEventBody = MailEvent extends infer Event ? (Event extends MailEvent ? Omit<Event, 'host' | 'at'> : never) : never;
