import { expect, test } from 'vitest';
import type { ConfigTree } from './config-tree.ts';
import { SETTINGS } from './settings/index.ts';

const tree = (files: Record<string, string>): ConfigTree => ({
  files: new Map(Object.entries(files).map(([file, text]) => [file, { content: Buffer.from(text), executable: false }])),
  leftOut: [],
});
const HOUR = 3_600_000;

test('an Exim in one file says its name, its alias files, its retry time and where its certificate is', () => {
  const text = [
    'primary_hostname = MX.example.org',
    'delay_warning = 4h:24h',
    'tls_certificate = /etc/ssl/mx.pem',
    'tls_privatekey = /etc/ssl/mx.key',
    'disable_ipv6 = true',
    '# data = lsearch{/etc/old-aliases}',
    `data = ${'$'}{lookup{${'$'}local_part}lsearch*@{/etc/mail/aliases}}`,
    'begin retry',
    '*  *  F,2h,15m; G,16h,1h,1.5; F,5d,6h',
  ].join('\n');
  expect(SETTINGS.exim(tree({ '/etc/exim4/exim4.conf': text }))).toEqual({
    fqdn: 'mx.example.org',
    ipv6: false,
    aliases: ['/etc/mail/aliases'],
    lifetimeMs: 5 * 24 * HOUR,
    delayMs: 4 * HOUR,
    certificates: [{ cert: '/etc/ssl/mx.pem', key: '/etc/ssl/mx.key', group: 'Debian-exim' }],
    prepare: [],
    notes: [],
  });
});

test('an Exim that listens on loopback only is refused with the line that says so', () => {
  const local = { '/etc/exim4/update-exim4.conf.conf': "dc_eximconfig_configtype='local'\ndc_local_interfaces='127.0.0.1 ; ::1'\n" };
  expect(() => SETTINGS.exim(tree(local))).toThrow('/etc/exim4/update-exim4.conf.conf:2: this server listens on the loopback address only');
  const satellite = { '/etc/exim4/update-exim4.conf.conf': "dc_eximconfig_configtype='satellite'\ndc_local_interfaces=''\n" };
  expect(SETTINGS.exim(tree(satellite)).notes).toEqual([expect.stringContaining('"satellite"'), expect.stringContaining('no retry rule')]);
});

test('a Postfix says its tables, which are made in the world, and its times in their own units', () => {
  const main = [
    'myhostname = mx.example.org',
    'alias_maps = hash:/etc/aliases,',
    '    hash:/etc/postfix/lists',
    'alias_database = hash:/etc/aliases',
    'virtual_alias_maps = hash:/etc/postfix/virtual',
    'transport_maps = hash:/etc/postfix/not-there',
    '#relay_recipient_maps = hash:/etc/postfix/old',
    'maximal_queue_lifetime = 3',
    'delay_warning_time = 4',
    'inet_protocols = ipv4',
    'smtpd_tls_cert_file=/etc/ssl/certs/ssl-cert-snakeoil.pem',
    'smtpd_tls_key_file=/etc/ssl/private/ssl-cert-snakeoil.key',
  ].join('\n');
  const files = Object.fromEntries(['virtual', 'old', 'lists'].map((name) => [`/etc/postfix/${name}`, '']));
  expect(SETTINGS.postfix(tree({ '/etc/postfix/main.cf': main, ...files }))).toEqual({
    fqdn: 'mx.example.org',
    ipv6: false,
    aliases: ['/etc/aliases', '/etc/postfix/lists'],
    lifetimeMs: 72 * HOUR,
    delayMs: 4 * HOUR,
    certificates: [{ cert: '/etc/ssl/certs/ssl-cert-snakeoil.pem', key: '/etc/ssl/private/ssl-cert-snakeoil.key' }],
    prepare: ['postalias hash:/etc/aliases', 'postalias hash:/etc/postfix/lists', 'postmap hash:/etc/postfix/virtual'],
    notes: [],
  });
  expect(() => SETTINGS.postfix(tree({ '/etc/postfix/main.cf': 'inet_interfaces = loopback-only\n' }))).toThrow('/etc/postfix/main.cf:1: this server listens on the loopback');
});
