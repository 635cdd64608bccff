import { type EnvelopeAddress, envelopeAddress, queueId } from '../../base/index.ts';
import { type Groups, type LogRule, readReply } from '../log-rule.ts';
import type { MailEventBody } from '../types.ts';
import { type EximFields, readAddress, readFields } from './exim-fields.ts';
import { MESSAGE_NOTES } from './exim-message-notes.ts';

/** Router and transport that decided, `aliases/remote_smtp`. */
const decidedBy = (fields: EximFields): string => [fields.values.R, fields.values.T].filter((part) => part !== undefined).join('/') || 'routing';

interface Addressed {
  to: EnvelopeAddress;
  original?: EnvelopeAddress;
  parents?: EnvelopeAddress[];
}

function addresses(text: string): { named: Addressed; rest: string } {
  const { address, original, parents, rest } = readAddress(text);
  // A local delivery is logged with the bare local part; its domain is that of the address it came from.
  const domain = (parents[0] ?? original)?.split('@').at(-1);
  const bare = /^[^@/|:>"\s]+$/.test(address) && domain !== undefined;
  return {
    named: {
      to: envelopeAddress(bare ? `${address}@${domain}` : address),
      ...(original === undefined ? {} : { original: envelopeAddress(original) }),
      ...(parents.length === 0 ? {} : { parents: parents.map(envelopeAddress) }),
    },
    rest,
  };
}

const next = (fields: EximFields): { next?: { name?: string; address?: string; port?: number } } =>
  fields.host === undefined
    ? {}
    : {
        next: {
          ...(fields.host.name === undefined ? {} : { name: fields.host.name }),
          ...(fields.host.address === undefined ? {} : { address: fields.host.address }),
          ...(fields.host.port === undefined ? {} : { port: fields.host.port }),
        },
      };

function arrived(g: Groups): MailEventBody {
  const fields = readFields(g.rest ?? '');
  const { R, U, id, P, S, X, A } = fields.values;
  const local = fields.host === undefined;
  return {
    kind: 'accepted',
    queueId: queueId(g.id ?? ''),
    from: envelopeAddress(g.from ?? ''),
    ...(id === undefined && fields.values['id*'] === undefined ? {} : { messageId: id ?? fields.values['id*'] }),
    ...(S === undefined ? {} : { bytes: Number(S) }),
    ...(fields.host
      ? {
          client: {
            ...(fields.host.address ? { address: fields.host.address } : {}),
            ...(fields.host.name ? { name: fields.host.name } : {}),
            ...(fields.host.helo ? { helo: fields.host.helo } : {}),
          },
        }
      : {}),
    ...(local && U !== undefined ? { client: { name: U } } : {}),
    ...(P === undefined ? {} : { protocol: P }),
    ...(X === undefined ? {} : { tls: X }),
    ...(A === undefined ? {} : { auth: A }),
    ...(R === undefined ? {} : { parent: queueId(R) }),
    ...(fields.recipients === undefined ? {} : { recipients: fields.recipients.map(envelopeAddress) }),
  };
}

function delivered(g: Groups): MailEventBody {
  const { named, rest } = addresses(g.rest ?? '');
  const fields = readFields(rest);
  const id = queueId(g.id ?? '');
  const { to, original } = named;
  if (to.startsWith(':blackhole:'))
    return { kind: 'discarded', queueId: id, to: original ?? to, ...(original ? { original } : {}), rule: `${fields.values.R ?? 'router'} :blackhole:` };
  const { C, X, F, P, T } = fields.values;
  // An autoreply is a message of its own (its `<=` line has come before), and no copy of this one.
  if (to.startsWith('>')) return { kind: 'answered', queueId: id, ...named, rule: `${decidedBy(fields)} answered ${to.slice(1)}` };
  return {
    kind: 'delivered',
    queueId: id,
    ...named,
    ...next(fields),
    ...(C === undefined ? {} : { reply: C }),
    ...(X === undefined ? {} : { tls: X }),
    by: decidedBy(fields),
    ...(fields.host === undefined ? { local: to.startsWith('/') || to.startsWith('|') ? to : (T ?? to) } : {}),
    ...((P ?? F) === undefined ? {} : { envelopeFrom: envelopeAddress(P ?? F ?? '') }),
  };
}

function deferred(g: Groups): MailEventBody {
  const { named, rest } = addresses(g.rest ?? '');
  const fields = readFields(rest);
  const attempted = !/retry time not reached/.test(fields.text);
  // -18 and timeouts after the final dot: Exim cannot know whether the other side took it.
  const indeterminate = /in response to end of data|timeout after end of data|after sending data block/i.test(fields.text);
  return {
    kind: 'deferred',
    queueId: queueId(g.id ?? ''),
    ...named,
    reason: fields.text || 'deferred',
    by: decidedBy(fields),
    ...next(fields),
    attempted,
    ...(fields.values.T === undefined ? { routing: true } : {}),
    ...(indeterminate ? { indeterminate } : {}),
  };
}

function failed(g: Groups): MailEventBody {
  const { named, rest } = addresses(g.rest ?? '');
  const fields = readFields(rest);
  const text = fields.text || 'failed';
  return {
    kind: 'failed',
    queueId: queueId(g.id ?? ''),
    ...named,
    reason: text,
    ...(readReply(text) ?? {}),
    by: decidedBy(fields),
    ...next(fields),
  };
}

const id = (g: Groups): ReturnType<typeof queueId> => queueId(g.id ?? '');

/** Lines about a message: the text after its id. */
export const MESSAGE_RULES: readonly LogRule[] = [
  {
    name: 'arrival',
    pattern: /^<= (?:<(?<null>)>|(?<from>"(?:[^"\\]|\\.)*"@\S+|\S+))(?: (?<rest>.*))?$/s,
    example: '2026-11-21 01:58:33 1xUaN7-00000e-2e <= ann@sender.test H=client.sender.test (helo.sender.test) [198.51.100.77] P=esmtp S=497 id=20261121015833.000039@sender.test',
    event: arrived,
  },
  { name: 'completed', pattern: /^Completed(?: QT=\S+)?$/, example: '2026-11-21 01:58:33 1xUaN7-00000e-2e Completed', event: (g) => ({ kind: 'completed', queueId: id(g) }) },
  {
    name: 'acl-blackhole',
    pattern: /^=> blackhole \((?<rule>[^)]*)\)$/,
    example: '2026-11-21 01:58:40 1xUaNE-00002B-32 => blackhole (RCPT ACL discarded recipients)',
    event: (g) => ({ kind: 'removed', queueId: id(g), rule: g.rule ?? 'ACL' }),
  },
  {
    // A filter that ends with nothing to do (`seen finish`), Sieve's discard.
    name: 'discarded',
    pattern: /^=> discarded (?:\([^)]*\) )?<(?<to>[^>]*)> R=(?<router>\S+)$/,
    example: '2026-11-25 02:41:30 1xW2wr-00001r-2n => discarded <erin@example.test> R=filter',
    event: (g) => ({ kind: 'discarded', queueId: id(g), to: envelopeAddress(g.to ?? ''), original: envelopeAddress(g.to ?? ''), rule: `${g.router} discarded it` }),
  },
  {
    name: 'delivery',
    pattern: /^(?:=>|->|>>|\*>) (?<rest>.*)$/s,
    example:
      '2026-11-21 01:58:33 1xUaN7-00000e-2e => alice@example.test R=loc T=lmtp H=203.0.113.20 [203.0.113.20] X=TLS1.3:ECDHE_SECP256R1__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no K C="250 2.0.0 <alice@example.test> WbqSNcn6AGuhAAAA52Lw8g Saved"',
    more: [
      '2026-11-21 03:25:07 1xUb6A-000015-2g => alice@example.test F=<ann@sender.test> P=<ann@sender.test> R=accounts T=store_lmtp H=store.example.test [10.20.0.20]:24* K C="250 2.0.0 <alice@example.test> 0icTFRMPAWtXAAAA1odl2w:T3 Saved" DT=0s',
      '2026-11-25 02:41:39 1xW2x1-000047-1Z => /srv/vmail/bob/Maildir/ (bob@example.test, bob@example.test) <staff@example.test> F=<ann@sender.test> P=<ann@sender.test> R=inbox T=maildir DT=0s',
      '2026-11-25 02:41:31 1xW2wt-000024-0E => >ann@sender.test <grace@example.test> F=<ann@sender.test> P=<ann@sender.test> R=filter T=reply DT=0s',
      '2026-11-25 02:41:39 1xW2x1-000047-1Z => quinn <pair@example.test> F=<ann@sender.test> P=<ann@sender.test> R=plain T=plain_maildir DT=0s',
    ],
    event: delivered,
  },
  {
    name: 'deferral',
    pattern: /^== (?<rest>.*)$/s,
    example:
      '2026-11-21 01:58:44 1xUaNH-000030-2y == u@grey.test R=out T=remote defer (-44) H=mx.grey.test [198.51.100.30]: SMTP error from remote mail server after RCPT TO:<u@grey.test>: 451 4.7.1 greylisted, try later',
    more: [
      '2026-11-25 02:41:30 1xW2ws-00001x-1b == save Archive <frank@example.test> R=filter T=maildir defer (2): No such file or directory DT=0s: failed to chdir to /srv/vmail/frank',
      '2026-11-25 02:42:21 1xW2xg-00004w-3B == /srv/vmail/judy/Maildir/ <judy@example.test> R=inbox T=maildir defer (-22) DT=0s: mailbox is full (MTA-imposed quota exceeded while writing to tmp/1795574541.M90708P308.mail.example.test)',
      '2026-11-25 02:43:49 1xW2z7-00003J-0k == mysql@late.test R=mysql defer (-1) DT=0s: Temporary internal error',
    ],
    event: deferred,
  },
  {
    name: 'failure',
    pattern: /^\*\* (?<rest>.*)$/s,
    example:
      '2026-11-21 01:58:44 1xUaNI-00003D-1o ** u@rej.test R=out T=remote H=mx.rej.test [198.51.100.31]: SMTP error from remote mail server after RCPT TO:<u@rej.test>: 550 5.7.1 not here',
    more: [
      "2026-11-25 02:41:40 1xW2x1-000047-1Z ** |/bin/sh -c 'echo wrong; exit 3' <badprogram@example.test> F=<ann@sender.test> P=<ann@sender.test> R=aliases T=pipe: Child process of pipe transport returned 3 from command: /bin/sh DT=0s",
      '2026-11-25 02:42:21 1xW2xg-00004w-3B ** /srv/vmail/judy/Maildir/ <judy@example.test>: retry timeout exceeded',
    ],
    event: failed,
  },
  {
    name: 'frozen',
    pattern: /^(?:Frozen|frozen by (?<by>\S+))(?: \((?<reason>.*)\))?$/,
    example: '2026-11-21 01:58:35 1xUaN9-000015-2f Frozen (delivery error message)',
    event: (g) => ({ kind: 'frozen', queueId: id(g), reason: g.reason ?? (g.by === undefined ? 'frozen' : `frozen by ${g.by}`) }),
  },
  {
    name: 'still-frozen',
    pattern: /^Message is frozen$/,
    example: '2026-11-21 01:59:17 1xUaNN-00004S-1R Message is frozen',
    event: (g) => ({ kind: 'frozen', queueId: id(g), reason: 'frozen' }),
  },
  {
    name: 'thawed',
    pattern: /^(?:Unfrozen by |unfrozen by )/,
    example: '2026-11-21 01:59:18 1xUaN8-00000p-1q Unfrozen by forced delivery',
    event: (g) => ({ kind: 'thawed', queueId: id(g) }),
  },
  {
    name: 'removed',
    pattern: /^removed by (?<by>\S+)$/,
    example: '2026-11-21 01:59:18 1xUaN8-00000j-0e removed by root',
    event: (g) => ({ kind: 'removed', queueId: id(g), rule: `removed by ${g.by}` }),
  },
  {
    name: 'cancelled',
    pattern: /^cancelled by (?<by>.+)$/,
    example: '2026-11-21 01:59:18 1xUaN8-00000p-1q cancelled by root',
    event: (g) => ({ kind: 'returned', queueId: id(g), reason: `cancelled by ${g.by}` }),
  },
  {
    name: 'not-delivered-at-once',
    pattern: /^no immediate delivery: (?<reason>.*)$/,
    example: '2026-11-21 01:59:18 1xUaN8-00000p-1q no immediate delivery: queued by ACL',
    event: (g) => ({ kind: 'held', queueId: id(g), reason: g.reason ?? 'no immediate delivery' }),
  },
  {
    name: 'rejected-after-data',
    pattern:
      /^(?<client>H=.*?)? ?(?:F=<(?<from>[^>]*)> )?(?<how>temporarily )?rejected (?<stage>after DATA|by \S+|during MIME ACL checks?|after end of data)(?:: (?<reason>.*))?$/s,
    example: '2026-11-21 01:59:00 1xUaNY-00006Y-1v H=client.sender.test (helo.sender.test) [198.51.100.77] F=<ann@sender.test> rejected after DATA: virus',
    event: (g) => refused(g, 'dot', `${g.how ? '451' : '550'} ${g.reason ?? 'rejected after DATA'}`),
  },
  {
    name: 'rejected-from',
    pattern: /^rejected from <(?<from>[^>]*)>(?: (?<client>H=.*?))?: (?<reason>.*)$/s,
    example:
      '2026-11-21 01:59:04 1xUaNc-00007a-0i rejected from <ann@sender.test> H=client.sender.test (helo.sender.test) [198.51.100.77]: message too big: read=1521670 max=1048576',
    event: (g) => refused(g, 'dot', `552 ${g.reason ?? ''}`),
  },
  {
    name: 'error-ignored',
    pattern: /^(?<about>.*?): error ignored(?:: (?<reason>.*))?$/s,
    example: '2026-11-21 04:11:11 1xUcRT-000035-0h x@rej5.test: error ignored: RFC 3461 DSN, failure notify not requested',
    more: ['2026-11-25 02:42:41 1xW2y1-00005J-0Z /srv/vmail/judy/Maildir/ <judy@example.test>: error ignored'],
    event: (g) => ({ kind: 'untold', queueId: id(g), ...addresses(g.about ?? '').named, reason: g.reason ?? 'error ignored' }),
  },
  ...MESSAGE_NOTES,
];

function refused(g: Groups, stage: string, reply: string): MailEventBody {
  const { host } = readFields(g.client ?? '');
  return {
    kind: 'refused',
    stage,
    reply,
    ...(g.id === undefined ? {} : { queueId: queueId(g.id) }),
    ...(g.from === undefined ? {} : { from: envelopeAddress(g.from) }),
    ...(g.to === undefined ? {} : { to: envelopeAddress(g.to) }),
    ...(host ? { client: { ...(host.address ? { address: host.address } : {}), ...(host.name ? { name: host.name } : {}), ...(host.helo ? { helo: host.helo } : {}) } } : {}),
  };
}

export { refused as eximRefusal };
