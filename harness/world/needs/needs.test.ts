import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findWorlds, readWorld } from '../model.ts';
import { findNeeds, wantedIn } from './index.ts';
import { NEED_RULES } from './needs-table.ts';

const root = mkdtempSync(path.join(tmpdir(), 'mailproof-needs-'));
afterAll(() => rmSync(root, { recursive: true }));

test.each(NEED_RULES.map(({ what, example }) => ({ what, ...example })))('$line names $what', ({ file, line, places }) => {
  const wanted = wantedIn({ path: file, content: Buffer.from(`# ${line}\n${line}\n`) });
  expect(wanted.map(({ place }) => place)).toEqual(places);
  expect(wanted.map((one) => one.line)).toEqual(places.map(() => 2));
});

const WORLD = `world: needy
description: a relay whose surroundings are not all there
entrance: mx
default: [bare]
hosts:
  mx: { image: postfix, fqdn: mx.example.test, addresses: [203.0.113.10], files: [fixtures/mx] }
outside: {}
clients: { 198.51.100.77: client.sender.test }
nameservers: [198.51.100.53]
variants:
  bare: {}
  whole:
    hosts:
      mx: { image: [postfix, rspamd], certificates: [{ names: [mx.example.test], cert: /etc/ssl/mx.pem, key: /etc/ssl/mx.key }], prepare: ["install -d /run/opendkim # opendkim.sock"] }
      ldap: { image: slapd, fqdn: ldap.example.test, addresses: [203.0.113.11] }
    outside: { smtp.example.net: {} }
`;
const MAIN = `smtpd_tls_cert_file = /etc/ssl/mx.pem
smtpd_tls_key_file = /etc/ssl/mx.key
smtpd_milters =
  inet:127.0.0.1:11332,
  unix:/run/opendkim/opendkim.sock
relayhost = [smtp.example.net]:587
`;

test('what follows the name of a server, such as its password, is not shown', () => {
  const file = { path: '/etc/exim4/exim4.conf', content: Buffer.from('hide mysql_servers = db.example.org/mail/exim/secret\n') };
  expect(wantedIn(file).map(({ text }) => text)).toEqual(['hide mysql_servers = db.example.org…']);
});

test('what nothing in the world is, is told with its line and what would be it; once it is there, no more', () => {
  const dir = path.join(root, 'scenarios/needy');
  mkdirSync(dir, { recursive: true });
  mkdirSync(path.join(root, 'fixtures/mx/etc/postfix'), { recursive: true });
  writeFileSync(path.join(root, 'fixtures/mx/etc/postfix/main.cf'), MAIN);
  writeFileSync(path.join(root, 'fixtures/mx/etc/postfix/ldap-users.cf'), 'server_host = ldap.example.test\n');
  const { models, diagnostics } = readWorld('world.yaml', WORLD, dir);
  expect(diagnostics).toEqual([]);
  const needs = findNeeds(models);
  expect(needs.map(({ variants, file, line, place, provide }) => `${variants} ${file}:${line} ${place} <- ${provide}`)).toEqual([
    'bare /etc/postfix/ldap-users.cf:1 ldap.example.test <- hosts: { NAME: { image: slapd, fqdn: ldap.example.test, addresses: [ADDRESS] } }',
    'bare /etc/postfix/main.cf:1 /etc/ssl/mx.pem <- hosts.mx.certificates: [{ names: [mx.example.test], cert: CERTIFICATE, key: KEY }], one of them /etc/ssl/mx.pem',
    'bare /etc/postfix/main.cf:2 /etc/ssl/mx.key <- hosts.mx.certificates: [{ names: [mx.example.test], cert: CERTIFICATE, key: KEY }], one of them /etc/ssl/mx.key',
    'bare /etc/postfix/main.cf:3 inet:127.0.0.1:11332 <- hosts.mx.image: [postfix, rspamd]',
    'bare /etc/postfix/main.cf:3 /run/opendkim/opendkim.sock <- hosts.mx.image: [postfix, IMAGE], where IMAGE, a folder of containers/, is a milter',
    'bare /etc/postfix/main.cf:6 [smtp.example.net] <- outside: { smtp.example.net: {} }, or a host with fqdn: smtp.example.net',
  ]);
});

test('the worlds of this repository have all that their configurations name', () => {
  for (const { dir } of findWorlds(path.join(import.meta.dirname, '../../..'))) {
    const { models } = readWorld(`${dir}/world.yaml`, readFileSync(path.join(dir, 'world.yaml'), 'utf8'), dir);
    expect(findNeeds(models)).toEqual([]);
  }
});
