import { describe, expect, test } from 'vitest';
import { readFilter } from './page/filter.ts';
import type { Row } from './wire.ts';

const row: Row = {
  id: 'mx/1xY2YL-000019-32',
  n: 1,
  at: 0,
  kind: 'message',
  state: 'waiting',
  from: 'ann@sender.test',
  to: ['alice@example.test', 'pat@slow.test'],
  hosts: ['mx', 'slow.test'],
  text: 'waits: 451 4.7.1 Greylisted, please try again later',
  ids: ['1xY2YL-000019-32', 'a1@sender.test'],
  client: 'client.sender.test [198.51.100.77]',
  subject: 'Lunch on Friday',
};

describe('a row fits', () => {
  test.each([
    [''],
    ['from:ann'],
    ['FROM:Ann@'],
    ['to:@slow.test'],
    ['host:mx'],
    ['host:slow.test'],
    ['host:slow'],
    ['is:waiting'],
    ['is:bad is:message'],
    ['client:198.51.100.77'],
    ['id:1xY2YL'],
    ['id:a1@sender'],
    ['subject:lunch'],
    ['subject:"on friday"'],
    ['greylisted lunch'],
    ['"try again"'],
    ['-is:refused -host:store from:ann'],
    ['from:'],
  ])('%s', (text) => {
    expect(readFilter(text)).toMatchObject({ problems: [] });
    expect(readFilter(text).fits(row)).toBe(true);
  });
});

describe('a row does not fit', () => {
  test.each([['from:bob'], ['to:@hosted.test'], ['host:m'], ['is:refused'], ['-from:ann'], ['lunch saturday'], ['"friday lunch"'], ['from:<>']])('%s', (text) => {
    expect(readFilter(text).fits(row)).toBe(false);
  });
});

test.each([
  ['form:ann', /"form:" is no key of the filter: it has from, to, host/],
  ['is:bounced', /"is:bounced" is not known: is: takes message, session, refused/],
])('what is not understood is said, and hides nothing: %s', (text, problem) => {
  const { problems, fits } = readFilter(text);
  expect(problems).toEqual([expect.stringMatching(problem)]);
  expect(fits(row)).toBe(true);
});

test('a text with a colon goes in quotation marks', () => {
  expect(readFilter('"waits: 451"')).toMatchObject({ problems: [] });
  expect(readFilter('"waits: 451"').fits(row)).toBe(true);
});
