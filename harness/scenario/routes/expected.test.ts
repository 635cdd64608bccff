import { expect, test } from 'vitest';
import { differencesOf } from './expected.ts';
import type { RouteRow } from './model.ts';

const taken = { taken: true, stage: 'rcpt', code: 250, enhanced: '2.1.5', text: 'OK' } as const;
const stored = (user: string): RouteRow[] => [
  { host: 'mx', recipient: `${user}@a.test`, by: 'router accounts, transport store_lmtp', next: { kind: 'hosts', hosts: [{ name: 'store.a.test', port: 24, protocol: 'lmtp' }] } },
  { host: 'store', recipient: `${user}@a.test`, answer: taken, by: 'doveadm user', next: { kind: 'mailbox', user, place: `/srv/mail/${user}` } },
];
const team: RouteRow[] = [
  { host: 'mx', recipient: 'team@a.test', answer: taken, by: 'router aliases', next: { kind: 'recipients', recipients: ['ann@a.test', 'bob@a.test'] } },
  ...stored('ann'),
  ...stored('bob'),
];
const refused: RouteRow[] = [
  { host: 'mx', recipient: 'x@a.test', answer: { ...taken, taken: false, code: 550, enhanced: '5.1.1', text: 'no such user here' }, next: { kind: 'end' } },
];

test.each([
  ['every end is named', team, ['store_lmtp', 'ann', 'bob']],
  ['in any case, and with patterns', team, ['router', 'ANN', 'b?b']],
  ['a recipient names its end, too', team, ['ann@a.test', 'bob@a.test']],
  ['a refusal is named by its code', refused, ['550']],
  ['a refusal is named by its text', refused, ['refused', 'no such user']],
])('nothing differs when %s', (_why, rows, words) => {
  expect(differencesOf({ rows }, words)).toEqual([]);
});

test.each([
  ['a word that stands nowhere', team, ['ann', 'bob', 'carol'], ['expected "carol", which none of its lines says']],
  ['a part of a word', team, ['ann', 'bob', 'stor'], ['expected "stor", which none of its lines says']],
  ['a copy that nobody named', team, ['ann'], ['not expected: bob@a.test, on store, taken: 250 2.1.5 OK, doveadm user, mailbox bob (/srv/mail/bob)']],
  ['an end that only its way names', stored('ann'), ['store_lmtp'], [expect.stringContaining('not expected: ann@a.test')]],
  ['a refusal that nobody named', refused, ['mx'], ['not expected: x@a.test, on mx, refused: 550 5.1.1 no such user here']],
])('%s differs', (_what, rows, words, differences) => {
  expect(differencesOf({ rows }, words)).toEqual(differences);
});
