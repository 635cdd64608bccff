import { exim, type Planted, postfixAlso, TO_STORE } from './planting-kit.ts';

/** What becomes of the message itself. */
export const MESSAGE: readonly Planted[] = [
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
];
