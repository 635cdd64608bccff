import { generateKeyPairSync } from 'node:crypto';

/** Differences between a reference and a candidate, planted to see whether the comparison names them, and nothing else. */
export interface Planted {
  name: string;
  variant: 'exim' | 'postfix';
  /** Scenario of honesty/ that sees it. */
  scenario: string;
  /** Steps of `given` that the reference has, too. */
  both?: Step[];
  /** Steps of `given` that make the candidate another. */
  candidate: Step[];
  /** Everything that must be called different: `subject, field: reference -> candidate`. */
  differs: string[];
  /** What the candidate's hosts are called, where it is another name. */
  hosts?: { name: string; fqdn: string }[];
  /** What cannot be compared because of it. */
  notCompared?: string[];
}

export type Step = Record<string, unknown>;

const EXIM = { host: 'mx', path: '/etc/exim4/exim4.conf', then: 'reload' };
// After a reload a daemon of before may take one more connection.
const POSTFIX = { host: 'mx', path: '/etc/postfix/main.cf', then: 'restart' };
const DOVECOT = { host: 'store', path: '/etc/dovecot/dovecot.conf', then: 'reload' };
const exim = (replace: string, by: string): Step => ({ file: { ...EXIM, replace, with: by } });
const postfix = (replace: string, by: string): Step => ({ file: { ...POSTFIX, replace, with: by } });
const postfixAlso = (append: string): Step => ({ file: { ...POSTFIX, append } });
const dovecot = (replace: string, by: string): Step => ({ file: { ...DOVECOT, replace, with: by } });

const TO_OUTSIDE = 'remote_smtp:\n  driver = smtp\n';
const TO_STORE = 'store_lmtp:\n  driver   = smtp\n';
const NO_SUCH_USER = '  deny    !verify        = recipient\n          message        = 550 5.1.1 <$local_part@$domain>: no such user here\n';

// A key of this table's own, for signing outgoing mail.
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const DKIM_KEY: Step = { file: { host: 'mx', path: '/etc/exim4/dkim.pem', content: String(privateKey.export({ type: 'pkcs1', format: 'pem' })) } };
const DKIM_RECORD: Step = { dns: { 'k1._domainkey.example.test': { TXT: `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}` } } };
const DKIM_SIGN = '  dkim_domain = example.test\n  dkim_selector = k1\n  dkim_private_key = /etc/exim4/dkim.pem\n';

export const PLANTED: readonly Planted[] = [
  // --- replies -------------------------------------------------------------------------------------
  {
    name: 'another reply code',
    variant: 'exim',
    scenario: 'Nobody is written to',
    candidate: [exim('message        = 550 5.1.1', 'message        = 551 5.1.1')],
    differs: ['step 1: reply to RCPT TO:<nobody@example.test>, code: 550 -> 551', 'step 2: mail to nobody@example.test, code: 550 -> 551'],
  },
  {
    name: 'another enhanced code',
    variant: 'exim',
    scenario: 'Nobody is written to',
    candidate: [exim('message        = 550 5.1.1', 'message        = 550 5.7.1')],
    differs: ['step 1: reply to RCPT TO:<nobody@example.test>, enhanced: 5.1.1 -> 5.7.1', 'step 2: mail to nobody@example.test, enhanced: 5.1.1 -> 5.7.1'],
  },
  {
    name: 'another reply code of Postfix',
    variant: 'postfix',
    scenario: 'Nobody is written to',
    candidate: [postfixAlso('unlisted_recipient_reject_code = 553\nunknown_virtual_mailbox_reject_code = 553\n')],
    differs: ['step 1: reply to RCPT TO:<nobody@example.test>, code: 550 -> 553', 'step 2: mail to nobody@example.test, code: 550 -> 553'],
  },
  {
    name: 'refused one stage later',
    variant: 'exim',
    scenario: 'A stranger wants to relay',
    candidate: [
      exim(
        '  deny    domains        = ! +local_domains\n          message        = 554 5.7.1 Relay access denied\n\n  # A postmaster',
        '  accept  domains        = ! +local_domains\n\n  # A postmaster',
      ),
      exim('acl_data:\n', 'acl_data:\n  deny    message        = 554 5.7.1 Relay access denied\n'),
    ],
    differs: [
      'step 1: reply to RCPT TO:<x@hosted.test>, code: 554 -> 250',
      'step 1: reply to RCPT TO:<x@hosted.test>, enhanced: 5.7.1 -> absent',
      'step 1: reply to DATA, code: 503 -> 354',
      'step 2: mail to x@hosted.test, stage: rcpt -> dot',
      'step 1: reply to dot, presence: absent -> there',
    ],
  },
  {
    name: 'put off instead of refused',
    variant: 'exim',
    scenario: 'Nobody is written to',
    candidate: [exim(NO_SUCH_USER, NO_SUCH_USER.replace('deny ', 'defer').replace('550 5.1.1', '450 4.1.1'))],
    differs: [
      'step 1: reply to RCPT TO:<nobody@example.test>, code: 550 -> 450',
      'step 1: reply to RCPT TO:<nobody@example.test>, enhanced: 5.1.1 -> 4.1.1',
      'step 2: mail to nobody@example.test, code: 550 -> 450',
      'step 2: mail to nobody@example.test, enhanced: 5.1.1 -> 4.1.1',
    ],
  },
  {
    name: 'refused instead of put off',
    variant: 'postfix',
    scenario: 'Mail waits',
    candidate: [postfixAlso('smtp_delivery_status_filter = pcre:{{/^4(.*)/ 5$$1}}\n')],
    differs: [
      'step 2: mail to x@later.test, presence: there -> absent',
      'step 2: return to heidi@example.test, presence: absent -> there',
      'scenario, result: passed -> failed at step 2',
    ],
    notCompared: ['steps after 2 of 4, which one side did not reach'],
  },
  {
    name: 'a larger message is taken',
    variant: 'exim',
    scenario: 'A message is announced as large',
    candidate: [exim('message_size_limit       = 10M', 'message_size_limit       = 20M')],
    differs: ['step 1: reply to EHLO, offers SIZE: 10485760 -> 20971520', 'step 1: reply to MAIL FROM:<ann@sender.test>, code: 552 -> 250'],
  },
  {
    name: 'a larger message is taken by Postfix',
    variant: 'postfix',
    scenario: 'A message is announced as large',
    candidate: [postfix('message_size_limit      = 10485760', 'message_size_limit      = 20971520')],
    differs: [
      'step 1: reply to EHLO, offers SIZE: 10485760 -> 20971520',
      'step 1: reply to MAIL FROM:<ann@sender.test>, code: 552 -> 250',
      'step 1: reply to MAIL FROM:<ann@sender.test>, enhanced: 5.3.4 -> 2.1.0',
    ],
  },
  {
    name: 'fewer connections from one client',
    variant: 'exim',
    scenario: 'Many connections come at once',
    candidate: [exim('keep_environment =\n', 'keep_environment =\nsmtp_accept_max_per_host = 2\n')],
    differs: ['step 1: reply to connect (3), code: 220 -> 421', 'step 1: reply to connect (4), code: 220 -> 421', 'scenario, result: passed -> failed at step 1'],
    notCompared: ['steps after 1 of 2, which one side did not reach'],
  },
  {
    name: 'no TLS offered to who comes in',
    variant: 'exim',
    scenario: 'Mail comes in',
    candidate: [exim('tls_advertise_hosts = *', `tls_advertise_hosts = \${if eq{$received_port}{25}{}{*}}`)],
    differs: [
      'step 1: reply to EHLO, offers STARTTLS: yes -> absent',
      'step 1: reply to EHLO (2), presence: there -> absent',
      'step 1: reply to STARTTLS, presence: there -> absent',
      'step 1: reply to MAIL FROM:<ann@sender.test>, encrypted: yes -> no',
      'step 1: reply to RCPT TO:<bob@example.test>, encrypted: yes -> no',
      'step 1: reply to DATA, encrypted: yes -> no',
      'step 1: reply to dot, encrypted: yes -> no',
    ],
  },
  {
    name: 'a login offered in clear',
    variant: 'exim',
    scenario: 'Strangers hear what is offered',
    candidate: [exim(`auth_advertise_hosts = \${if and{ {def:tls_in_cipher} {!eq{$received_port}{25}} } {*}{}}`, 'auth_advertise_hosts = *')],
    differs: ['step 1: reply to EHLO, offers AUTH: absent -> LOGIN PLAIN'],
  },
  {
    name: 'an open relay for one more network',
    variant: 'exim',
    scenario: 'A stranger wants to relay',
    candidate: [exim('10.20.0.0/16', '10.20.0.0/16 ; 198.51.100.0/24')],
    differs: [
      'step 1: reply to RCPT TO:<x@hosted.test>, code: 554 -> 250',
      'step 1: reply to RCPT TO:<x@hosted.test>, enhanced: 5.7.1 -> absent',
      'step 1: reply to DATA, code: 503 -> 354',
      'step 2: mail to x@hosted.test, end: refused -> delivered',
      'step 2: mail to x@hosted.test, place: mx -> hosted.test',
      'step 2: mail to x@hosted.test, route: mx -> mx > hosted.test',
      'step 1: reply to dot, presence: absent -> there',
      'scenario, result: passed -> failed at step 2',
    ],
  },
  {
    name: 'an open relay of Postfix for one more network',
    variant: 'postfix',
    scenario: 'A stranger wants to relay',
    candidate: [postfix('mynetworks = 127.0.0.0/8', 'mynetworks = 198.51.100.0/24 127.0.0.0/8')],
    differs: [
      'step 1: reply to RCPT TO:<x@hosted.test>, code: 554 -> 250',
      'step 1: reply to RCPT TO:<x@hosted.test>, enhanced: 5.7.1 -> 2.1.5',
      'step 1: reply to DATA, code: 554 -> 354',
      'step 1: reply to DATA, enhanced: 5.5.1 -> absent',
      'step 2: mail to x@hosted.test, end: refused -> delivered',
      'step 2: mail to x@hosted.test, place: mx -> hosted.test',
      'step 2: mail to x@hosted.test, route: mx -> mx > hosted.test',
      'step 1: reply to dot, presence: absent -> there',
      'scenario, result: passed -> failed at step 2',
    ],
  },
  // --- the message ---------------------------------------------------------------------------------
  {
    name: 'a lost header',
    variant: 'exim',
    scenario: 'Mail comes in',
    candidate: [exim(TO_STORE, `${TO_STORE}  headers_remove = Reply-To\n`)],
    differs: ['step 2: mail to bob@example.test, header reply-to: ann@sender.test -> absent'],
  },
  {
    name: 'an added header',
    variant: 'exim',
    scenario: 'Mail comes in',
    candidate: [exim(TO_STORE, `${TO_STORE}  headers_add = X-Scanned: yes\n`)],
    differs: ['step 2: mail to bob@example.test, header x-scanned: absent -> yes'],
  },
  {
    name: 'a changed header',
    variant: 'exim',
    scenario: 'Mail comes in',
    candidate: [exim(TO_STORE, `${TO_STORE}  headers_remove = X-Note\n  headers_add = X-Note: as we like it\n`)],
    differs: ['step 2: mail to bob@example.test, header x-note: as written -> as we like it'],
  },
  {
    name: 'a changed subject',
    variant: 'postfix',
    scenario: 'Mail comes in',
    candidate: [postfixAlso('header_checks = pcre:{{/^X-Note: (.*)/ REPLACE X-Note: [external] $$1}}\n')],
    differs: ['step 2: mail to bob@example.test, header x-note: as written -> [external] as written'],
  },
  {
    name: 'another body',
    variant: 'exim',
    scenario: 'Mail comes in',
    candidate: [exim(TO_STORE, `${TO_STORE}  transport_filter = /bin/sed -e s/tomorrow/today/\n`)],
    differs: ['step 2: mail to bob@example.test, body: * -> *', 'step 2: mail to bob@example.test, body intact: yes -> no'],
  },
  {
    name: 'eight-bit text made quoted-printable',
    variant: 'postfix',
    scenario: 'Mail comes in',
    candidate: [postfixAlso('lmtp_discard_lhlo_keywords = 8bitmime\n')],
    differs: [
      'step 2: mail to bob@example.test, body: * -> *',
      'step 2: mail to bob@example.test, body intact: yes -> no',
      'step 2: mail to bob@example.test, header content-transfer-encoding: 8bit -> quoted-printable',
    ],
  },
  // --- where it goes -------------------------------------------------------------------------------
  {
    name: 'another folder',
    variant: 'exim',
    scenario: 'Mail comes in for one name written in two ways',
    candidate: [dovecot('lmtp_save_to_detail_mailbox = no', 'lmtp_save_to_detail_mailbox = yes\nlda_mailbox_autocreate = yes')],
    differs: ['step 2: mail to Erin+Shop@example.test, place: store:erin/INBOX -> store:erin/Shop'],
  },
  {
    name: 'the case of a local part changed',
    variant: 'postfix',
    scenario: 'Mail comes in for one name written in two ways',
    candidate: [postfixAlso('recipient_canonical_maps = inline:{ { erin+shop@example.test = erin+shop@example.test } }\n')],
    differs: ['step 2: mail to Erin+Shop@example.test, header delivered-to: Erin+Shop@example.test -> erin+shop@example.test'],
  },
  {
    name: 'a recipient rewritten',
    variant: 'exim',
    scenario: 'Mail is passed on',
    candidate: [{ file: { host: 'mx', path: '/etc/exim4/aliases', replace: 'press@hosted.test', with: 'media@hosted.test' } }],
    differs: ['step 2: mail to press@example.test, recipient: press@hosted.test -> media@hosted.test'],
  },
  {
    name: 'the case of a local part changed outside',
    variant: 'exim',
    scenario: 'Mail is passed on',
    candidate: [{ file: { host: 'mx', path: '/etc/exim4/aliases', replace: 'press@hosted.test', with: 'Press@hosted.test' } }],
    differs: ['step 2: mail to press@example.test, recipient: press@hosted.test -> Press@hosted.test'],
  },
  {
    name: 'one copy too many',
    variant: 'exim',
    scenario: 'Everyone of a team is written to',
    candidate: [{ file: { host: 'mx', path: '/etc/exim4/aliases', replace: 'alice, bob, carol', with: 'alice, bob, carol, anna@hosted.test' } }],
    differs: ['step 2: mail to team@example.test (4), presence: absent -> there', 'scenario, result: passed -> failed at step 2'],
  },
  {
    name: 'one copy less',
    variant: 'exim',
    scenario: 'Everyone of a team is written to',
    candidate: [{ file: { host: 'mx', path: '/etc/exim4/aliases', replace: 'alice, bob, carol', with: 'bob, carol' } }],
    differs: ['step 2: mail to team@example.test, presence: there -> absent', 'scenario, result: passed -> failed at step 2'],
  },
  {
    name: 'discarded instead of delivered',
    variant: 'exim',
    scenario: 'Mail comes in',
    candidate: [exim('accounts:\n', 'hole:\n  driver = redirect\n  domains = example.test\n  local_parts = bob\n  data = :blackhole:\n\naccounts:\n')],
    differs: [
      'step 2: mail to bob@example.test, end: delivered -> discarded',
      'step 2: mail to bob@example.test, place: store:bob/INBOX -> mx',
      'step 2: mail to bob@example.test, route: mx > store -> mx',
      'scenario, result: passed -> failed at step 2',
    ],
  },
  {
    name: 'discarded by Postfix',
    variant: 'postfix',
    scenario: 'Mail comes in',
    candidate: [postfixAlso('transport_maps = inline:{ { bob@example.test = discard:silently } }\n')],
    differs: [
      'step 2: mail to bob@example.test, end: delivered -> discarded',
      'step 2: mail to bob@example.test, place: store:bob/INBOX -> mx',
      'step 2: mail to bob@example.test, route: mx > store -> mx',
      'scenario, result: passed -> failed at step 2',
    ],
  },
  {
    name: 'the second exchanger',
    variant: 'exim',
    scenario: 'Mail goes out to a domain with two exchangers',
    candidate: [exim('# The world beyond.\n', 'elsewhere:\n  driver = manualroute\n  domains = two.test\n  transport = remote_smtp\n  route_list = * mx2.two.test byname\n\n')],
    differs: ['step 2: mail to x@two.test, exchanger: mx1.two.test -> mx2.two.test'],
  },
  {
    name: 'an automatic answer',
    variant: 'exim',
    scenario: 'Mail comes in',
    candidate: [
      exim('accounts:\n', 'away:\n  driver = accept\n  domains = example.test\n  local_parts = bob\n  unseen\n  transport = answer\n\naccounts:\n'),
      exim('begin retry\n', 'answer:\n  driver = autoreply\n  to = $sender_address\n  from = bob@example.test\n  subject = Away\n  text = I am away\n\nbegin retry\n'),
    ],
    differs: ['step 2: auto to ann@sender.test, presence: absent -> there', 'scenario, result: passed -> failed at step 2'],
  },
  {
    name: 'another way through the world',
    variant: 'exim',
    scenario: 'Mail is passed on',
    candidate: [exim('# The world beyond.\n', 'smart:\n  driver = manualroute\n  domains = hosted.test\n  transport = remote_smtp\n  route_list = * mx.sender.test byname\n\n')],
    differs: [
      'step 2: mail to press@example.test, place: hosted.test -> sender.test',
      'step 2: mail to press@example.test, route: mx > hosted.test -> mx > sender.test',
      'step 2: mail to press@example.test, exchanger: mx.hosted.test -> mx.sender.test',
      'scenario, result: passed -> failed at step 2',
    ],
  },
  // --- the next hop --------------------------------------------------------------------------------
  {
    name: 'another sender of the envelope',
    variant: 'exim',
    scenario: 'Mail goes out',
    candidate: [exim(TO_OUTSIDE, `${TO_OUTSIDE}  return_path = bounces@example.test\n`)],
    differs: [
      'step 2: mail to x@hosted.test, envelope from: <frank@example.test> -> <bounces@example.test>',
      'step 2: mail to y@hosted.test, envelope from: <frank@example.test> -> <bounces@example.test>',
    ],
  },
  {
    name: 'another HELO',
    variant: 'exim',
    scenario: 'Mail goes out',
    candidate: [exim(TO_OUTSIDE, `${TO_OUTSIDE}  helo_data = smtp.example.test\n`)],
    differs: ['step 2: mail to x@hosted.test, helo: mx.example.test -> smtp.example.test', 'step 2: mail to y@hosted.test, helo: mx.example.test -> smtp.example.test'],
  },
  {
    name: 'another HELO of Postfix',
    variant: 'postfix',
    scenario: 'Mail goes out',
    candidate: [postfix('smtp_helo_name          = $myhostname', 'smtp_helo_name = smtp.example.test')],
    differs: ['step 2: mail to x@hosted.test, helo: mx.example.test -> smtp.example.test', 'step 2: mail to y@hosted.test, helo: mx.example.test -> smtp.example.test'],
  },
  {
    name: 'another source address',
    variant: 'exim',
    scenario: 'Mail goes out',
    candidate: [exim('keep_environment =\n', 'keep_environment =\ndns_ipv4_lookup = *\n')],
    differs: ['step 2: mail to x@hosted.test, source: 2001:db8:a::10 -> 203.0.113.10', 'step 2: mail to y@hosted.test, source: 2001:db8:a::10 -> 203.0.113.10'],
  },
  {
    name: 'TLS lost',
    variant: 'exim',
    scenario: 'Mail goes out',
    candidate: [exim(TO_OUTSIDE, `${TO_OUTSIDE}  hosts_avoid_tls = *\n`)],
    differs: ['step 2: mail to x@hosted.test, tls: TLSv1.3 -> no', 'step 2: mail to y@hosted.test, tls: TLSv1.3 -> no'],
  },
  {
    name: 'TLS added',
    variant: 'postfix',
    scenario: 'Mail goes out',
    both: [postfix('smtp_tls_security_level = may', 'smtp_tls_security_level = none')],
    candidate: [postfixAlso('smtp_tls_security_level = may\n')],
    differs: ['step 2: mail to x@hosted.test, tls: no -> TLSv1.3', 'step 2: mail to y@hosted.test, tls: no -> TLSv1.3'],
  },
  {
    name: 'another SPF result',
    variant: 'exim',
    scenario: 'Mail goes out',
    candidate: [{ dns: { 'example.test': { MX: '10 mx.example.test', TXT: 'v=spf1 ip4:192.0.2.1 -all' } } }],
    differs: ['step 2: mail to x@hosted.test, spf: pass -> fail', 'step 2: mail to y@hosted.test, spf: pass -> fail'],
  },
  {
    name: 'a signature missing',
    variant: 'exim',
    scenario: 'Mail goes out',
    both: [DKIM_KEY, DKIM_RECORD, exim(TO_OUTSIDE, `${TO_OUTSIDE}${DKIM_SIGN}`)],
    candidate: [exim(DKIM_SIGN, '')],
    differs: [
      'step 2: mail to x@hosted.test, dkim: pass -> none',
      'step 2: mail to x@hosted.test, header dkim-signature: *s=k1;* -> absent',
      'step 2: mail to y@hosted.test, dkim: pass -> none',
      'step 2: mail to y@hosted.test, header dkim-signature: *s=k1;* -> absent',
    ],
  },
  {
    name: 'signed with a key that nobody can look up',
    variant: 'exim',
    scenario: 'Mail goes out',
    both: [DKIM_KEY, DKIM_RECORD, exim(TO_OUTSIDE, `${TO_OUTSIDE}${DKIM_SIGN}`)],
    candidate: [exim('dkim_selector = k1', 'dkim_selector = k2'), { dns: { 'k2._domainkey.example.test': 'nxdomain' } }],
    differs: [
      'step 2: mail to x@hosted.test, dkim: pass -> neutral',
      'step 2: mail to x@hosted.test, header dkim-signature: *s=k1;* -> *s=k2;*',
      'step 2: mail to y@hosted.test, dkim: pass -> neutral',
      'step 2: mail to y@hosted.test, header dkim-signature: *s=k1;* -> *s=k2;*',
    ],
  },
  // --- time and notices ----------------------------------------------------------------------------
  {
    name: 'the next try later',
    variant: 'exim',
    scenario: 'Mail waits',
    candidate: [exim('F,10m,5m; G,2h,10m,2', 'F,2h,30m')],
    differs: ['step 2: mail to x@later.test, next try: * ms (*) -> * ms (29m*)', 'step 4: mail to x@later.test, after: * ms (*) -> * ms (30m*)'],
  },
  {
    name: 'the next try sooner',
    variant: 'postfix',
    scenario: 'Mail waits',
    candidate: [postfix('minimal_backoff_time    = 300s', 'minimal_backoff_time    = 60s'), postfix('queue_run_delay         = 300s', 'queue_run_delay = 60s')],
    differs: ['step 2: mail to x@later.test, next try: * ms (*) -> * ms (59*s)', 'step 4: mail to x@later.test, after: * ms (*) -> * ms (1m*)'],
  },
  {
    name: 'nobody is told of a delay',
    variant: 'exim',
    scenario: 'Mail waits for so long that its sender is told',
    candidate: [exim('delay_warning            = 4h:99d', 'delay_warning            = 0s')],
    differs: ['step 4: return to ivan@example.test, presence: there -> absent', 'scenario, result: passed -> failed at step 4'],
    notCompared: ['steps after 4 of 6, which one side did not reach'],
  },
  {
    name: 'a notice too many',
    variant: 'exim',
    scenario: 'Mail waits, and nobody need be told yet',
    candidate: [exim('delay_warning            = 4h:99d', 'delay_warning            = 1h:99d')],
    differs: ['step 4: return to ivan@example.test, presence: absent -> there', 'scenario, result: passed -> failed at step 4'],
  },
  {
    name: 'frozen instead of returned',
    variant: 'exim',
    scenario: 'Mail comes back',
    candidate: [exim('acl_data:\n', 'acl_data:\n  warn    control        = freeze/no_tell\n')],
    differs: [
      'step 2: return to grace@example.test, presence: there -> absent',
      'step 2: mail to x@no.test, presence: absent -> there',
      'scenario, result: passed -> failed at step 2',
    ],
  },
  {
    name: 'frozen instead of waiting',
    variant: 'exim',
    scenario: 'Mail waits, and nobody need be told yet',
    candidate: [exim('acl_data:\n', 'acl_data:\n  warn    control        = freeze/no_tell\n')],
    differs: [
      'step 2: mail to x@dead2.test, next try: * ms (*) -> absent',
      'step 2: mail to x@dead2.test, frozen: absent -> yes',
      'step 4: mail to x@dead2.test, next try: * ms (*) -> absent',
      'step 4: mail to x@dead2.test, frozen: absent -> yes',
    ],
  },
  {
    name: 'no notice',
    variant: 'exim',
    scenario: 'Mail comes back',
    candidate: [exim('outside:\n  driver    = dnslookup\n', 'outside:\n  driver    = dnslookup\n  errors_to =\n')],
    differs: [
      'step 2: return to grace@example.test, presence: there -> absent',
      'step 2: mail to x@no.test, presence: absent -> there',
      'scenario, result: passed -> failed at step 2',
    ],
  },
  {
    name: 'a notice with another status',
    variant: 'postfix',
    scenario: 'Mail comes back',
    candidate: [postfixAlso('default_delivery_status_filter = pcre:{{/^5\\.7\\.1 (.*)/ 5.1.1 $$1}}\n')],
    differs: ['step 2: return to grace@example.test, dsn status: 5.7.1 -> 5.1.1'],
  },
  {
    name: 'a notice from somebody else',
    variant: 'exim',
    scenario: 'Mail comes back',
    candidate: [exim('primary_hostname = mx.example.test', 'primary_hostname = mx.example.test\ndsn_from = Postmaster <postmaster@example.test>')],
    differs: ['step 2: return to grace@example.test, header from: Mail Delivery System <Mailer-Daemon@example.test> -> Postmaster <postmaster@example.test>'],
  },
  {
    name: 'a notice without the message',
    variant: 'exim',
    scenario: 'Mail comes back',
    candidate: [exim('bounce_return_size_limit = 50K', 'bounce_return_body = false')],
    differs: ['step 2: return to grace@example.test, dsn original: full -> headers'],
  },
];

/** What is another way of saying the same. */
export const SAME: readonly Planted[] = [
  {
    name: 'another banner',
    variant: 'exim',
    scenario: 'Somebody looks who they are',
    candidate: [exim('smtp_banner          = $primary_hostname ESMTP', 'smtp_banner          = $primary_hostname ESMTP at your service')],
    differs: [],
  },
  {
    name: 'other texts of refusals',
    variant: 'exim',
    scenario: 'Somebody looks who they are',
    candidate: [exim('<$local_part@$domain>: no such user here', 'We have nobody of that name')],
    differs: [],
  },
  {
    name: 'another name of the host',
    variant: 'exim',
    scenario: 'Somebody looks who they are',
    candidate: [
      exim('primary_hostname = mx.example.test', 'primary_hostname = relay.example.test'),
      { dns: { 'relay.example.test': { A: '203.0.113.10', AAAA: '2001:db8:a::10' } } },
    ],
    hosts: [{ name: 'mx', fqdn: 'relay.example.test' }],
    differs: [],
  },
  {
    name: 'another name of the host of Postfix',
    variant: 'postfix',
    scenario: 'Somebody looks who they are',
    candidate: [postfix('myhostname = mx.example.test', 'myhostname = relay.example.test'), { dns: { 'relay.example.test': { A: '203.0.113.10', AAAA: '2001:db8:a::10' } } }],
    hosts: [{ name: 'mx', fqdn: 'relay.example.test' }],
    differs: [],
  },
  {
    name: 'a notice in other words',
    variant: 'postfix',
    scenario: 'Mail comes back',
    candidate: [
      {
        file: {
          host: 'mx',
          path: '/etc/postfix/bounce.cf',
          content: 'failure_template = <<EOF\nCharset: us-ascii\nFrom: MAILER-DAEMON (Post)\nSubject: Sorry\n\nIt did not work.\nEOF\n',
        },
      },
      postfixAlso('bounce_template_file = /etc/postfix/bounce.cf\n'),
    ],
    differs: [],
  },
];

/** What differs from run to run on the reference, too. */
export const NOISY: readonly Planted[] = [
  {
    name: 'a header field with the number of a process',
    variant: 'exim',
    scenario: 'Mail comes in',
    both: [exim(TO_STORE, `${TO_STORE}  headers_add = X-Process: $pid\n`)],
    candidate: [],
    differs: ['step 2: mail to bob@example.test, header x-process: * -> *'],
  },
];
