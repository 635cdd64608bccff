import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadWorld } from '../world/index.ts';
import { readCandidates } from './candidates.ts';
import { byFile, changed } from './change.ts';
import { parseFaults, readFaults } from './fault-table.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const model = loadWorld('starter', 'exim', ROOT);
const candidates = readCandidates(model);
const read = (text: string, of = model) => parseFaults('faults.yaml', text, of, candidates);
const HEAD = '- id: F-1\n  what: It is wrong\n  breaks: [S-13]\n';
const SIZE = '  host: mx\n  file: /etc/exim4/exim4.conf\n  replace: message_size_limit       = 10M\n  with: message_size_limit       = 9M\n';

describe('faults.yaml', () => {
  it('names a change and those who must notice it', () => {
    const { faults, diagnostics } = read(HEAD + SIZE);
    expect(diagnostics).toEqual([]);
    expect(faults[0]).toMatchObject({ id: 'F-1', line: 1, then: { restart: [{ host: 'mx' }] } });
    expect(faults[0]?.candidates.map(({ title }) => title)).toEqual(candidates.filter(({ scenario }) => scenario.covers.includes('S-13')).map(({ title }) => title));
  });

  it('may narrow who must notice by title', () => {
    expect(read(`${HEAD}${SIZE}  seen by: "*refused at MAIL"\n`).faults[0]?.candidates.map(({ title }) => title)).toEqual([
      'A message that announces more than 10 MB is refused at MAIL',
    ]);
  });

  it('may change several files of several hosts, and take one away', () => {
    const { faults, diagnostics } = read(
      `${HEAD}  changes:\n    - { host: mx, file: /etc/exim4/aliases, delete: true }\n    - { host: store, file: /etc/dovecot/dovecot.conf, replace: "quota_grace = 0", with: "quota_grace = 10%%" }\n`,
    );
    expect(diagnostics).toEqual([]);
    expect(byFile(faults[0]?.changes ?? []).map(({ host, file }) => `${host}:${file}`)).toEqual(['mx:/etc/exim4/aliases', 'store:/etc/dovecot/dovecot.conf']);
    expect(faults[0]?.then).toEqual({ restart: [{ host: 'mx' }, { host: 'store' }] });
  });

  it('restarts only the services that are named, on the hosts that have them', () => {
    expect(read(`${HEAD}${SIZE}  then: { restart: [exim] }\n`).faults[0]?.then).toEqual({ restart: [{ host: 'mx', service: 'exim' }] });
  });

  it('is for the first default variant, or for those that it names', () => {
    const postfix = loadWorld('starter', 'postfix', ROOT);
    expect(read(HEAD + SIZE, postfix)).toMatchObject({ faults: [], diagnostics: [] });
    expect(read(`${HEAD}  variants: [exim, postfix]\n${SIZE}`, postfix).diagnostics).toMatchObject([{ code: 'no-such-file', line: 6, col: 9 }]);
  });

  it('may be empty', () => {
    expect(read('# nothing yet\n')).toMatchObject({ faults: [], diagnostics: [] });
  });

  it.each<[string, string, object]>([
    ['a key that is not known', `${HEAD}${SIZE}  seen: x\n`, { code: 'unknown-key', line: 8, col: 3 }],
    ['a requirement that is not known', HEAD.replace('S-13', 'S-99') + SIZE, { code: 'unknown-requirement', line: 3, col: 12 }],
    ['a host that is not known', HEAD + SIZE.replace('mx', 'mxx'), { code: 'unknown-host', line: 4, col: 9, hint: 'did you mean "mx"?' }],
    ['a file that no overlay has', HEAD + SIZE.replace('exim4.conf', 'exim4.con'), { code: 'no-such-file', line: 5, col: 9, hint: 'did you mean "/etc/exim4/exim4.conf"?' }],
    [
      'a text that does not stand there',
      HEAD + SIZE.replace('= 10M', '= 11M'),
      { code: 'not-there', line: 6, col: 12, message: 'this text stands 0 times in mx:/etc/exim4/exim4.conf' },
    ],
    ['a text that stands there more often', HEAD + SIZE.replace(/message_size.*M/, 'hosts_try_fastopen ='), { code: 'not-there', line: 6, expected: '1 times', hint: /times: 3/ }],
    ['a text with a line end too many', HEAD + SIZE.replace(/replace: (.*10)M/, 'replace: |\n    $1'), { code: 'not-there', hint: /\|- instead of \|/ }],
    ['a change that changes nothing', HEAD + SIZE.replace('9M', '10M'), { code: 'needless', line: 7, col: 9 }],
    ['a service that the host does not have', `${HEAD}${SIZE}  then: { restart: [exin] }\n`, { code: 'unknown-service', line: 8, col: 21 }],
    ['a title that no such scenario has', `${HEAD}${SIZE}  seen by: Nobody\n`, { code: 'no-such-scenario', line: 8, col: 12 }],
    ['an identifier that is there twice', `${HEAD}${SIZE}${HEAD}${SIZE}`, { code: 'duplicate', line: 8, col: 7 }],
    ['a variant that is not known', `${HEAD}  variants: [eximm]\n${SIZE}`, { code: 'unknown-variant', line: 4, col: 14 }],
  ])('refuses %s, with its place', (_what, text, { hint, ...expected }: { hint?: unknown }) => {
    const { faults, diagnostics } = read(text);
    expect(faults).toEqual([]);
    expect(diagnostics).toMatchObject([expected]);
    if (hint !== undefined) expect(diagnostics[0]?.hint).toMatch(hint instanceof RegExp ? hint : String(hint));
  });

  it.each(['starter'])('of the world %s has no mistake', (world) => {
    for (const variant of loadWorld(world, undefined, ROOT).variants) expect(readFaults(loadWorld(world, variant, ROOT), candidates)?.diagnostics).toEqual([]);
  });
});

describe('a change', () => {
  const place = { host: 'mx', file: '/etc/x' };

  it('replaces a text as it stands, dollar signs and all', () => {
    expect(changed({ ...place, changes: [{ ...place, replace: 'a$1', with: "$&$'b" }] }, 'x a$1 y')).toBe("x $&$'b y");
  });

  it('is made in order, in a file that others changed before', () => {
    const changes = [
      { ...place, replace: 'a', with: 'b' },
      { ...place, replace: 'b', with: 'c', times: 2 },
    ];
    expect(changed({ ...place, changes }, 'a b')).toBe('c c');
  });

  it('is refused where the running host has another file than the overlay', () => {
    expect(() => changed({ ...place, changes: [{ ...place, replace: 'a', with: 'b' }] }, 'x')).toThrow(/stands there 0 times, expected 1/);
  });
});
