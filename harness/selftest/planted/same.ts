import { exim, type Planted, postfix, postfixAlso, TO_STORE } from './planting-kit.ts';

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
