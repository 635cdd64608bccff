import { expect, test } from 'vitest';
import type { AskedHost } from './model.ts';
import { readSendmailRows, sendmailRoutes } from './sendmail-routes.ts';

const ALIASES = `operators... aliased to alice, keeper, "|/etc/mail/smrsh/post a, b"
alice... aliased to alice@staff.uni.test
keeper... deliverable: mailer local, user keeper
"|/etc/mail/smrsh/post a, b"... deliverable: mailer prog, user "|/etc/mail/smrsh/post a, b"
/srv/rooms/room-5... deliverable: mailer *file*, user /srv/rooms/room-5
alice@staff.uni.test... deliverable: mailer esmtp, host staff.uni.test., user alice@staff.uni.test
`;

test('each line of sendmail -v -bv is read: aliases, mailers, what is refused and what is put off', () => {
  expect(readSendmailRows(ALIASES)).toEqual([
    { recipient: 'operators', aliases: ['alice', 'keeper', '|/etc/mail/smrsh/post a, b'] },
    { recipient: 'alice', aliases: ['alice@staff.uni.test'] },
    { recipient: 'keeper', mailer: 'local', user: 'keeper' },
    { recipient: '|/etc/mail/smrsh/post a, b', mailer: 'prog', user: '|/etc/mail/smrsh/post a, b' },
    { recipient: '/srv/rooms/room-5', mailer: '*file*', user: '/srv/rooms/room-5' },
    { recipient: 'alice@staff.uni.test', mailer: 'esmtp', host: 'staff.uni.test.', user: 'alice@staff.uni.test' },
  ]);
  expect(readSendmailRows('nosuch@dept.test... User unknown\nalice@dept.test... alias database unavailable\n')).toEqual([
    { recipient: 'nosuch@dept.test', problem: 'User unknown', deferred: false },
    { recipient: 'alice@dept.test', problem: 'alias database unavailable', deferred: true },
  ]);
  expect(readSendmailRows('sendmail: something else\n')).toEqual([]);
});

/** A host whose sendmail says this, in a world whose DNS has one exchanger for all. */
const saying = (output: string): AskedHost => ({
  name: 'beeknow',
  run: async () => output,
  recall: async () => output,
  exchangers: async (domain) => ({ kind: 'hosts', hosts: [{ name: `mx.${domain}`, port: 25, protocol: 'smtp' }] }),
});

test('an address that a table has rewritten is told with what it became', async () => {
  expect(
    await sendmailRoutes.treat(saying('info@legacy.test... deliverable: mailer esmtp, host dept.test., user alice@dept.test\n'), 'info@legacy.test', 'ann@sender.test'),
  ).toEqual([
    { recipient: 'info@legacy.test', by: 'virtual and other tables', next: { kind: 'recipients', recipients: ['alice@dept.test'] } },
    { recipient: 'alice@dept.test', by: 'mailer esmtp', next: { kind: 'hosts', hosts: [{ name: 'mx.dept.test', port: 25, protocol: 'smtp' }] } },
  ]);
});

test('a relay in brackets is that machine, without its exchangers', async () => {
  const [row] = await sendmailRoutes.treat(saying('x@hosted.test... deliverable: mailer relay, host [crunchie.dept.test], user x@hosted.test\n'), 'x@hosted.test', '');
  expect(row).toEqual({ recipient: 'x@hosted.test', by: 'mailer relay', next: { kind: 'hosts', hosts: [{ name: 'crunchie.dept.test', port: 25, protocol: 'smtp' }] } });
});

test('a host whose sendmail says nothing of the address is told in its own words', async () => {
  expect(await sendmailRoutes.treat(saying('/etc/mail/sendmail.cf: line 1: unknown configuration line\n'), 'x@hosted.test', '')).toEqual([
    { recipient: 'x@hosted.test', by: 'sendmail -bv', next: { kind: 'undeliverable', text: '/etc/mail/sendmail.cf: line 1: unknown configuration line' } },
  ]);
});
