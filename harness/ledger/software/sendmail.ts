import { type EnvelopeAddress, envelopeAddress, type QueueId, queueId } from '../../base/index.ts';
import { applyRules, FOREIGN, type Groups, type LogLine, type LogParser, type LogRule, type ParsedLine, readSyslog } from '../log-rule.ts';
import type { MailEventBody } from '../types.ts';
import { SENDMAIL_NOTES } from './sendmail-notes.ts';

/** Eight characters of time and envelope, six or more digits of the process (queue.c, assign_queueid). */
const ID = /[0-9A-Za-z]{8}\d{6,}/.source;
const WITH_ID = new RegExp(`^(?<id>${ID}): (?<text>.*)$`, 's');
/** As Debian starts them (-L), as one calls it by hand, and as distributions of Red Hat's family do. */
const PROGRAM = /^(?:sendmail|sm-mta|sm-msp-queue|sm-que|sm-msp)$/;

const id = (g: Groups): QueueId => queueId(g.id ?? '');

/** An address as Sendmail prints it: with brackets where it came so, with quotes where it holds a command. */
function bare(text: string): EnvelopeAddress {
  const trimmed = text.trim();
  return envelopeAddress(/^<(.*)>$/s.exec(trimmed)?.[1] ?? /^"(\|.*|\/.*|:include:.*)"$/s.exec(trimmed)?.[1] ?? trimmed);
}

/** Addresses that commas divide, save those within quotes or brackets: `<a@x>,"|/bin/post list, all",b`. */
export function addressList(text: string): EnvelopeAddress[] {
  return [...text.matchAll(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,"<])+/gs)].map(([one]) => bare(one)).filter((one) => one !== '');
}

/** `crunchie.dept.test. [203.0.113.10]`, `[127.0.0.1] [127.0.0.1]`, `mail@localhost`. */
function place(text: string | undefined): { name?: string; address?: string } {
  const groups = /^(?<name>[^[\s]+|\[[^\]]*\])?\s*(?:\[(?:IPv6:)?(?<address>[^\]]*)\])?(?: \(may be forged\))?$/i.exec(text ?? '')?.groups;
  const address = groups?.address ?? /^\[([^\]]*)\]$/.exec(groups?.name ?? '')?.[1];
  const name = groups?.name?.startsWith('[') === true ? undefined : groups?.name?.replace(/\.$/, '');
  return { ...(name === undefined ? {} : { name }), ...(address === undefined ? {} : { address }) };
}

function accepted(g: Groups): MailEventBody {
  // A transaction that came to nothing, or was broken off (RSET, QUIT), ends with the same line.
  if (g.count === '0' || (g.size === '0' && g.messageId === undefined)) return { kind: 'note', topic: 'no-recipients', queueId: id(g) };
  return {
    kind: 'accepted',
    queueId: id(g),
    from: bare(g.from ?? ''),
    bytes: Number(g.size),
    quiet: true,
    client: place(g.relay),
    ...(g.messageId === undefined ? {} : { messageId: g.messageId }),
    ...(g.protocol === undefined ? {} : { protocol: g.protocol.toLowerCase() }),
    ...(g.auth === undefined ? {} : { auth: g.auth }),
  };
}

/** Mailers that keep a copy on this host (cf/README, MAILER). */
const KEEPS = /^(?:local|prog|procmail|cyrus\w*|\*file\*|\*include\*)$/;
/** What only the host that keeps it can be meant by: a file, a program, a user without a domain. */
const isKept = (to: string): boolean => /^[|/\\]/.test(to) || !to.includes('@');

/** One line for all recipients of one mailer and host that came to the same end (deliver.c, logdelivery). */
function recipients(g: Groups): MailEventBody[] {
  const stat = g.stat ?? '';
  const by = g.mailer ?? 'routing';
  const reply = g.reply ?? '';
  return addressList(g.to ?? '').flatMap((to): MailEventBody[] => {
    // Elsewhere it may be the sender's own account (submission).
    const control = g.control === undefined || !isKept(to) || !KEEPS.test(by) ? {} : { original: bare(g.control) };
    const base = { queueId: id(g), to, ...control };
    const sent = /^Sent(?: \((?<text>.*)\))?$/s.exec(stat)?.groups;
    if (sent !== undefined) {
      if (to === '/dev/null') return [{ kind: 'discarded', ...base, rule: 'alias to /dev/null' }];
      if (g.relay === undefined || KEEPS.test(by)) return [{ kind: 'delivered', ...base, by, local: /^[|/]/.test(to) ? to : by }];
      return [{ kind: 'delivered', ...base, by, next: place(g.relay), reply: `250 ${g.dsn ?? '2.0.0'} ${sent.text ?? ''}`.trimEnd() }];
    }
    const next = g.relay === undefined || KEEPS.test(by) ? {} : { next: place(g.relay) };
    if (/^aborted by sender$/.test(stat)) return [{ kind: 'note', topic: 'aborted', queueId: id(g) }];
    // Not tried yet: a table could not be read, the load is high, or the delivery mode says so.
    if (/^queued$/.test(stat)) return [{ kind: 'deferred', ...base, reason: 'queued: left to the next queue run', by, attempted: false }];
    if (/^(?:Deferred|quarantined)\b/.test(stat) || g.dsn?.startsWith('4.') === true)
      return [
        {
          kind: 'deferred',
          ...base,
          reason: reply === '' || stat.includes(reply) ? stat : `${stat.replace(/^Deferred$/, 'Deferred:')} ${reply}`,
          by,
          ...next,
          attempted: true,
          // The connection broke, and the line does not say when: it may have been after the final dot (usersmtp.c, reply).
          ...(g.dsn === '4.4.2' ? { indeterminate: true } : {}),
        },
      ];
    if (/^(?:discarded|discard)$/i.test(stat)) return [{ kind: 'discarded', ...base, rule: `${by} discards it` }];
    return [
      {
        kind: 'failed',
        ...base,
        reason: reply === '' ? stat : `${stat}: ${reply}`,
        ...(reply === '' ? {} : { reply }),
        ...(g.dsn === undefined ? {} : { status: g.dsn }),
        by,
        ...next,
      },
    ];
  });
}

/** What cannot be returned, since it is a notice itself, goes to DoubleBounceAddress: `return to sender` is said of that, too (savemail.c). */
const NOTICES: Readonly<Record<string, 'failure' | 'postmaster'>> = { DSN: 'failure', 'return to sender': 'postmaster', 'postmaster notify': 'postmaster' };

/** A notice has no `from=` line of its own; this one says that it is there (savemail.c, returntosender). */
function notified(g: Groups): MailEventBody[] {
  const what = /^(?:Warning|WARNING): /.test(g.why ?? '') ? 'delay' : /^Return receipt|^Return-receipt/i.test(g.why ?? '') ? 'success' : (NOTICES[g.how ?? ''] ?? 'failure');
  const dsn = queueId(g.dsn ?? '');
  return [
    { kind: 'notified', queueId: id(g), dsn, what },
    { kind: 'accepted', queueId: dsn, from: envelopeAddress(''), quiet: true },
  ];
}

const STAGES: Readonly<Record<string, string>> = {
  check_relay: 'connect',
  check_mail: 'mail',
  check_rcpt: 'rcpt',
  check_data: 'data',
  check_eoh: 'dot',
  check_compat: 'rcpt',
  check_eom: 'dot',
};

/** Lines about a message, or about one that was not let in: the text after the queue id. */
export const SENDMAIL_MESSAGE_RULES: readonly LogRule[] = [
  {
    name: 'from',
    pattern:
      /^from=(?<from><[^>]*>|[^,]*), size=(?<size>-?\d+), class=-?\d+,(?: pri=\d+,)? nrcpts=(?<count>\d+)(?:, msgid=<?(?<messageId>[^,>]*)>?)?(?:, bodytype=[^,]*)?(?:, proto=(?<protocol>[^,]*))?(?:, daemon=[^,]*)?(?:, tls_verify=[^,]*)?(?:, auth=(?<auth>[^,]*))?(?:, (?:mech|bits)=[^,]*)*(?:, relay=(?<relay>.*))?$/s,
    example:
      'sm-mta[229]: 6AUEsPVW000229: from=<alice@dept.test>, size=75, class=0, nrcpts=4, msgid=<1796050465107@x.test>, proto=ESMTP, daemon=MTA, relay=ws1.dept.test [10.40.0.50]',
    more: [
      'sendmail[233]: 6AUEsQHX000233: from=seminar-bounces@dept.test, size=372, class=-30, nrcpts=3, msgid=<1796050467@x.test>, relay=mail@localhost',
      'sm-mta[246]: 6AUFcNbZ000246: from=<postmaster@client.sender.test>, size=0, class=0, nrcpts=1, proto=ESMTP, daemon=MTA, relay=relay1.uni.test [192.0.2.11]',
      'sm-mta[234]: 6AUEsQcb000234: from=<alice@dept.test>, size=0, class=0, nrcpts=0, proto=ESMTP, daemon=MTA, relay=ws1.dept.test [10.40.0.50]',
    ],
    event: accepted,
  },
  {
    name: 'to',
    pattern:
      /^to=(?<to>.*?)(?:, ctladdr=(?<control><[^>]*>|[^,\s]*)(?: \(\d+\/\d+\))?)?(?:, [cw]delay=[^,]*)?(?:, delay=[^,]*)(?:, xdelay=[^,]*)?(?:, mailer=(?<mailer>[^,]*))?(?:, (?:tls_verify|pri)=[^,]*)*(?:, relay=(?<relay>[^,]*))?(?:, quarantine=[^,]*)?(?:, dsn=(?<dsn>[^,]*))?(?:, ntries=\d+)?(?:, stage=\S+)?(?:, reply=(?<reply>.*?))?(?:, stat=(?<stat>.*))$/s,
    example:
      'sm-mta[236]: 6AUEsQ6L000235: to=alice@staff.uni.test,bob@staff.uni.test, delay=00:00:01, xdelay=00:00:00, mailer=esmtp, pri=144789, relay=staff.uni.test. [192.0.2.30], dsn=2.0.0, stat=Sent (OK id=1xY2lv-00001G-31)',
    more: [
      'sm-mta[230]: 6AUEsPVW000229: to="|/etc/mail/smrsh/post seminar", ctladdr=<seminar@dept.test> (8/0), delay=00:00:01, xdelay=00:00:01, mailer=prog, pri=150301, dsn=2.0.0, stat=Sent',
      'sm-mta[250]: 6AUEpkem000249: to=/srv/rooms/room-5, ctladdr=<room-5@dept.test> (8/0), delay=00:00:01, xdelay=00:00:00, mailer=*file*, pri=30776, dsn=2.0.0, stat=Sent',
      'sm-mta[240]: 6AUEsRfF000238: to=<nosuch@staff.uni.test>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=60075, relay=staff.uni.test. [192.0.2.30], dsn=5.1.1, reply=550 5.1.1 <nosuch@staff.uni.test>: no such user, stat=User unknown',
      'sm-mta[246]: 6AUFcNbZ000246: to=<alice@dept.test>, delay=00:00:00, pri=0, stat=aborted by sender',
      'sm-mta[269]: 6AUFcQou000268: to=vera@hosted.test, delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=30324, relay=mx.hosted.test. [198.19.0.2], dsn=4.4.2, stat=Deferred',
      'sm-mta[271]: 6AUFcSjX000270: to=vera@hosted.test, delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=30324, relay=mx.hosted.test. [198.19.0.2], dsn=4.7.1, reply=451 4.7.1 later, stat=Deferred: 451 4.7.1 later',
      'sm-mta[376]: 6AUFdDxm000376: to=<alice@dept.test>, delay=00:00:00, mailer=local, pri=30564, stat=queued',
      'sm-mta[240]: 6AUEsRfF000238: to=<x@gone.nowhere.test>, delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=60075, relay=gone.nowhere.test, dsn=5.1.2, stat=Host unknown (Name server: gone.nowhere.test: host not found)',
    ],
    event: recipients,
  },
  {
    // LogLevel 10 and more.
    name: 'done',
    pattern: /^done; delay=[^,]*, ntries=\d+$/,
    example: 'sm-mta[230]: 6AUEsPVW000229: done; delay=00:00:03, ntries=1',
    event: (g) => ({ kind: 'completed', queueId: id(g) }),
  },
  {
    // LogLevel 11 and more; longer ones are cut.
    name: 'alias',
    pattern: /^alias (?<from>\S.*?) => (?<to>.*)$/s,
    example: 'sm-mta[230]: 6AUEsPVW000229: alias <operators@dept.test> => alice, keeper',
    more: ['sm-mta[230]: 6AUEsPVW000229: alias <seminar@dept.test> => "|/etc/mail/smrsh/post seminar"'],
    event: (g) => ({ kind: 'aliased', queueId: id(g), from: bare(g.from ?? ''), to: addressList(g.to ?? '') }),
  },
  {
    name: 'notice',
    pattern: new RegExp(`^(?<dsn>${ID}): (?<how>DSN|return to sender|sender notify|postmaster notify): (?<why>.*)$`, 's'),
    example: 'sm-mta[240]: 6AUEsRfF000238: 6AUEsSfF000240: DSN: User unknown',
    more: ['sm-mta[248]: 6AUEsTgt000247: 6AUEsUgt000248: postmaster notify: Insufficient permission'],
    event: notified,
  },
  {
    name: 'rejected-by-ruleset',
    pattern: /^ruleset=(?<ruleset>check_\w+), arg1=(?<argument><[^>]*>|.*?)(?:, arg2=[^,]*)?(?:, relay=(?<relay>.*?))?, (?:reject|quarantine|discard)=?(?<reply>.*)$/s,
    example: 'sm-mta[241]: 6AUEsSLr000241: ruleset=check_rcpt, arg1=<x@hosted.test>, relay=relay1.uni.test [192.0.2.11], reject=550 5.7.1 <x@hosted.test>... Relaying denied',
    more: [
      'sm-mta[254]: 6AUEsWG4000254: ruleset=check_mail, arg1=<root@[crunchie.dept.test]>, relay=ws1.dept.test [10.40.0.50], reject=553 5.1.8 <root@[crunchie.dept.test]>... Domain of sender address root@[crunchie.dept.test] does not exist',
    ],
    event: (g) => ({
      kind: 'refused',
      queueId: id(g),
      client: place(g.relay),
      stage: STAGES[g.ruleset ?? ''] ?? 'rcpt',
      ...(g.ruleset === 'check_rcpt' ? { to: bare(g.argument ?? '') } : g.ruleset === 'check_mail' ? { from: bare(g.argument ?? '') } : {}),
      reply: g.reply ?? '',
    }),
  },
  {
    name: 'rejected-address',
    pattern: /^(?<to><[^>]*>|\S+)\.\.\. (?<reply>.*)$/s,
    example: 'sm-mta[234]: 6AUEsQcb000234: <nosuch@dept.test>... User unknown',
    more: ['sendmail[265]: 6AUEsXKg000265: nosuch... User unknown'],
    event: (g) => ({ kind: 'refused', queueId: id(g), stage: 'rcpt', to: bare(g.to ?? ''), reply: g.reply ?? '' }),
  },
];

function parse({ line }: LogLine): ParsedLine {
  const syslog = readSyslog(line);
  if (syslog === undefined || !PROGRAM.test(syslog.program)) return FOREIGN;
  const groups = WITH_ID.exec(syslog.text)?.groups;
  if (groups) {
    const about = applyRules(SENDMAIL_MESSAGE_RULES, groups.text ?? '', { id: groups.id });
    if (about.result !== 'unknown') return about;
    const note = applyRules(SENDMAIL_NOTES, groups.text ?? '');
    return note.result === 'events' ? { ...note, events: note.events.map((event) => (event.kind === 'note' ? { ...event, queueId: queueId(groups.id ?? '') } : event)) } : note;
  }
  return applyRules(SENDMAIL_NOTES, syslog.text.replace(/^NOQUEUE: /, ''));
}

/** Sendmail 8.17, daemon, queue runner and submission, as syslog brings it, with any LogLevel from 9 on (confLOG_LEVEL). */
export const sendmail: LogParser = { name: 'sendmail', parse, rules: [...SENDMAIL_MESSAGE_RULES, ...SENDMAIL_NOTES], exampleSource: 'syslog' };
