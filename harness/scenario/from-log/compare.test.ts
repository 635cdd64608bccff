import { expect, test } from 'vitest';
import { compareEnds } from './compare.ts';
import type { End } from './end.ts';

const isKnown = (name: string): boolean => ['mx', 'store'].includes(name);
const end = (is: End['is'], more: Partial<End> = {}): End => ({ original: 'team@example.test', address: 'team@example.test', is, text: '', ...more });
const verdict = (production: End[], here: End[]): string[] => compareEnds({ production, here }, isKnown).map((one) => one.verdict);

const toStore = end('delivered', { next: 'store' });

test.each<[string, End[], End[]]>([
  ['the same next hop', [toStore], [toStore]],
  ['a next hop whose name nobody knows here', [end('delivered', { next: 'mx.old.example' })], [toStore]],
  [
    'several copies in another order',
    [end('delivered', { address: 'a@x.test' }), end('delivered', { address: 'b@x.test' })],
    [end('delivered', { address: 'b@x.test' }), end('delivered', { address: 'A@x.test' })],
  ],
  ['a refusal with other words', [end('refused', { permanent: true, text: '550 no' })], [end('refused', { permanent: true, text: '554 5.7.1 No!' })]],
])('%s is the same', (_, production, here) => {
  expect(verdict(production, here)).toEqual(['same']);
});

test.each<[string, End[], End[]]>([
  ['another next hop of this world', [toStore], [end('delivered', { next: 'mx' })]],
  ['kept instead of handed on', [toStore], [end('delivered')]],
  ['another address', [end('delivered', { address: 'a@x.test' })], [end('delivered', { address: 'b@x.test' })]],
  ['one copy more', [toStore], [toStore, toStore]],
  ['one copy less', [toStore, toStore], [toStore]],
  ['nothing at all', [toStore], []],
  ['a refusal for now', [end('refused', { permanent: true })], [end('refused', { permanent: false })]],
  ['a bounce instead of a refusal', [end('refused', { permanent: true })], [end('failed')]],
  ['a wait instead of a bounce', [end('failed')], [end('deferred')]],
])('%s differs', (_, production, here) => {
  expect(verdict(production, here)).toEqual(['differs']);
});

test('what the log does not tell the end of is not compared, and each recipient by itself', () => {
  const compared = compareEnds({ production: [end('not ended'), end('delivered', { original: 'a@x.test' })], here: [toStore, end('failed', { original: 'A@x.test' })] }, isKnown);
  expect(compared.map(({ recipient, verdict: said, why }) => [recipient, said, why])).toEqual([
    ['team@example.test', 'not compared', 'the log ends before it did'],
    ['a@x.test', 'differs', expect.stringContaining('here failed')],
  ]);
});
