import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { loadWorld } from '../../world/index.ts';
import { kindOf } from './address-kinds.ts';
import { type Case, describeCase, SMALL_LIE } from './case.ts';
import { generateCases } from './generate.ts';
import { materialOf } from './material.ts';
import { readCase, scenarioYaml } from './to-scenario.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const models = [loadWorld('starter', 'exim', ROOT), loadWorld('starter', 'postfix', ROOT)] as const;
const material = materialOf([...models]);
const cases = generateCases(material, { seed: 1, count: 500 });

describe('what the world starter gives', () => {
  it('is its accounts with room, the aliases of its files, and what its scenarios name', () => {
    expect(material.accounts).toContain('alice@example.test');
    expect(material.accounts).not.toContain('quinn@example.test');
    expect(material.aliases).toEqual(expect.arrayContaining(['team@example.test', 'postmaster@example.test', 'legal@example.test']));
    expect(material.named).toEqual(expect.arrayContaining(['nobody@example.test', 'rsvp.2031@events.example.test']));
    expect(material.ours).toEqual(['example.test', 'events.example.test']);
    expect(material.limits).toEqual([10_485_760]);
  });

  it('leaves out parties that answer otherwise the next time', () => {
    expect(material.outside).toEqual(expect.arrayContaining(['hosted.test', 'strict.test']));
    for (const domain of ['slow.test', 'gone.test']) expect([...material.outside, ...material.senders]).not.toContain(domain);
  });
});

describe('a seed', () => {
  it('makes the same cases in the same order, and fewer of them are the first ones', () => {
    expect(generateCases(material, { seed: 1, count: 500 })).toEqual(cases);
    expect(generateCases(material, { seed: 1, count: 60 })).toEqual(cases.slice(0, 60));
  });

  it('makes others than another one', () => {
    expect(generateCases(material, { seed: 2, count: 60 })).not.toEqual(cases.slice(0, 60));
  });
});

const kinds = new Set(cases.flatMap(({ to }) => to.map((address) => kindOf(address, material))));
const senderKinds = new Set(cases.map(({ from }) => kindOf(from, material)));
const headersOf = ({ message }: Case) => (message !== undefined && 'headers' in message ? message.headers : undefined);
const bodyOf = ({ message }: Case): string => (message !== undefined && 'body' in message ? message.body : '');
const sizeOf = ({ message }: Case): number => (message !== undefined && 'size' in message ? message.size : 0);
const has = (fits: (one: Case) => boolean): boolean => cases.some(fits);

describe('500 cases', () => {
  it('are for every address that is known', () => {
    const written = new Set(cases.flatMap(({ to }) => to));
    for (const address of [...material.accounts, ...material.aliases, ...material.named]) expect([...written]).toContain(address);
  });

  test.each([
    'account at example.test',
    'alias at example.test',
    'unknown at example.test',
    'known with +suffix at example.test',
    'known with -suffix at example.test',
    'known in capitals at example.test',
    'account at example.test in capitals',
    'quoted known at example.test',
    'quoted blank at example.test',
    'quoted, @ in local part at example.test',
    '% in local part at example.test',
    '! in local part at example.test',
    '@ in local part at example.test',
    'odd dots at example.test',
    'no local part at example.test',
    'local part over 64 at events.example.test',
    'special characters at example.test',
    'postmaster at example.test',
    'account without domain',
    'unknown at outside',
    'unknown at a host',
    'unknown at below ours',
    'unknown at an address literal',
    'unknown at an unknown domain',
  ])('are also for: %s', (kind) => expect([...kinds]).toContain(kind));

  test.each([
    'null sender',
    'account at example.test',
    'unknown at outside',
    'quoted blank at outside',
    'unknown at an unknown domain',
    'no local part at outside',
    'name without domain',
  ])('are also from: %s', (kind) => expect([...senderKinds]).toContain(kind));

  test.each<[string, (one: Case) => boolean]>([
    ['from each address that clients have', () => material.clients.every((client) => has((one) => one.client === client))],
    ['for several recipients', ({ to }) => to.length > 2],
    ['for the same recipient twice', ({ to: [one, other] }) => one !== undefined && one === other],
    ['over TLS where offered', ({ tls }) => tls === undefined],
    ['announced smaller than they are', ({ announced }) => announced !== undefined && announced <= SMALL_LIE],
    ['announced as just too large', ({ announced }) => announced === 10_485_761],
    ['without From', (one) => headersOf(one)?.every(([name]) => name !== 'From') === true],
    ['without Date', (one) => headersOf(one)?.every(([name]) => name !== 'Date') === true],
    ['without Message-ID', (one) => headersOf(one)?.every(([name]) => name !== 'Message-ID') === true],
    ['with a field twice', (one) => headersOf(one)?.filter(([name]) => name === 'Subject').length === 2],
    ['with a very long field', (one) => headersOf(one)?.some(([, value]) => value.length >= 2000) === true],
    ['with a folded field', (one) => headersOf(one)?.some(([, value]) => value.includes('\n ')) === true],
    ['with an 8-bit header', (one) => headersOf(one)?.some(([, value]) => value.includes('größe')) === true],
    ['with an 8-bit body', (one) => bodyOf(one).includes('ü')],
    [
      'with a line that is too long',
      (one) =>
        bodyOf(one)
          .split('\n')
          .some((line) => line.length > 998),
    ],
    ['without a body', (one) => headersOf(one) !== undefined && bodyOf(one) === ''],
    ['nearly empty', (one) => headersOf(one)?.length === 1],
    ['large', (one) => sizeOf(one) >= 1_000_000],
  ])('are also %s', (_what, fits) => expect(has(fits)).toBe(true));

  it('are all scenarios of both variants', () => {
    for (const [index, one] of cases.entries())
      for (const model of models) {
        const { scenario, example } = readCase(`case-${index}`, scenarioYaml(one, describeCase(one)), model);
        expect(scenario.mode, describeCase(one)).toBe('side-by-side');
        expect(example.steps.map(({ verb }) => verb)).toEqual([one.announced === undefined ? 'send' : 'dialog', 'expect']);
      }
  });
});
