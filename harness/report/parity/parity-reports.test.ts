import { expect, it } from 'vitest';
import { compareRuns } from '../../parity/index.ts';
import { delivered, side } from '../../parity/testdata/sides.ts';
import { parityMarkdown } from './parity-md.ts';
import { parityPage } from './parity-page.ts';

const parity = compareRuns({
  referenceA: side('exim', [delivered()]),
  referenceB: side('exim', [delivered()]),
  candidate: side('postfix', [delivered({ place: 'store:alice/<Junk>' })]),
  accepted: [{ id: 'A-07', matches: { field: 'code' }, reason: 'r', owner: 'o', ticket: 't', created: '2026-01-01', expires: '2026-02-01' }],
  today: '2026-06-01',
});

it('leads with the verdict, then what was not compared, then accepted differences, then scenarios', () => {
  for (const text of [parityPage(parity), parityMarkdown(parity)]) {
    const order = [
      'postfix does not behave as exim',
      'Not compared',
      'requirement S-02, which no scenario covers',
      'Accepted differences',
      'Scenarios',
      'A message arrives',
      'store:alice/INBOX',
      'a'.repeat(64),
    ];
    const body = text.slice(text.indexOf('<body>') + 1);
    const places = order.map((part) => body.indexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places.every((place) => place >= 0)).toBe(true);
  }
});

it('shows each difference with both values, escaped', () => {
  expect(parityPage(parity)).toContain('store:alice/&lt;Junk&gt;');
  expect(parityMarkdown(parity)).toContain('store:alice/\\<Junk\\>');
});
