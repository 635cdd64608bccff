import type { Receipt } from '../internet/index.ts';
import type { Outcome } from '../ledger/index.ts';
import type { Dsn, DsnRecipient } from './dsn.ts';
import type { HeaderField } from './mail-text.ts';
import type { ObservedOutcome } from './result.ts';
import type { Refusal } from './smtp/deliver.ts';

/** A message that this scenario handed to the world, or tried to, or made the system send. */
export interface SentMessage {
  /** The how-manyeth of the scenario, 1 first. */
  number: number;
  label?: string;
  /** Names it in the ledger, when a host took it. */
  root?: string;
  /** Names it there again, for each host that took it without being heard, while another try was heard. */
  secondRoots?: string[];
  /** One of many that went as planned: the report keeps no evidence of it, unless it ended in another way than the others. */
  oneOfMany?: true;
  messageId?: string;
  from: string;
  to: string[];
  /** As it was handed over; undefined for one that the system wrote. */
  raw?: Buffer;
  /** World time, milliseconds since the scenario began. */
  atMs: number;
  /** Notifications that the sender asked for (NOTIFY of RFC 3461), upper case. */
  notify?: readonly string[];
}

/** One that the scenario wrote itself. */
export type WrittenMessage = SentMessage & { raw: Buffer };

/** A delivered copy as it was read back from its store or its receiver. */
export interface Copy {
  raw: Buffer;
  headers: HeaderField[];
  body: Buffer;
  flags: string[];
}

interface Seen {
  /** In the normal form that parity compares. */
  observed: ObservedOutcome;
  /** The message of this scenario that it comes from. */
  sent?: SentMessage;
}
export type DeliveredActual = Seen & {
  kind: 'delivered';
  ledger: Extract<Outcome, { kind: 'delivered' }>;
  copy?: Copy;
  receipt?: Receipt;
  dsn?: Dsn;
  /** Where in the store the copy lies: USER/FOLDER/UID. */
  copyKey?: string;
};
export type ReturnedActual = Seen & { kind: 'returned'; carrier: DeliveredActual; dsn: Dsn; recipient: DsnRecipient };
export type RefusedActual = Seen & { kind: 'refused'; refusal: Refusal };
export type QueuedActual = Seen & { kind: 'queued'; ledger: Extract<Outcome, { kind: 'queued' }> };
export type DiscardedActual = Seen & { kind: 'discarded'; ledger: Extract<Outcome, { kind: 'discarded' }> };
export type FailedActual = Seen & { kind: 'failed'; ledger: Extract<Outcome, { kind: 'failed' }> };

/** How something ended, with all that an `expect` may ask of it. */
export type Actual = DeliveredActual | ReturnedActual | RefusedActual | QueuedActual | DiscardedActual | FailedActual;
export type ActualOf<K extends Actual['kind']> = Extract<Actual, { kind: K }>;

/** One field in which what happened is not what was expected. */
export interface Difference {
  field: string;
  expected: string;
  actual: string;
}
