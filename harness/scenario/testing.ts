import { envelopeAddress } from '../base/index.ts';
import { readWorld, type WorldModel } from '../world/index.ts';
import type { DeliveredActual, RefusedActual, SentMessage } from './actual.ts';
import { splitMessage } from './mail-text.ts';

/** A world that is only read, for tests of the language. */
export function smallWorld(): WorldModel {
  const text = `
world: small
description: for tests of the language
entrance: mx
default: [exim]
hosts:
  mx: { image: exim, fqdn: mx.example.test, addresses: [203.0.113.10, "2001:db8:a::10"], services: [exim] }
  store: { image: dovecot, fqdn: store.example.test, addresses: [10.20.0.20] }
dns:
  example.test: { MX: "10 mx.example.test" }
outside:
  hosted.test: {}
clients: { 198.51.100.77: client.sender.test, "2001:db8:66::77": client.sender.test }
nameservers: [198.51.100.53]
accounts:
  domain: example.test
  imap: { host: store, port: 993, tls: implicit }
  submission: { host: mx, starttls: 587, implicit: 465 }
  users: { alice: { password: a }, bob: { password: b } }
  files: []
databases:
  tickets: { hosts: [store], client: mariadb tickets }
directories:
  staff: { hosts: [store], client: ldapmodify -x }
variants:
  exim: {}
  postfix: {}
`;
  const { models, diagnostics } = readWorld('world.yaml', text, import.meta.dirname);
  const [model] = models;
  if (model === undefined || diagnostics.length > 0) throw new Error(`the world of the tests is wrong: ${JSON.stringify(diagnostics)}`);
  return model;
}

const RAW = Buffer.from('From: ann@sender.test\r\nSubject: Hello\r\nMessage-ID: <1@sender.test>\r\n\r\nline one\r\nline two\r\n');

export function sentMessage(overrides: Partial<SentMessage> = {}): SentMessage {
  return { number: 1, root: 'r/1', messageId: '<1@sender.test>', from: 'ann@sender.test', to: ['alice@example.test'], raw: RAW, atMs: 0, ...overrides };
}

/** A copy in a mailbox, as the ledger and the store tell it. */
export function mailboxCopy(
  to: string,
  mailbox: { user: string; folder: string },
  more: { sent?: SentMessage; raw?: Buffer; observed?: Partial<DeliveredActual['observed']> } = {},
): DeliveredActual {
  const sent = more.sent ?? sentMessage();
  const raw = more.raw ?? Buffer.concat([Buffer.from('Received: from client\r\n'), sent.raw ?? RAW]);
  const copy = { raw, flags: [], ...splitMessage(raw) };
  return {
    kind: 'delivered',
    sent,
    copy,
    ledger: {
      kind: 'delivered',
      to: envelopeAddress(to),
      original: envelopeAddress(to),
      envelopeFrom: envelopeAddress(sent.from),
      message: 'mail',
      place: { mailbox: { host: 'store', ...mailbox } },
      route: ['mx', 'store'],
      root: 'r/1',
      custody: 'mx/1',
    },
    observed: {
      kind: 'delivered',
      to,
      original: to,
      envelopeFrom: sent.from,
      message: 'mail',
      place: `store:${mailbox.user}/${mailbox.folder}`,
      route: ['mx', 'store'],
      headers: copy.headers,
      flags: [],
      raw: {},
      ...more.observed,
    },
  };
}

export function refusal(to: string, stage: RefusedActual['refusal']['stage'], code: number, enhanced: string, text: string): RefusedActual {
  return {
    kind: 'refused',
    sent: sentMessage(),
    refusal: { to, stage, text, reply: { to: stage, code, enhanced, text, tls: false } },
    observed: { kind: 'refused', to, original: to, message: 'mail', place: 'mx', route: ['mx'], reply: { stage, code, enhanced, text }, raw: {} },
  };
}
