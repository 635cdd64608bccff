import type { Stage } from '../../internet/index.ts';

/** What was answered to RCPT TO, or to the command before it that ended the session. */
export interface Answer {
  taken: boolean;
  stage: Stage;
  /** 0: nothing was answered; `text` says why. */
  code: number;
  enhanced?: string;
  text: string;
}

/** A machine that a host hands mail on to. */
export interface NextHost {
  name: string;
  address?: string;
  port: number;
  protocol: 'smtp' | 'lmtp';
}

/** Where a recipient goes from a host. */
export type Next =
  /** Other recipients stand in its place, on the same host. */
  | { kind: 'recipients'; recipients: string[] }
  /** In the order in which they are tried. */
  | { kind: 'hosts'; hosts: NextHost[] }
  | { kind: 'mailbox'; user: string; place: string }
  /** A file, a program or a transport of the host. */
  | { kind: 'local'; into: string }
  | { kind: 'discarded' }
  | { kind: 'undeliverable'; text: string }
  | { kind: 'deferred'; text: string }
  /** It was refused, or nobody on the host knows more. */
  | { kind: 'end' };

/** What one host would do with one recipient, by its own tools. */
export interface Treatment {
  recipient: string;
  /** Router and transport, map, or user database that says so. */
  by: string;
  next: Next;
}

/** One line of the way of an address. */
export interface RouteRow extends Omit<Treatment, 'by'> {
  host: string;
  /** Of the first line of a host only: what it said when it was offered the recipient. */
  answer?: Answer;
  by?: string;
}

/** The way of the mail to one address. */
export interface AddressRoute {
  address: string;
  from: string;
  client: string;
  rows: RouteRow[];
}

/** A host that can be asked. */
export interface AskedHost {
  name: string;
  /** Runs a script in the host as root. @throws MailproofError COMMAND_FAILED unless it ends with 0 */
  run(script: string): Promise<string>;
  /** The same for what does not change while addresses are asked for: it is run once. */
  recall(script: string): Promise<string>;
  /** Exchangers of a domain by the world's DNS. */
  exchangers(domain: string): Promise<Next>;
}

/** How the software of a host is asked what it would do with a recipient. */
export interface RouteReader {
  /** As `software:` in image.yaml names it. */
  software: string;
  /** @param from envelope sender; empty for the null reverse-path */
  treat(host: AskedHost, recipient: string, from: string): Promise<Treatment[]>;
}
