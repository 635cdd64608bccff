import type { Own, Rule } from './sameness.ts';
import { withoutSrsHash } from './srs.ts';

const in_ = (replace: (text: string, own: Own) => string) => (value: string | undefined, own: Own) => (value === undefined ? undefined : replace(value, own));
const NOTICES = ['bounce', 'delay', 'success'] as const;

/** Milliseconds since the scenario began; a mail system under test takes some of them to work. */
const milliseconds = (value: string): number => Number.parseInt(value, 10);
const HOUR = 3_600_000;

/** Rules are asked in this order; `identical` ones first. Each stands for itself and is tested by its example. */
export const RULES: readonly Rule[] = [
  {
    name: 'run token',
    makes: 'identical',
    why: 'each run of a scenario has a token of its own, which stands in what the harness makes up: subjects, Message-IDs, what the file calls run',
    fields: /^(?!code$|enhanced$|stage$|end$)/,
    how: { normalise: in_((text, { token }) => (token === undefined ? text : text.replaceAll(token, '{run}'))) },
    example: {
      field: 'header subject',
      a: 'Message 1 of 19fb4e074f',
      b: 'Message 1 of b8a6c64fd4',
      different: ['Message 2 of b8a6c64fd4', 'Message 1 of 0123456789'],
      own: [{ token: '19fb4e074f' }, { token: 'b8a6c64fd4' }],
    },
  },
  {
    name: 'queue id',
    makes: 'identical',
    why: 'a host names each message it holds anew (Exim 16 or 23 characters, Postfix 10 or more, Sendmail 14 or more, Dovecot LMTP sessions)',
    fields: /^(?:text|reason|dsn diagnostic|header (?:received|message-id|x-postfix-queue-id))$/,
    how: {
      normalise: in_((text) =>
        text
          .replace(/\b[0-9A-Za-z]{6}-[0-9A-Za-z]{6}(?:[0-9A-Za-z]{5})?-[0-9A-Za-z]{2}(?:[0-9A-Za-z]{2})?\b/g, '<queue id>')
          .replace(/\b(queued as|with E?SMTPS?A? id|id=|id) ?([0-9A-Za-z]{5,})\b/gi, '$1 <queue id>')
          .replace(/\b[0-9A-Za-z]{8}\d{6,}(?= Message accepted for delivery)|(?<=<\d{12}\.)[0-9A-Za-z]{8}\d{6,}(?=@)/g, '<queue id>')
          .replace(/(?<=<[^<>\s]+@[^<>\s]+> )[0-9A-Za-z+/]{20,}(?= Saved)/g, '<queue id>'),
      ),
    },
    example: {
      field: 'text',
      a: 'OK id=1vcMwE-00000000017-0abc',
      b: 'OK id=1vcMwF-00000000029-3xyz',
      different: ['Accepted id=1vcMwE-00000000017-0abc', 'OK'],
    },
  },
  {
    name: 'date',
    makes: 'identical',
    why: 'two runs happen at different times (RFC 5322 section 3.3 dates)',
    fields: /^(?:text|reason|dsn diagnostic|header (?:date|received|received-spf|resent-date|delivery-date|arrival-date|x-.*))$/,
    how: {
      normalise: in_((text) =>
        text.replace(
          /(?:\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), +)?\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}(?::\d{2})?(?: (?:[+-]\d{4}|[A-Z]{1,4}))?(?: \([A-Z]+\))?/g,
          '<date>',
        ),
      ),
    },
    example: { field: 'header date', a: 'Mon, 05 Jan 2026 09:00:00 +0000', b: 'Tue, 06 Jan 2026 10:30:12 +0000 (UTC)', different: ['yesterday', undefined] },
  },
  {
    name: 'message id',
    makes: 'identical',
    why: 'each message gets an identifier of its own in each run (RFC 5322 section 3.6.4); which message of the scenario it is, and whose identifier, is compared',
    fields: /^header (?:message-id|in-reply-to|references|x-failed-message-id|resent-message-id)$/,
    how: {
      normalise: in_((text) =>
        text.replace(
          /(<?)([^<>\s@]+)@([^<>\s@]+|<host [^<>]*>)(>?)/g,
          (_whole, open: string, id: string, domain: string, close: string) => `${open}${ownId(id)}@${domain}${close}`,
        ),
      ),
    },
    example: {
      field: 'header message-id',
      a: '<19fb4e074f.1.d218ec@sender.test>',
      b: '<b8a6c64fd4.1.07d4f6@sender.test>',
      different: ['<19fb4e074f.2.d218ec@sender.test>', '<19fb4e074f.1.d218ec@mx.example.test>', '<E1xW7ar-00009i-0q@sender.test>', undefined],
    },
  },
  {
    name: 'signature',
    makes: 'identical',
    why: 'a signature is made anew over each message (RFC 6376 section 3.5); who signs with which key, and which fields, is compared, and so is whether it is good',
    fields: /^header (?:dkim-signature|arc-seal|arc-message-signature)$/,
    how: { normalise: in_((text) => text.replace(/\s+/g, '').replace(/(?<=(?:^|;)(?:b|bh|t|x)=)[^;]*/g, '<this>')) },
    example: {
      field: 'header dkim-signature',
      a: 'v=1; a=rsa-sha256; d=example.test; s=k1; h=From:Subject; bh=abc=; b=def',
      b: 'v=1; a=rsa-sha256; d=example.test; s=k1; h=From:Subject; bh=ghi=; b=jkl mno',
      different: ['v=1; a=rsa-sha256; d=hosted.test; s=k1; h=From:Subject; bh=abc=; b=def', 'v=1; a=rsa-sha256; d=example.test; s=k1; h=From; bh=abc=; b=def', undefined],
    },
  },
  {
    name: 'mime boundary',
    makes: 'identical',
    why: 'a boundary is chosen at random (RFC 2046 section 5.1.1)',
    fields: /^header content-type$/,
    how: { normalise: in_((text) => text.replace(/boundary="?[^";\s]+"?/gi, 'boundary=<boundary>')) },
    example: {
      field: 'header content-type',
      a: 'multipart/mixed; boundary="1767603600-eximdsn-1"',
      b: 'multipart/mixed; boundary=4dXyz/mx.example.test',
      different: ['multipart/alternative; boundary=x', 'multipart/mixed'],
    },
  },
  {
    name: 'order of spam rules',
    makes: 'identical',
    why: 'SpamAssassin lists the rules that hit in the order in which it came upon them, which is another in each process; which they are, and their points, is compared',
    fields: /^header x-spam-report$/,
    how: {
      normalise: in_((text) =>
        text
          .trim()
          .split(/\s+(?=-?\d+(?:\.\d+)?\s+[A-Z][A-Z0-9_]{2,}\b)/)
          .sort()
          .join(' '),
      ),
    },
    example: {
      field: 'header x-spam-report',
      a: '2.5 WM_ADMIN Threatens to delete 3.0 WM_PILLS BODY: Offers medicine 1.0 WM_MARK_10 BODY: The mark for 1.0 points',
      b: '1.0 WM_MARK_10 BODY: The mark for 1.0 points 2.5 WM_ADMIN Threatens to delete 3.0 WM_PILLS BODY: Offers medicine',
      different: [
        '2.5 WM_ADMIN Threatens to delete 3.0 WM_PILLS BODY: Offers medicine',
        '2.4 WM_ADMIN Threatens to delete 3.0 WM_PILLS BODY: Offers medicine 1.0 WM_MARK_10 BODY: The mark for 1.0 points',
        undefined,
      ],
    },
  },
  {
    name: 'folding',
    makes: 'identical',
    why: 'where a header field is folded has no meaning (RFC 5322 section 2.2.3)',
    fields: /^header /,
    how: { normalise: in_((text) => text.replace(/\r?\n(?=[ \t])|\t/g, (end) => (end === '\t' ? ' ' : '')).trim()) },
    example: { field: 'header subject', a: 'one\r\n two', b: 'one\ttwo', different: ['one  three', 'onetwo', 'one  two'] },
  },
  {
    name: 'domain case',
    makes: 'identical',
    why: 'domain names are compared without case (RFC 5321 section 2.4)',
    fields: /^(?:envelope from|recipient|dsn recipient|helo|exchanger)$/,
    how: { normalise: in_((text) => text.replace(/(?<=@)[^@]*$|^[^@<>]+\.[^@<>]+$/, (domain) => domain.toLowerCase())) },
    example: { field: 'envelope from', a: '<Ann@Sender.TEST>', b: '<Ann@sender.test>', different: ['<ann@sender.test>', '<Ann@sender.example>'] },
  },
  {
    name: 'moment',
    makes: 'identical',
    why: 'what ends within half a minute of world time, on both sides, ended at the first try (queues are run each minute): the rest is the load of the machine',
    fields: /^after$/,
    how: { same: (a, b) => a !== undefined && b !== undefined && Math.max(milliseconds(a), milliseconds(b)) < 30_000 },
    example: { field: 'after', a: '61 ms (61ms)', b: '1430 ms (1.4s)', different: ['900000 ms (15m)', '31000 ms (31s)'] },
  },
  {
    name: 'host name',
    makes: 'equivalent',
    why: 'what a host of the world is called on each side stands in its world file: the same host under another name',
    fields: /^(?:text|reason|dsn diagnostic|dsn recipient|recipient|envelope from|helo|header .*)$/,
    how: { normalise: in_((text, { hosts = [] }) => hosts.reduce((so, { name, fqdn }) => so.replace(wholeName(fqdn), `<host ${name}>`), text)) },
    example: {
      field: 'helo',
      a: 'mx.example.test',
      b: 'relay.example.test',
      different: ['smtp.example.test', 'mx.relay.example.test'],
      own: [{ hosts: [{ name: 'mx', fqdn: 'mx.example.test' }] }, { hosts: [{ name: 'mx', fqdn: 'relay.example.test' }] }],
    },
  },
  {
    name: 'reply wording',
    makes: 'equivalent',
    why: 'the text of a reply, or the reason in a log, is for people; code and enhanced code are compared for themselves (RFC 5321 section 4.2)',
    fields: /^(?:text|reason)$/,
    how: { normalise: in_(() => '<text>') },
    example: { field: 'text', a: 'OK id=1', b: '2.0.0 Ok: queued as 4dXyz', different: [undefined] },
  },
  {
    name: 'diagnostic wording',
    makes: 'equivalent',
    why: 'a diagnostic is the text of a reply, or what a server says of itself; the codes in front of it are compared (RFC 3464 section 2.3.6)',
    fields: /^dsn diagnostic$/,
    how: {
      normalise: in_((text) => {
        const [, code = '', enhanced = ''] = /^(?:[^:]*: )??\b([245]\d\d)[ -](?:([245]\.\d{1,3}\.\d{1,3})\b)?/.exec(text) ?? [];
        return [code, enhanced, '<text>'].filter((part) => part !== '').join(' ');
      }),
    },
    example: {
      field: 'dsn diagnostic',
      a: '550 5.7.1 we do not want it',
      b: '550 5.7.1 Not wanted',
      different: ['450 5.7.1 we do not want it', '550 5.1.1 we do not want it', '550 we do not want it', undefined],
    },
  },
  {
    name: 'enhanced code of success',
    makes: 'equivalent',
    why: 'enhanced codes are optional, and no sender acts on those of success (RFC 2034 section 4, RFC 3463)',
    fields: /^enhanced$/,
    how: { normalise: (value) => (value === undefined || value.startsWith('2.') ? '2.x.x' : value) },
    example: { field: 'enhanced', a: undefined, b: '2.1.5', different: ['5.1.1', '4.1.1'] },
  },
  {
    name: 'convenience',
    makes: 'equivalent',
    why: 'mail is the same with and without these extensions, of which a client makes use for speed or for its texts only (RFC 1985, 2034, 2920, 3030; Exim PRDR, LIMITS, PIPECONNECT)',
    fields: /^offers (?:HELP|VRFY|EXPN|ETRN|ENHANCEDSTATUSCODES|PIPELINING|CHUNKING|PRDR|LIMITS|PIPECONNECT|PIPE_CONNECT|X_PIPE_CONNECT|XCLIENT|XFORWARD)$/,
    how: { normalise: () => '<offered or not>' },
    example: { field: 'offers CHUNKING', a: 'yes', b: undefined, different: [] },
  },
  {
    name: 'tls version',
    makes: 'equivalent',
    why: 'both versions that are in use protect the mail alike (RFC 8997)',
    fields: /^tls$/,
    how: { normalise: in_((text) => (/^TLS ?v?1[._]?[23]$/i.test(text) ? 'TLS 1.2 or 1.3' : text)) },
    example: { field: 'tls', a: 'TLSv1.2', b: 'TLSv1.3', different: ['no', 'TLSv1.1', undefined] },
  },
  {
    name: 'trace field',
    makes: 'equivalent',
    why: 'every server words its Received field in its own way; the route is compared for itself (RFC 5321 section 4.4)',
    fields: /^header received$/,
    how: { normalise: in_(() => '<trace>') },
    example: { field: 'header received', a: 'from a by b with esmtps (Exim 4.96) id 1', b: 'from a (a [192.0.2.1]) by b (Postfix) with ESMTPS id 2', different: [undefined] },
  },
  {
    name: 'wording of a notice',
    makes: 'equivalent',
    why: 'a notice is written for people; what programs read of it is compared field by field (RFC 3464)',
    fields: /^(?:body|header (?:subject|content-description|mime-version|content-transfer-encoding))$/,
    messages: NOTICES,
    how: { normalise: in_(() => '<notice>') },
    example: { field: 'header subject', a: 'Mail delivery failed: returning message to sender', b: 'Undelivered Mail Returned to Sender', different: [undefined] },
  },
  {
    name: 'sender of a notice',
    makes: 'equivalent',
    why: 'the address is what is answered to; the name beside it is for people, and mailer-daemon is written in any case',
    fields: /^header from$/,
    messages: NOTICES,
    how: { normalise: in_((text) => (/<([^<>]*)>/.exec(text)?.[1] ?? text.replace(/\([^()]*\)/g, '')).trim().toLowerCase()) },
    example: {
      field: 'header from',
      a: 'Mail Delivery System <Mailer-Daemon@mx.example.test>',
      b: 'MAILER-DAEMON@mx.example.test (Mail Delivery System)',
      different: ['Mail Delivery System <postmaster@mx.example.test>', 'Mailer-Daemon@hosted.test', undefined],
    },
  },
  {
    name: 'type of a notice',
    makes: 'equivalent',
    why: 'a report of a kind is that, whatever other parameters it has (RFC 6522)',
    fields: /^header content-type$/,
    messages: NOTICES,
    how: { normalise: in_((text) => `${/^[^;\s]*/.exec(text)?.[0].toLowerCase()} ${/report-type="?([^";\s]*)/i.exec(text)?.[1]?.toLowerCase() ?? 'no report'}`) },
    example: {
      field: 'header content-type',
      a: 'multipart/report; report-type=delivery-status; boundary=<boundary>',
      b: 'multipart/report; boundary=<boundary>; charset=utf-8; report-type="delivery-status"',
      different: ['text/plain; charset=utf-8', 'multipart/report; report-type=feedback-report', undefined],
    },
  },
  {
    name: 'written by a program',
    makes: 'equivalent',
    why: 'whatever it says but `no` keeps others from answering automatically (RFC 3834 section 5)',
    fields: /^header auto-submitted$/,
    how: { normalise: in_((text) => (/^no\b/i.test(text) ? text : '<by a program>')) },
    example: { field: 'header auto-submitted', a: 'auto-replied', b: 'auto-generated', different: ['no', undefined] },
  },
  {
    name: 'optional field of a notice',
    makes: 'equivalent',
    why: 'whom it is about stands in its delivery-status part, which is compared; these fields say it again, and no standard asks for them (RFC 3464 section 2)',
    fields: /^header (?:x-failed-recipients|references|in-reply-to|content-description|content-transfer-encoding)$/,
    messages: [...NOTICES, 'auto'],
    how: { same: (a, b) => a === undefined || b === undefined },
    example: { field: 'header x-failed-recipients', a: 'counsel@strict.test', b: undefined, different: ['somebody@else.test'] },
  },
  {
    name: 'srs address',
    makes: 'equivalent',
    why: 'hash and day of an SRS address are for the host that made it; whom it stands for is compared',
    fields: /^(?:envelope from|recipient|dsn recipient|header (?:return-path|to))$/,
    how: { normalise: in_(withoutSrsHash) },
    example: {
      field: 'envelope from',
      a: '<SRS0=aae5=jo=sender.test=ann@forward.test>',
      b: '<SRS0=YIdm=JO=sender.test=ann@forward.test>',
      different: ['<SRS0=aae5=jo=sender.test=eve@forward.test>', '<SRS0=aae5=jo=hosted.test=ann@forward.test>', '<SRS0=aae5=jo=sender.test=ann@other.test>', '<ann@sender.test>'],
    },
  },
  {
    name: 'spf comment',
    makes: 'equivalent',
    why: 'the result of an SPF check is the first word; the rest says again what the envelope says (RFC 7208 section 9.1)',
    fields: /^header received-spf$/,
    how: { normalise: in_((text) => text.trim().split(/\s/, 1)[0]?.toLowerCase() ?? text) },
    example: {
      field: 'header received-spf',
      a: 'pass (mx1: permitted sender) client-ip=192.0.2.1;',
      b: 'Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1',
      different: ['softfail (mx1: permitted sender) client-ip=192.0.2.1;', undefined],
    },
  },
  {
    name: 'within a tenth',
    makes: 'equivalent',
    why: 'retry times are multiples of queue runs, so they are met only roughly: a tenth more or less, and an hour at most',
    fields: /^(?:after|next try)$/,
    how: {
      same: (a, b) => {
        if (a === undefined || b === undefined) return false;
        const [one, other] = [milliseconds(a), milliseconds(b)];
        return Math.abs(one - other) <= Math.min(Math.max(one, other) / 10, HOUR);
      },
    },
    example: { field: 'next try', a: '900000 ms (15m)', b: '930000 ms (15m 30s)', different: ['1800000 ms (30m)', undefined] },
  },
];

/** `{run}.2` of an identifier that the harness made, for the second message of a scenario; `id` of any other. */
const ownId = (id: string): string => {
  const number = /^(?:\{run\}|[0-9a-f]{10})\.(\d+)\.[0-9a-f]{6}$/.exec(id)?.[1];
  return number === undefined ? 'id' : `{run}.${number}`;
};

/** A domain name that is no part of a longer one. */
const wholeName = (fqdn: string): RegExp => new RegExp(`(?<![a-z0-9.-])${fqdn.replace(/[.]/g, '\\.')}(?![a-z0-9-]|\\.[a-z0-9])`, 'gi');
