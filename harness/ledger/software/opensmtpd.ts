import { type EnvelopeAddress, envelopeAddress, type QueueId, queueId } from '../../base/index.ts';
import { applyRules, FOREIGN, type Groups, type LogLine, type LogParser, type LogRule, type ParsedLine, readReply, readSyslog } from '../log-rule.ts';
import type { MailEventBody } from '../types.ts';

/** A recipient's envelope has a number of its own (evpid), which begins with that of its message (msgid). */
const MESSAGE_ID_LENGTH = 8;
const messageOf = (g: Groups): QueueId => queueId((g.evpid ?? g.msgid ?? '').slice(0, MESSAGE_ID_LENGTH));

/** `rcpt` is who the message was for when aliases made another recipient of it, and `-` otherwise. */
function recipient(g: Groups): { to: EnvelopeAddress; original?: EnvelopeAddress } {
  const to = envelopeAddress(g.to ?? '');
  return g.rcpt === undefined || g.rcpt === '-' || g.rcpt === g.to ? { to } : { to, original: envelopeAddress(g.rcpt) };
}

/** `[2001:db8:66::25] (mx.hosted.test)`, `198.51.100.25 (mx.hosted.test)`, `nowhere.test` where there was no address. */
function relayOf(text: string | undefined): { name?: string; address?: string } {
  const groups = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[\d.]+)|(?<domain>\S+))(?: \((?<name>[^)]*)\))?$/.exec(text ?? '')?.groups;
  const address = groups?.v6 ?? groups?.v4;
  const name = groups?.name ?? groups?.domain;
  return { ...(name === undefined ? {} : { name }), ...(address === undefined ? {} : { address }) };
}

function relayed(g: Groups): MailEventBody {
  const stat = g.stat ?? '';
  const base = { queueId: messageOf(g), ...recipient(g), by: 'mta', next: relayOf(g.relay) };
  const said = readReply(stat);
  if (g.result === 'Ok') return { kind: 'delivered', ...base, reply: stat };
  if (g.result === 'TempFail')
    // A connection that broke may have done so after the final dot.
    return { kind: 'deferred', ...base, reason: stat, attempted: true, ...(said === undefined && /connection|IO error|closed|reset/i.test(stat) ? { indeterminate: true } : {}) };
  return { kind: 'failed', ...base, reason: stat, ...said };
}

function delivered(g: Groups): MailEventBody {
  const base = { queueId: messageOf(g), ...recipient(g), by: 'mda' };
  if (g.result === 'Ok') return { kind: 'delivered', ...base, local: `user ${g.user}` };
  if (g.result === 'TempFail') return { kind: 'deferred', ...base, reason: g.stat ?? '', attempted: true };
  return { kind: 'failed', ...base, reason: g.stat ?? '' };
}

/** Lines about messages. The log never names a Message-ID; `sendmail -v` and the reply to the final dot name the msgid. */
export const OPENSMTPD_MESSAGE_RULES: readonly LogRule[] = [
  {
    name: 'mta-delivery',
    pattern:
      /^mta delivery evpid=(?<evpid>[0-9a-f]{16}) from=<[^>]*> to=<(?<to>[^>]*)> rcpt=<(?<rcpt>[^>]*)> source="[^"]*" relay="(?<relay>[^"]*)" delay=\S+ result="(?<result>\w+)" stat="(?<stat>.*)"$/s,
    example:
      'smtpd[51]: fc959811e5709967 mta delivery evpid=b8d7b9d0f5a26520 from=<bob@srv1.ipng.test> to=<ann@hosted.test> rcpt=<-> source="[fd61:0:0:2::60]" relay="[2001:db8:0:19::1] (mx.hosted.test)" delay=6s result="Ok" stat="250 2.0.0 Ok: queued as R1"',
    more: [
      'smtpd[51]: 0000000000000000 mta delivery evpid=81805e7b79fd22b5 from=<ann@ipng.test> to=<nobody@nowhere.test> rcpt=<-> source="-" relay="nowhere.test" delay=1s result="PermFail" stat="Domain does not exist"',
      'smtpd[51]: fc9598265187c3b0 mta delivery evpid=81805e7be09490ab from=<ann@ipng.test> to=<ann@slow.test> rcpt=<-> source="[fd61:0:0:2::60]" relay="[2001:db8:0:19::2] (mx.slow.test)" delay=1h2m4s result="TempFail" stat="451 4.3.0 later"',
    ],
    event: relayed,
  },
  {
    name: 'mda-delivery',
    pattern: /^mda delivery evpid=(?<evpid>[0-9a-f]{16}) from=<[^>]*> to=<(?<to>[^>]*)> rcpt=<(?<rcpt>[^>]*)> user=(?<user>\S*) delay=\S+ result=(?<result>\w+) stat=(?<stat>.*)$/s,
    example:
      'smtpd[51]: fc959805af59bb76 mda delivery evpid=b8d7b9d0f9e40cb6 from=<bob@srv1.ipng.test> to=<root@srv1.ipng.test> rcpt=<root@srv1.ipng.test> user=bob delay=0s result=Ok stat=Delivered',
    event: delivered,
  },
  {
    name: 'message',
    pattern: /^smtp message msgid=(?<msgid>[0-9a-f]{8}) size=(?<size>\d+) nrcpt=\d+ proto=(?<protocol>\S+)/,
    example: 'smtpd[51]: fc95980948732668 smtp message msgid=81805e7b size=276 nrcpt=3 proto=ESMTP',
    event: (g) => ({ kind: 'accepted', queueId: messageOf(g), bytes: Number(g.size), protocol: (g.protocol ?? '').toLowerCase(), quiet: true }),
  },
  {
    name: 'notice',
    pattern: /^smtp envelope evpid=(?<evpid>[0-9a-f]{16}) from=<> to=<(?<to>[^>]*)>/,
    example: 'smtpd[51]: fc959815b4144a85 smtp envelope evpid=47f81714409cd386 from=<> to=<ann@ipng.test>',
    event: (g) => [
      { kind: 'accepted', queueId: messageOf(g), from: envelopeAddress(''), recipients: [envelopeAddress(g.to ?? '')], quiet: true },
      { kind: 'reported', queueId: messageOf(g), to: envelopeAddress(g.to ?? '') },
    ],
  },
  {
    name: 'envelope',
    pattern: /^smtp envelope evpid=(?<evpid>[0-9a-f]{16}) from=<(?<from>[^>]+)> to=<(?<to>[^>]*)>/,
    example: 'smtpd[51]: fc95980948732668 smtp envelope evpid=81805e7b1ab5ee97 from=<ann@ipng.test> to=<ann@bad.test>',
    event: (g) => ({ kind: 'accepted', queueId: messageOf(g), from: envelopeAddress(g.from ?? ''), recipients: [envelopeAddress(g.to ?? '')], quiet: true }),
  },
  {
    name: 'expired',
    pattern: /^\S+: Expire for (?<evpid>[0-9a-f]{16}): from=<[^>]*>, to=<(?<to>[^>]*)>, rcpt=<(?<rcpt>[^>]*)>, delay=\S+, stat=(?<stat>.*)$/s,
    example: 'smtpd[52]: relay: Expire for 81805e7be09490ab: from=<ann@ipng.test>, to=<ann@slow.test>, rcpt=<->, delay=4d1h2m28s, stat=Envelope expired',
    event: (g) => ({ kind: 'failed', queueId: messageOf(g), ...recipient(g), reason: g.stat ?? '', by: 'queue' }),
  },
  {
    name: 'removed',
    pattern: /^\S+: Remove for (?<evpid>[0-9a-f]{16}): from=<[^>]*>, to=<(?<to>[^>]*)>, rcpt=<(?<rcpt>[^>]*)>, delay=\S+, stat=(?<stat>.*)$/s,
    example: 'smtpd[52]: relay: Remove for fea631bcd3cfb8d8: from=<ann@ipng.test>, to=<cem@slow.test>, rcpt=<->, delay=4s, stat=Removed by administrator',
    event: (g) => ({ kind: 'discarded', queueId: messageOf(g), ...recipient(g), rule: g.stat ?? '' }),
  },
  {
    name: 'refused',
    pattern: /^smtp failed-command (?:command="RCPT (?:TO|to):<(?<to>[^>]*)>[^"]*"|command="MAIL (?:FROM|from):<(?<from>[^>]*)>[^"]*"|command="[^"]*") result="(?<reply>[^"]*)"/,
    example: 'smtpd[51]: fc9598120fdb8587 smtp failed-command command="RCPT TO:<nosuch2@srv1.ipng.test> " result="550 Invalid recipient: <nosuch2@srv1.ipng.test>"',
    event: (g) => ({
      kind: 'refused',
      stage: g.to !== undefined ? 'rcpt' : g.from !== undefined ? 'mail' : 'data',
      ...(g.to === undefined ? {} : { to: envelopeAddress(g.to) }),
      ...(g.from === undefined ? {} : { from: envelopeAddress(g.from) }),
      reply: g.reply ?? '',
    }),
  },
];

/** Lines that decide nothing about a message. */
export const OPENSMTPD_NOTES: readonly LogRule[] = [
  {
    name: 'session',
    pattern: /^smtp (?:connected|disconnected|authentication|tls|cert-check|bad-input|client-cert-check|ciphers)\b/,
    example: 'smtpd[51]: fc95980948732668 smtp connected address=local host=srv1.ipng.test',
    more: ['smtpd[51]: fc95980948732668 smtp disconnected reason=quit'],
  },
  {
    name: 'relaying',
    pattern: /^mta (?:connecting|connected|disconnected|tls|starttls|server-cert-check|error|cert-check|auth)\b/,
    example: 'smtpd[51]: fc959811e5709967 mta connecting address=smtp://[2001:db8:0:19::1]:25 host=mx.hosted.test',
    more: ['smtpd[51]: fc95981c2ca2dca7 mta server-cert-check result="success"', 'smtpd[51]: fc959811e5709967 mta disconnected reason=quit messages=1'],
  },
  {
    name: 'route',
    pattern: /^smtp-out: /,
    example: 'smtpd[51]: smtp-out: Failed to resolve MX for [relay:nowhere.test,smtp]: Domain does not exist',
  },
  { name: 'daemon', pattern: /^(?:info: |warn: |debug: |Exiting$)/, example: 'smtpd[46]: info: OpenSMTPD 6.8.0p2 starting', more: ['smtpd[58]: Exiting'] },
];

/** Of a session; zeros where there was none. */
const SESSION = /^(?:[0-9a-f]{16} )?(?<text>.*)$/s;

function parse({ line }: LogLine): ParsedLine {
  const syslog = readSyslog(line);
  if (syslog?.program !== 'smtpd') return FOREIGN;
  const text = SESSION.exec(syslog.text)?.groups?.text ?? syslog.text;
  const about = applyRules(OPENSMTPD_MESSAGE_RULES, text);
  return about.result === 'unknown' ? applyRules(OPENSMTPD_NOTES, text) : about;
}

/** OpenSMTPD 6.8, as syslog brings it. */
export const opensmtpd: LogParser = { name: 'opensmtpd', parse, rules: [...OPENSMTPD_MESSAGE_RULES, ...OPENSMTPD_NOTES], exampleSource: 'syslog' };
