import type { LogRule } from '../log-rule.ts';

/** Lines of Sendmail that decide nothing about a message. */
export const SENDMAIL_NOTES: readonly LogRule[] = [
  { name: 'connect', pattern: /^connect from /, example: 'sm-mta[229]: NOQUEUE: connect from ws1.dept.test [10.40.0.50]' },
  { name: 'milter', pattern: /^Milter(?::| \()/, example: 'sm-mta[229]: 6AUEsPVW000229: Milter: no active filter' },
  {
    name: 'tls',
    pattern: /^(?:STARTTLS=|STARTTLS: |tls_(?:clt|srv)_features=|TLS: )/,
    example: 'sm-mta[236]: STARTTLS=client, relay=mx.hosted.test., version=TLSv1.3, verify=FAIL, cipher=TLS_AES_256_GCM_SHA384, bits=256/256',
    more: [
      'sm-mta[242]: tls_clt_features=empty, stat=0, relay=mx.hosted.test [198.19.0.2]',
      'sm-mta[178]: STARTTLS=server: file /etc/mail/tls/beeknow.key unsafe: Group readable file',
    ],
  },
  {
    name: 'auth',
    pattern: /^AUTH(?:=| warning| error| failure)/,
    example: 'sendmail[134]: AUTH=client, relay=[127.0.0.1], mech=, bits=0',
    more: ['sm-mta[205]: AUTH warning: no mechanisms'],
  },
  { name: 'sasl', pattern: /^error: safesasl\(/, example: 'sm-mta[178]: error: safesasl(/etc/sasl2/Sendmail.conf) failed: No such file or directory' },
  {
    name: 'client-lost',
    pattern:
      /^(?:lost input channel|\S+(?: \[[^\]]*\])? did not issue |collect: (?:premature EOM|unexpected close|read timeout)|timeout waiting for input|unexpected close on connection)/i,
    example: 'sm-mta[200]: 6AUEro7c000200: gateway.internet.test [169.254.0.1] did not issue MAIL/EXPN/VRFY/ETRN during connection to MSA',
  },
  {
    name: 'ruleset',
    pattern: /^ruleset=/,
    example: 'sm-mta[135]: ruleset=trust_auth, arg1=root@ws1.dept.test, relay=localhost [127.0.0.1], reject=550 5.7.1 <root@ws1.dept.test>... not authenticated',
  },
  {
    name: 'warning',
    pattern:
      /^(?:Authentication-Warning: |SYSERR|makeconnection |SMTP |rejecting |gethostbyaddr|daemon invoked without|WARNING|File descriptors missing|forward |hash map |Warning)/,
    example: 'sendmail[233]: 6AUEsQHX000233: Authentication-Warning: crunchie.dept.test: mail set sender to seminar-bounces@dept.test using -f',
    more: [
      'sm-mta[256]: 6AUEsWG5000254: SYSERR(root): crunchie.dept.test. config error: mail loops back to me (MX problem?)',
      'sendmail[110]: gethostbyaddr(198.18.20.6) failed: 1',
    ],
  },
  {
    name: 'aliases-made',
    pattern: /^(?:alias database |\/\S+: \d+ aliases, )/,
    example: 'sendmail[111]: alias database /etc/mail/aliases rebuilt by root',
    more: ['sendmail[111]: /etc/mail/aliases: 11 aliases, longest 37 bytes, 247 bytes total'],
  },
  {
    name: 'daemon',
    pattern: /^(?:starting daemon|started as: |restarting |stopping daemon|grew WorkList|Losing |runqueue: |runqgrp|started with: )/,
    example: 'sm-mta[178]: starting daemon (8.17.1.9): SMTP',
    more: ['sm-mta[178]: started as: /usr/sbin/sendmail -L sm-mta -bD'],
  },
];
