import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Results } from '../scenario/index.ts';
import { terminalListener } from './terminal.ts';
import { exampleResults } from './testdata/results.ts';

/** What is written for a whole run. */
function told(options: { live?: boolean; colour?: boolean; requirements?: boolean }, change: Partial<Results> = {}): string {
  let text = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  const listener = terminalListener({ stream, reports: 'reports/latest/index.html', ...options });
  const results = { ...exampleResults(), ...change };
  listener.line?.('starter/exim: instance ab12 is ready');
  listener.planned?.(results.runs.length, ['starter/exim', 'starter/postfix']);
  for (const [index, run] of results.runs.entries()) {
    listener.scenarioStarted?.({ project: 'starter/exim', scenario: run.scenario });
    listener.scenarioFinished?.(run, { done: index + 1, planned: results.runs.length });
  }
  listener.finished?.(results);
  return text;
}

describe('terminal', () => {
  it('writes plain lines into a log, one for each scenario', () => {
    const text = told({});
    expect(stripVTControlCharacters(text)).toBe(text);
    expect(text).not.toContain('\r');
    expect(text).toContain('✓ starter/exim A message to an account arrives in its inbox 412ms\n');
  });

  it('ends with where to look and how to run each failure again', () => {
    const lines = told({}).trimEnd().split('\n');
    expect(lines.slice(-4)).toEqual([
      'look at: reports/latest/index.html',
      'again:   npx mailproof run scenarios/starter/alias.scenario.yaml:12 --variant exim',
      'again:   npx mailproof run scenarios/starter/store.scenario.yaml:1 --variant exim',
      'again:   npx mailproof run scenarios/starter/alias.scenario.yaml:1 --variant exim',
    ]);
  });

  it('says of a whole world what no scenario covers, what is red, and what cannot be tested', () => {
    const text = told({});
    expect(text).toContain(
      [
        'requirements of starter: 2 of 4 covered, 1 failed',
        '  S-03 failed: Every target of an alias gets one copy',
        '  S-09 not covered: Nobody relays | through us',
        '  S-10 not tested: the load is the <test machine>, not the host',
        '',
      ].join('\n'),
    );
    expect(told({}, { whole: [] })).not.toContain('requirements of');
  });

  it('shows the whole table when asked, of a part of a world, too', () => {
    const text = told({ requirements: true }, { whole: [] });
    expect(text).toMatch(/^starter S-01 {2}passed +1 scenario {2}Mail to an account arrives$/m);
    expect(text).toMatch(/^starter S-03 {2}failed .*\n +failed on exim: An alias with several targets/m);
    expect(text).toMatch(/^starter S-09 {2}not in this run /m);
    expect(text).toContain('requirements of starter: 2 of 4 covered, 1 failed\n');
  });

  it('names what tried to leave, unknown names and lines, or says that there were none', () => {
    expect(told({})).toContain('starter/exim: mx asked for no|such.test MX, which nobody declared (4 times)\n');
    expect(told({}, { strays: [], unknownNames: [], unparsed: [] })).toContain('none: packets that tried to leave, unknown names, log lines not understood\n');
  });

  it('follows the run in one line on a terminal, and keeps only what needs attention', () => {
    const text = told({ live: true });
    expect(text).toContain('\r\u001b[2K');
    expect(text).not.toContain('✓ starter/exim A message');
    expect(text).toContain('✗ starter/exim An alias with several targets');
  });

  it('uses colour only when it may', () => {
    expect(told({ colour: true })).toContain('\u001b[31m✗');
    expect(told({ colour: false })).not.toContain('\u001b[31m');
  });
});
