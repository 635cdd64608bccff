import { dovecot, exim, type Planted, postfixAlso } from './planting-kit.ts';

/** Where mail goes, and how it ends. */
export const WAY: readonly Planted[] = [
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
];
