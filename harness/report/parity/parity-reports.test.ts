import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { compareRuns } from '../../parity/index.ts';
import { delivered, side } from '../../parity/testdata/sides.ts';
import { parityMarkdown } from './parity-md.ts';
import { parityPage } from './parity-page.ts';
import { readParity } from './read-parity.ts';
import { jsonOf, rewriteParity, writeParity } from './write-parity.ts';

const machine = { world: 'starter', host: 'mx', image: 'exim', release: 'bookworm', versions: ['Exim version 4.96 #2'], hash: 'c'.repeat(64) };
const parity = compareRuns({
  referenceA: { ...side('exim', [delivered({ helo: 'one.example.test' })]), machines: [machine] },
  referenceB: side('exim', [delivered({ helo: 'two.example.test' })]),
  candidate: { ...side('postfix', [delivered({ place: 'store:alice/<Junk>' })]), machines: [{ ...machine, image: 'postfix', versions: ['3.7.11'], hash: 'd'.repeat(64) }] },
  accepted: [{ id: 'A-07', matches: { field: 'code' }, reason: 'r', owner: 'o', ticket: 't', created: '2026-01-01', expires: '2026-02-01' }],
  today: '2026-06-01',
});

it('leads with verdict and scope, then what was not compared, and ends with the sides and what is signed', () => {
  const { digest } = jsonOf(parity);
  for (const text of [parityPage(parity, digest), parityMarkdown(parity, digest)]) {
    const order = [
      'postfix does not behave as exim',
      '1 scenario of starter, run twice on exim (the reference) and once on postfix (the candidate)',
      'Not compared',
      'requirement S-02, which no scenario covers',
      'Scenarios',
      'A message arrives',
      'store:alice/INBOX',
      'Accepted differences',
      'Requirements',
      'Noise',
      'Rules',
      'Sides',
      'a'.repeat(64),
      'Exim version 4.96 #2',
      'c'.repeat(64),
      '3.7.11',
      digest,
      'for the reference',
      'conditions',
    ];
    const body = text.slice(text.indexOf('<body>') + 1);
    const places = order.map((part) => body.indexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places.every((place) => place >= 0)).toBe(true);
  }
});

it('shows each difference with both values, escaped', () => {
  expect(parityPage(parity, '')).toContain('store:alice/&lt;Junk&gt;');
  expect(parityMarkdown(parity, '')).toContain('store:alice/\\<Junk\\>');
});

it('shows on paper, too, which values an accepted difference stands for, the most frequent first', () => {
  const copies = (helos: string[]): ReturnType<typeof delivered>[] => helos.map((helo, n) => delivered({ to: `a${n}@example.test`, helo }));
  const tenth = Array.from({ length: 10 }, (_, n) => `c${n}.example.test`);
  const signed = compareRuns({
    referenceA: side('exim', copies(Array.from({ length: 13 }, () => 'mx.example.test'))),
    referenceB: side('exim', copies(Array.from({ length: 13 }, () => 'mx.example.test'))),
    candidate: side('postfix', copies(['often.example.test', 'often.example.test', 'often.example.test', ...tenth])),
    accepted: [{ id: 'A-01', matches: { field: 'helo' }, reason: 'r', owner: 'o', ticket: 't', created: '2026-01-01', expires: '2026-12-01' }],
    today: '2026-06-01',
  });
  const rows = parityMarkdown(signed, '')
    .split('### Their values')[1]
    ?.split('\n')
    .filter((line) => line.startsWith('| A-01'));
  expect(rows?.[0]).toBe('| A-01 | helo | mx.example.test | often.example.test | 3 |');
  expect(rows).toHaveLength(9);
  expect(rows?.at(-1)).toBe('| A-01 | 3 further values, in parity.json |  |  | 3 |');
  expect(parityPage(signed, '')).toContain('3 further values, in parity.json');
});

it('shows as noise what differed between the two runs of the reference', () => {
  expect(parityMarkdown(parity, '').split('## Noise')[1]).toContain('one.example.test | two.example.test');
});

it('names the very data that it was made from', () => {
  const { text, digest } = jsonOf(parity);
  expect(createHash('sha256').update(text).digest('hex')).toBe(digest);
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(parity)));
});

it('reads its own JSON again, whole', () => {
  expect(JSON.parse(JSON.stringify(readParity(jsonOf(parity).text, 'parity.json')))).toEqual(JSON.parse(JSON.stringify(parity)));
});

it('says what is wrong with a file that is no comparison', () => {
  expect(() => readParity(jsonOf({ ...parity, worlds: [] }).text.replace('"version": 2', '"version": 1'), 'old.json')).toThrow(
    /old\.json is no comparison that can be read: .*version/,
  );
  expect(() => readParity('{', 'cut.json')).toThrow('cut.json is no comparison');
});

it('writes the pages anew from the JSON beside them, which stays as it was', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'mailproof-parity-'));
  try {
    await writeParity(parity, dir);
    const read = (name: string): string => readFileSync(path.join(dir, name), 'utf8');
    const before = ['parity.json', 'parity.html', 'parity.md'].map(read);
    for (const name of ['parity.html', 'parity.md']) writeFileSync(path.join(dir, name), '');
    expect((await rewriteParity(read('parity.json'), path.join(dir, 'parity.json'))).map((file) => path.basename(file))).toEqual(['parity.html', 'parity.md']);
    expect(['parity.json', 'parity.html', 'parity.md'].map(read)).toEqual(before);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
