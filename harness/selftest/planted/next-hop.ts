import { generateKeyPairSync } from 'node:crypto';
import { exim, type Planted, postfix, postfixAlso, type Step, TO_OUTSIDE } from './planting-kit.ts';

// A key of this table's own, for signing outgoing mail.
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const DKIM_KEY: Step = { file: { host: 'mx', path: '/etc/exim4/dkim.pem', content: String(privateKey.export({ type: 'pkcs1', format: 'pem' })) } };
const DKIM_RECORD: Step = { dns: { 'k1._domainkey.example.test': { TXT: `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}` } } };
const DKIM_SIGN = '  dkim_domain = example.test\n  dkim_selector = k1\n  dkim_private_key = /etc/exim4/dkim.pem\n';

/** What the next hop sees. */
export const NEXT_HOP: readonly Planted[] = [
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
];
