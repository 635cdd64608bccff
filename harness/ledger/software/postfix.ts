import { envelopeAddress, queueId } from '../../base/index.ts';
import { applyRules, FOREIGN, type Groups, type LogLine, type LogParser, type LogRule, type ParsedLine, readReply, readSyslog } from '../log-rule.ts';
import type { MailEventBody } from '../types.ts';
import { POSTFIX_NOTES } from './postfix-notes.ts';

/** Short queue ids are hexadecimal; with enable_long_queue_ids the base is 52 and a `z` follows the time. */
const ID = /[0-9A-F]{6,}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,}z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]+/.source;
const WITH_ID = new RegExp(`^(?<id>${ID}|NOQUEUE): (?<text>.*)$`, 's');

const id = (g: Groups): ReturnType<typeof queueId> => queueId(g.id ?? '');
const client = (name: string | undefined, address: string | undefined): { client: { name?: string; address?: string } } => ({
  client: { ...(name === undefined || name === 'unknown' ? {} : { name }), ...(address === undefined || address === 'unknown' ? {} : { address: address.replace(/^IPv6:/i, '') }) },
});

/** `mx.hosted.test[198.51.100.9]:25`, `px[private/dovecot-lmtp]`, `local`, `none`. */
function relay(text: string | undefined): { next?: { name?: string; address?: string; port?: number } } {
  const groups = /^(?<name>[^[]*)\[(?<address>[^\]]*)\](?::(?<port>\d+))?$/.exec(text ?? '')?.groups;
  if (!groups) return {};
  const path = groups.address?.includes('/') === true || groups.address === '';
  return {
    next: {
      ...(groups.name ? { name: groups.name } : {}),
      ...(path ? { address: '127.0.0.1' } : { address: groups.address }),
      ...(groups.port === undefined ? {} : { port: Number(groups.port) }),
    },
  };
}

/** What an agent of this host did: a program as `|COMMAND`, a file by its path, else the name of the transport (local(8), pipe(8)). */
function kept(text: string, by: string): string {
  const groups = /^delivered (?:to command: (?<command>.*)|to file: (?<file>.*)|via (?<transport>\S+) service(?: \(.*\))?)$/s.exec(text)?.groups;
  return groups?.command === undefined ? (groups?.file ?? groups?.transport ?? (text || by)) : `|${groups.command}`;
}

/** One recipient's line of any delivery agent. */
function recipient(g: Groups): MailEventBody | MailEventBody[] | undefined {
  const to = envelopeAddress(g.to ?? '');
  const original = g.original === undefined ? {} : { original: envelopeAddress(g.original) };
  const text = g.text ?? '';
  const base = { queueId: id(g), to, ...original };
  const by = g.service ?? '';
  switch (g.status) {
    case 'sent': {
      if (/^discard$/.test(by)) return { kind: 'discarded', ...base, rule: text };
      if (/^delivered to file: \/dev\/null$/.test(text)) return { kind: 'discarded', ...base, rule: 'alias to /dev/null' };
      const child = /^forwarded as (?<child>\S+)$/.exec(text)?.groups?.child;
      if (child !== undefined) return { kind: 'delivered', ...base, by, child: queueId(child) };
      const hop = relay(g.relay);
      if (hop.next === undefined) return { kind: 'delivered', ...base, by, local: kept(text, by) };
      return { kind: 'delivered', ...base, by, ...hop, reply: text };
    }
    case 'deferred':
    case 'undeliverable-later': {
      // A message that a dead destination holds back without a try says so (qmgr(8), "delivery temporarily suspended").
      const attempted = !/^delivery temporarily suspended/.test(text);
      const indeterminate = /message may be sent more than once/.test(text);
      return { kind: 'deferred', ...base, reason: text, by, ...relay(g.relay), attempted, ...(indeterminate ? { indeterminate } : {}) };
    }
    case 'bounced':
      return {
        kind: 'failed',
        ...base,
        reason: text,
        ...(readReply(text.replace(/^.*? said: /s, '').replace(/ \(in reply to .*\)$/s, '')) ?? {}),
        ...(g.dsn === undefined ? {} : { status: g.dsn }),
        by,
        ...relay(g.relay),
      };
    // sendmail -bv and address verification: nothing is delivered (verify(8)).
    case 'deliverable':
    case 'undeliverable':
      return { kind: 'note', topic: 'probe' };
    default:
      return undefined;
  }
}

function reject(g: Groups): MailEventBody {
  const stage = (g.stage ?? '').toLowerCase();
  const named = stage === 'end-of-message' ? 'dot' : stage === 'helo' ? 'ehlo' : stage;
  return {
    kind: 'refused',
    ...(g.id === undefined || g.id === 'NOQUEUE' ? {} : { queueId: queueId(g.id) }),
    client: { ...client(g.name, g.address).client, ...(g.helo === undefined ? {} : { helo: g.helo }) },
    stage: named,
    ...(g.from === undefined ? {} : { from: envelopeAddress(g.from) }),
    ...(g.to === undefined ? {} : { to: envelopeAddress(g.to) }),
    reply: g.reply ?? '',
  };
}

const ENVELOPE = String.raw`(?:; from=<(?<from>[^>]*)>)?(?: to=<(?<to>[^>]*)>)?(?: proto=\S+)?(?: helo=<(?<helo>[^>]*)>)?`;

/** Lines about a message, or about one that was not let in: the text after the queue id. */
export const POSTFIX_MESSAGE_RULES: readonly LogRule[] = [
  {
    name: 'client',
    pattern:
      /^client=(?<name>[^[]*)\[(?<address>[^\]]*)\](?::\d+)?(?:, sasl_method=(?<method>[^,]*))?(?:, sasl_username=(?<user>[^,]*))?(?:, (?:sasl_sender|orig_queue_id|orig_client|forward_\w+)=.*)?$/,
    example: '2026-11-21T02:00:26+00:00 mx postfix/smtpd[135]: DAAC81C8444: client=client.sender.test[198.51.100.77], sasl_method=PLAIN, sasl_username=alice',
    event: (g) => ({
      kind: 'known',
      queueId: id(g),
      ...client(g.name, g.address),
      ...(g.user === undefined ? {} : { auth: g.user }),
      ...(g.process === undefined ? {} : { process: g.process }),
    }),
  },
  {
    name: 'message-id',
    pattern: /^(?:resent-)?message-id=<?(?<messageId>[^>]*)>?$/,
    example: 'postfix/cleanup[140]: E4B581C84C7: message-id=<20261121015833.000155@sender.test>',
    event: (g) => ({ kind: 'known', queueId: id(g), ...(g.messageId ? { messageId: g.messageId } : {}) }),
  },
  {
    name: 'queue-active',
    pattern: /^from=<(?<from>[^>]*)>, size=(?<size>\d+), nrcpt=(?<count>\d+) \(queue active\)$/,
    example: 'postfix/qmgr[139]: E4B581C84C7: from=<ann@sender.test>, size=449, nrcpt=1 (queue active)',
    event: (g) => [
      { kind: 'accepted', queueId: id(g), from: envelopeAddress(g.from ?? ''), bytes: Number(g.size) },
      { kind: 'attempt', queueId: id(g), recipientCount: Number(g.count) },
    ],
  },
  {
    name: 'recipient',
    pattern:
      /^to=<(?<to>(?:"(?:[^"\\]|\\.)*"|[^>])*)>(?:, orig_to=<(?<original>[^>]*)>)?, relay=(?<relay>[^,]*)(?:, conn_use=\d+)?(?:, delay=[^,]*)?(?:, delays=[^,]*)?(?:, dsn=(?<dsn>[^,]*))?, status=(?<status>\w+)(?: \((?<text>.*)\))?$/s,
    example:
      'postfix/lmtp[150]: E4B581C84C7: to=<alice@example.test>, relay=203.0.113.20[203.0.113.20]:24, delay=0.06, delays=0.02/0.02/0.02/0.01, dsn=2.0.0, status=sent (250 2.0.0 <alice@example.test> sEewOcn6AGuhAAAA52Lw8g Saved)',
    event: recipient,
  },
  {
    name: 'removed',
    pattern: /^removed$/,
    example: 'postfix/qmgr[139]: E4B581C84C7: removed',
    event: (g) => (g.service === 'postsuper' ? { kind: 'removed', queueId: id(g), rule: 'removed by postsuper' } : { kind: 'completed', queueId: id(g) }),
  },
  {
    name: 'expired',
    pattern: /^from=<(?<from>[^>]*)>, status=(?<status>expired|force-expired), returned to sender$/,
    example: 'postfix/qmgr[139]: 61FA31C8194: from=<ann@sender.test>, status=expired, returned to sender',
    event: (g) => ({ kind: 'expired', queueId: id(g), reason: g.status ?? 'expired' }),
  },
  {
    name: 'notification',
    pattern: /^(?<who>sender|postmaster) (?<what>non-delivery|delay|delivery status) notification: (?<dsn>\S+)$/,
    example: 'postfix/bounce[151]: 068981C84D1: sender non-delivery notification: 097F81C84D5',
    event: (g) => ({ kind: 'notified', queueId: id(g), dsn: queueId(g.dsn ?? ''), what: g.what === 'delay' ? 'delay' : g.what === 'non-delivery' ? 'failure' : 'success' }),
  },
  {
    name: 'pickup',
    pattern: /^uid=(?<uid>\d+) from=<(?<from>[^>]*)>(?: orig_id=\S+)?$/,
    example: 'postfix/pickup[138]: 5C1351C8100: uid=5000 from=<>',
    event: (g) => ({ kind: 'known', queueId: id(g), from: envelopeAddress(g.from ?? ''), client: { name: `uid ${g.uid}` } }),
  },
  {
    name: 'rejected',
    pattern: new RegExp(String.raw`^(?:milter-)?reject: (?<stage>\S+) from (?<name>[^[]*)\[(?<address>[^\]]*)\](?::\d+)?: (?<reply>\d{3} .*?)${ENVELOPE}$`, 's'),
    example:
      'postfix/smtpd[135]: NOQUEUE: reject: RCPT from client.sender.test[198.51.100.77]: 554 5.7.1 <nosuch@example.test>: Recipient address rejected: no such user; from=<ann@sender.test> to=<nosuch@example.test> proto=ESMTP helo=<helo.sender.test>',
    event: reject,
  },
  {
    // What a milter says at the end of a message is logged without its code.
    name: 'rejected-by-milter',
    pattern: new RegExp(String.raw`^milter-reject: END-OF-MESSAGE from (?<name>[^[]*)\[(?<address>[^\]]*)\](?::\d+)?: (?<reply>(?<class>[45])\.\d+\.\d+ .*?)${ENVELOPE}$`, 's'),
    example:
      'postfix/cleanup[251]: A219A581528: milter-reject: END-OF-MESSAGE from unknown[198.51.100.207]: 5.7.1 This message scored 12.1 spam points; from=<ann@sender.test> to=<karin@wikimedia.test> proto=ESMTP helo=<[198.51.100.207]>',
    event: (g) => reject({ ...g, stage: 'dot', reply: `${g.class === '4' ? '451' : '550'} ${g.reply ?? ''}` }),
  },
  {
    name: 'rejected-content',
    pattern: new RegExp(
      String.raw`^(?:milter-)?reject: (?<part>header|body|mime-header|nested-header|mime-error|content|message) (?<line>.*?) from (?<name>[^[]*)\[(?<address>[^\]]*)\]${ENVELOPE}: (?<reply>.*)$`,
      's',
    ),
    example:
      'postfix/cleanup[140]: F1C991C8345: reject: header X-Virus: yes from client.sender.test[198.51.100.77]; from=<ann@sender.test> to=<alice@example.test> proto=ESMTP helo=<helo.sender.test>: 5.7.1 virus',
    event: (g) => reject({ ...g, stage: 'dot', reply: `550 ${g.reply ?? ''}` }),
  },
  {
    name: 'discarded-content',
    pattern: new RegExp(String.raw`^(?:milter-)?discard: (?<part>[a-z-]+) (?<line>.*?) from (?:(?<name>[^[\s]*)\[(?<address>[^\]]*)\]|local)${ENVELOPE}: (?<rule>.*)$`, 's'),
    example:
      'postfix/cleanup[140]: 433881C83B2: discard: header X-Discard: yes from client.sender.test[198.51.100.77]; from=<ann@sender.test> to=<alice@example.test> proto=ESMTP helo=<helo.sender.test>: thrown',
    event: (g) => ({ kind: 'removed', queueId: id(g), rule: `discard: ${g.rule}` }),
  },
  {
    // smtpd answers 250 with a queue id that comes later, and throws the whole message away at its end (access(5), DISCARD).
    name: 'discarded-access',
    pattern: new RegExp(String.raw`^(?:milter-)?discard: (?<stage>[A-Z-]+) from (?<name>[^[]*)\[(?<address>[^\]]*)\](?::\d+)?: (?<rule>.*?)${ENVELOPE}$`, 's'),
    event: (g) =>
      g.id === 'NOQUEUE'
        ? { kind: 'fate', process: g.process ?? '', fate: 'discarded', reason: `discard: ${g.rule}` }
        : { kind: 'removed', queueId: id(g), rule: `discard: ${g.rule}` },
    example:
      'postfix/smtpd[135]: NOQUEUE: discard: RCPT from client.sender.test[198.51.100.77]: <discard@sender.test>: Sender address thrown away; from=<discard@sender.test> to=<alice@example.test> proto=ESMTP helo=<helo.sender.test>',
  },
  {
    name: 'held',
    pattern: /^(?:milter-)?hold: (?<reason>.*)$/s,
    example:
      'postfix/cleanup[140]: 7F78E1C83E2: hold: header X-Hold: yes from client.sender.test[198.51.100.77]; from=<ann@sender.test> to=<alice@example.test> proto=ESMTP helo=<helo.sender.test>: held',
    event: (g) =>
      g.id === 'NOQUEUE' ? { kind: 'fate', process: g.process ?? '', fate: 'held', reason: `hold: ${g.reason}` } : { kind: 'held', queueId: id(g), reason: `hold: ${g.reason}` },
  },
  { name: 'released', pattern: /^released from hold$/, example: 'postfix/postsuper[160]: 7F78E1C83E2: released from hold', event: (g) => ({ kind: 'thawed', queueId: id(g) }) },
  { name: 'requeued', pattern: /^(?:requeued|placed on hold|expired|skipped, still being delivered)/, example: 'postfix/postsuper[160]: 7F78E1C83E2: placed on hold' },
  {
    name: 'actions',
    pattern: /^(?:warn|warning|info|filter|redirect|prepend|replace|strip|bcc|pass|proxy-accept|permit|trace|delay)(?:: | -> )/s,
    example:
      'postfix/cleanup[140]: 5D7E11C83B1: warning: header X-Warn: yes from client.sender.test[198.51.100.77]; from=<ann@sender.test> to=<alice@example.test> proto=ESMTP helo=<helo.sender.test>: seen',
  },
  { name: 'passed-on', pattern: /^passing <.*> to transport=/, example: 'postfix/local[142]: E4B581C84C7: passing <alice@example.test> to transport=lmtp' },
  {
    name: 'host-said',
    pattern:
      /^(?:host \S+ (?:said|refused to talk to me): |conversation with |lost connection with |connect to |Cannot start TLS|TLS is required|Server certificate |enabling PIX|breaking line|SASL authentication failed|delivery via )/s,
    example: 'postfix/smtp[152]: EB2A31C882C: host mx.grey.test[198.51.100.30] said: 451 4.7.1 greylisted, try later (in reply to RCPT TO command)',
    more: ['postfix/smtp[609]: 8D9D021C4E1: Server certificate not verified'],
  },
  // Both since 3.10; a client that goes away before the end of its message has handed nothing over.
  {
    name: 'client-lost-in-message',
    pattern: /^(?:lost connection|timeout|too many errors) after /,
    example: 'postfix/smtpd[213]: E145348568A: lost connection after DATA (92 bytes) from client.sender.test[198.51.100.77]',
  },
  { name: 'canceled', pattern: /^removed \(canceled\)$/, example: 'postfix/cleanup[210]: E5F684846DD: removed (canceled)' },
];

function parse({ line }: LogLine): ParsedLine {
  const syslog = readSyslog(line);
  const program = /^postfix(?:-[\w.]+)?\/(?<service>.+)$/.exec(syslog?.program ?? '')?.groups?.service;
  if (syslog === undefined || program === undefined) return FOREIGN;
  const service = program.split('/').at(-1) ?? program;
  const groups = WITH_ID.exec(syslog.text)?.groups;
  if (groups) {
    const about = applyRules(POSTFIX_MESSAGE_RULES, groups.text ?? '', { id: groups.id, service, process: syslog.pid });
    if (about.result !== 'unknown') return about;
  }
  return applyRules(POSTFIX_NOTES, syslog.text, { service });
}

/** Postfix 3.7 and 3.10, every daemon, as syslog brings it (postfix-script(1), postlogd(8) write the same). */
export const postfix: LogParser = { name: 'postfix', parse, rules: [...POSTFIX_MESSAGE_RULES, ...POSTFIX_NOTES], exampleSource: 'syslog' };
