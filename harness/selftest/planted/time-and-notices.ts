import { exim, type Planted, postfix, postfixAlso } from './planting-kit.ts';

/** When things happen, and what senders are told. */
export const TIME_AND_NOTICES: readonly Planted[] = [
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
