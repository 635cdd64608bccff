import type { WorldTime } from '../../../../base/index.ts';
import type { AuthResult, Behaviour, Stage } from '../../../protocol.ts';

/** The point of a session at which behaviours are asked. */
export interface Moment {
  stage: Stage | 'after-dot';
  client: string;
  helo: string;
  now: WorldTime;
  /** Reverse-path, from `mail` on. */
  from?: string;
  /** The recipient asked about at `rcpt`, all accepted ones later. */
  to: readonly string[];
  /** The result of SPF for this client and reverse-path in the world's DNS. */
  spf: () => Promise<string>;
  /** What DMARC says of the message, at `dot` only. */
  dmarc?: () => Promise<AuthResult['dmarc']>;
}

export type Verdict = { act: 'reply'; reply: string } | { act: 'drop' } | { act: 'silent' };

/** What behaviours change about the server itself. */
export interface Settings {
  starttls: boolean;
  certificate: 'good' | 'wrong-name' | 'expired' | 'self-signed';
  /** Milliseconds of real time before every reply. */
  delayMs: number;
  /** Octets. */
  size: number;
}

/** One behaviour of one party, with what it remembers (counts, triplets). */
export interface Reaction {
  settings?: Partial<Settings>;
  at?: (moment: Moment) => Verdict | undefined | Promise<Verdict | undefined>;
}

export type BehaviourOf<K extends Behaviour['kind']> = Extract<Behaviour, { kind: K }>;

/** `true` for the first `times` calls, always when not told. */
export function counter(times: number | undefined): () => boolean {
  let left = times ?? Number.POSITIVE_INFINITY;
  return () => left-- > 0;
}

/** Whether an address fits a pattern with `*` and `?`; domains are compared without case, and so are local parts here. */
export function globMatches(pattern: string, address: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 'is').test(address);
}
