import type { HandedOver } from '../../internet/index.ts';
import { addressee, type Entry, type Ledger, type Recipient } from '../../ledger/index.ts';

/** What became of one recipient at the host that took the message: the same for production and for here. */
export interface End {
  /** As the sender gave it, and as it went on. */
  original: string;
  address: string;
  is: 'delivered' | 'deferred' | 'failed' | 'discarded' | 'refused' | 'not ended';
  /** Who was handed it, by the name that the log or the world has. */
  next?: string;
  /** Reply, reason or rule, in the words of the log. */
  text: string;
  permanent?: boolean;
  stage?: string;
}

/** Ends at the host of this custody; a copy that the host hands to itself (Postfix local(8): `forwarded as`) is followed. */
export function endsOf(book: Ledger['book'], entry: Entry, original?: string, seen = new Set<Entry>()): End[] {
  seen.add(entry);
  return entry.custody.recipients.flatMap((recipient) => {
    const next = recipient.state.end === 'relayed' ? book.next(entry, recipient) : undefined;
    const given = original ?? recipient.original;
    if (next !== undefined && next.custody.host === entry.custody.host && !seen.has(next)) return endsOf(book, next, given, seen);
    return [{ original: given, address: addressee(recipient), ...stateOf(recipient) }];
  });
}

function stateOf({ state, address }: Recipient): Pick<End, 'is' | 'next' | 'text'> {
  switch (state.end) {
    case 'relayed':
      return { is: 'delivered', next: state.next, text: state.reply };
    case 'stored':
      return { is: 'delivered', text: state.local ?? address };
    case 'waiting':
      return { is: 'deferred', text: state.reason };
    case 'failed':
      return { is: 'failed', text: state.reason };
    case 'discarded':
      return { is: 'discarded', text: state.rule };
    case 'pending':
      return { is: 'not ended', text: 'the log ends before' };
  }
}

/** Recipients that were refused when the message was handed over here. */
export function refusedEnds({ refused }: HandedOver): End[] {
  return refused.map(({ to, stage, code, enhanced, text }) => ({
    original: to,
    address: to,
    is: 'refused',
    text: [code, enhanced, text].filter((part) => part !== undefined).join(' '),
    permanent: code === undefined || code >= 500,
    stage,
  }));
}
