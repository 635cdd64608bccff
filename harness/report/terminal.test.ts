import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { terminalListener } from './terminal.ts';
import { exampleResults } from './testdata/results.ts';

/** What is written for a whole run. */
function told(options: { live?: boolean; colour?: boolean }): string {
  let text = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  const listener = terminalListener({ stream, reports: 'reports/latest/index.html', ...options });
  const results = exampleResults();
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
