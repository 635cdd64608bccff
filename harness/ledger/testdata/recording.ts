import { readFileSync } from 'node:fs';
import type { WorldEvent } from '../../internet/index.ts';
import { Ledger } from '../ledger.ts';
import type { HostSpec } from '../links.ts';
import type { MailboxSpec } from '../mailboxes.ts';
import type { Outcome, Root } from '../types.ts';

/** What the servers of a small world wrote in one evening, with the harness's roots; recorded from real ones. */
export interface Recording {
  hosts: readonly HostSpec[];
  roots: Root[];
  events: WorldEvent[];
  mailboxes?: MailboxSpec;
}

/** `mx` is Exim 4.96, `px` Postfix 3.7 with Dovecot 2.3 beside it; everything else is outside. */
export const HOSTS = [
  { name: 'mx', software: ['exim'], addresses: ['203.0.113.10'] },
  { name: 'px', software: ['postfix'], addresses: ['203.0.113.20'] },
];

export function readRecording(name: string): Recording {
  const [head = '', ...lines] = readFileSync(new URL(`${name}.jsonl`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  const { roots, hosts = HOSTS, mailboxes }: { roots: Root[]; hosts?: HostSpec[]; mailboxes?: MailboxSpec } = JSON.parse(head);
  return { hosts, roots, ...(mailboxes === undefined ? {} : { mailboxes }), events: number(lines.map((line): WorldEvent => JSON.parse(line))) };
}

/** Numbers events anew, as a hub would that saw them in this order. */
export const number = (events: readonly WorldEvent[]): WorldEvent[] => events.map((event, index) => ({ ...event, seq: index + 1 }));

export function replay({ hosts, roots, events, mailboxes }: Recording): Ledger {
  const ledger = new Ledger({ hosts, parties: ['hosted.test'], ...(mailboxes === undefined ? {} : { mailboxes }) });
  for (const root of roots) ledger.addRoot(root);
  for (const event of number(events)) ledger.apply(event);
  return ledger;
}

/** An outcome as one line: `delivered mail team@example.test -> x@ok.out.test at hosted.test by mx > hosted.test`. */
export function inOneLine(outcome: Outcome): string {
  const way = `${outcome.message} ${outcome.original} -> ${outcome.to}`;
  const by = `by ${outcome.route.join(' > ')}`;
  switch (outcome.kind) {
    case 'delivered': {
      const { place } = outcome;
      const where = 'mailbox' in place ? `${place.mailbox.user}/${place.mailbox.folder}` : 'outside' in place ? place.outside.party : place.local.what;
      return `delivered ${way} at ${where} ${by}${outcome.indeterminate ? ' indeterminate' : ''}`;
    }
    case 'queued':
      return `queued ${way} at ${outcome.host}${outcome.frozen ? ' frozen' : ''} ${by}`;
    case 'discarded':
      return `discarded ${way}: ${outcome.rule} ${by}`;
    case 'failed':
      return `failed ${way} ${by}${outcome.dsn === undefined ? ' untold' : ''}`;
  }
}
